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
        if (isDouble || HoldsDoubles(from, source)) Convert<double>(from, source, to, target, modelOnly, console);
        else Convert<float>(from, source, to, target, modelOnly, console);
        return 0;
    }

    private static void Convert<T>(ModelFormat from, string source, ModelFormat to, string target, bool modelOnly, IAnsiConsole console)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LoadedFile<T> file = from.Load<T>(source);
        if (file.Beside is { } beside && !modelOnly) throw new InvalidDataException($"{source}: besides its layers, the model has {beside}, which the converted file would lack. Add --model-only to convert the layers alone.");
        to.Save(file, target);
        console.WriteLine($"{Path.GetFileName(source)} ({from.Name}) -> {Path.GetFileName(target)} ({to.Name}): {file.Model}");
    }

    /// <summary>Whether single precision would lose something: by the types of the tensors, or by their values where a format does not tell the types.</summary>
    private static bool HoldsDoubles(ModelFormat format, string path)
    {
        using (TensorSource? tensors = format.OpenTensors(path))
        {
            if (tensors is not null) return tensors.Tensors.Any(tensor => tensor.Type == TensorType.Float64);
        }

        LoadedFile<double> file = format.Load<double>(path);
        return file.IsDouble ?? file.Model.Parameters.Any(parameter => parameter.Values.ToArray().Any(value => (float)value != value && !double.IsNaN(value)));
    }
}
