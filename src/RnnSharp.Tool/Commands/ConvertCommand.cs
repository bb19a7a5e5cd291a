using System.Numerics;
using RnnSharp.Serialization;
using RnnSharp.Tool.Formats;
using Spectre.Console;

namespace RnnSharp.Tool.Commands;

/// <summary>Converts a model. Nothing is written unless the source has been loaded whole.</summary>
internal static class ConvertCommand
{
    public static int Run(string source, string target, bool isDouble, bool force, bool modelOnly, IAnsiConsole console)
    {
        ModelFormat from = ModelFormats.Of(source), to = ModelFormats.Of(target);
        if (!to.CanSave) throw new ArgumentException($"{to.Name} files cannot be written. Expected one of {string.Join(", ", ModelFormats.All.Where(format => format.CanSave).SelectMany(format => format.Extensions))}.", nameof(target));
        if (!force && to.FilesOf(target).FirstOrDefault(File.Exists) is { } existing) throw new ArgumentException($"{existing} exists. Add --force to replace it.", nameof(target));
        bool? holdsDoubles = isDouble ? true : HoldsDoubles(from, source);
        if (holdsDoubles == false)
        {
            Save(from.Load<float>(source));
            return 0;
        }

        // Where the format does not tell the types of its tensors, the loaded values do.
        LoadedFile<double> file = from.Load<double>(source);
        if (holdsDoubles ?? file.IsDouble ?? NeedsDoubles(file.Model)) Save(file);
        else Save(new LoadedFile<float>(ModelConverter.Convert<double, float>(file.Model), file.Metadata) { Beside = file.Beside });
        return 0;

        void Save<T>(LoadedFile<T> loaded)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            if (loaded.Beside is { } beside && !modelOnly) throw new InvalidDataException($"{source}: besides its layers, the model has {beside}, which the converted file would lack. Add --model-only to convert the layers alone.");
            to.Save(loaded, target);
            console.WriteLine($"{Path.GetFileName(source)} ({from.Name}) -> {Path.GetFileName(target)} ({to.Name}): {loaded.Model}");
        }
    }

    /// <summary>Whether a tensor is of double precision; null if the format does not tell before the file has been loaded.</summary>
    private static bool? HoldsDoubles(ModelFormat format, string path)
    {
        using TensorSource? tensors = format.OpenTensors(path);
        return tensors?.Tensors.Any(tensor => tensor.Type == TensorType.Float64);
    }

    /// <summary>Whether single precision would change a value.</summary>
    private static bool NeedsDoubles(ILayer<double> model) => model.Parameters.Any(parameter => parameter.Values.ToArray().Any(value => (float)value != value && !double.IsNaN(value)));
}
