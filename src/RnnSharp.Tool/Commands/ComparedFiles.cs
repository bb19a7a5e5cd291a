using System.Numerics;
using System.Text.Json.Nodes;
using RnnSharp.Serialization;
using RnnSharp.Tool.Formats;

namespace RnnSharp.Tool.Commands;

/// <summary>The tensors of two files under names that can be compared: those of the models if both hold one, otherwise those of the files.</summary>
internal sealed class ComparedFiles : IDisposable
{
    private readonly List<IDisposable> _open = [];

    private ComparedFiles(string first, string second)
    {
        ModelFormat a = ModelFormats.Of(first), b = ModelFormats.Of(second);
        try
        {
            if (Models(a, first, b, second) is not var (x, y))
            {
                First = Opened(a.OpenTensors(first)!);
                Second = Opened(b.OpenTensors(second)!);
                return;
            }

            First = x.Tensors;
            Second = y.Tensors;
            Difference = DifferenceOf(x, y);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public TensorSource First { get; }

    public TensorSource Second { get; }

    /// <summary>How the models differ apart from their tensors, in words; null if they do not.</summary>
    public string? Difference { get; }

    /// <exception cref="InvalidDataException">A file is damaged, or only one of the two holds tensors without a model.</exception>
    public static ComparedFiles Open(string first, string second) => new(first, second);

    public void Dispose()
    {
        // A source before the stream that it reads.
        for (int i = _open.Count - 1; i >= 0; i--) _open[i].Dispose();
        _open.Clear();
    }

    private (ComparedModel First, ComparedModel Second)? Models(ModelFormat a, string first, ModelFormat b, string second)
    {
        try
        {
            var compared = new Compared(this);
            return (a.LoadAny(first, compared), b.LoadAny(second, compared));
        }
        catch (InvalidDataException) when (HasTensors(a, first) && HasTensors(b, second))
        {
            return null;
        }
    }

    private static bool HasTensors(ModelFormat format, string path)
    {
        using TensorSource? tensors = format.OpenTensors(path);
        return tensors is not null;
    }

    /// <summary>The model with PyTorch's tensors, which do not depend on how its layers hold them, such as one bias or two.</summary>
    private TensorSource Saved<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        FileStream file = Opened(new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16, FileOptions.DeleteOnClose));
        ModelFile.Save(model, file, new() { AllowNonFinite = true });
        file.Position = 0;
        return Opened(SafetensorsFile.Open(file));
    }

    private TDisposable Opened<TDisposable>(TDisposable item)
        where TDisposable : IDisposable
    {
        _open.Add(item);
        return item;
    }

    private static string? DifferenceOf(ComparedModel first, ComparedModel second)
    {
        if (!string.Equals(first.Layers, second.Layers, StringComparison.Ordinal)) return $"The layers or their options differ:\n{first.Layers}\n{second.Layers}";
        return string.Equals(first.Beside, second.Beside, StringComparison.Ordinal) ? null : $"Besides the layers, the first has {first.Beside ?? "nothing"}, and the second {second.Beside ?? "nothing"}.";
    }

    /// <summary>The description of a model without what does not change its predictions: one bias or two, and the seeds of masks.</summary>
    private static string Layers<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        JsonNode description = JsonNode.Parse(ModelFile.Describe(model))!;
        Remove(description);
        return description.ToJsonString();

        static void Remove(JsonNode? node)
        {
            if (node is JsonObject layer)
            {
                if (layer["bias"] is JsonValue bias && bias.TryGetValue(out string? kind) && kind is "separate") layer.Remove("bias");
                layer.Remove("seed");
                foreach ((_, JsonNode? value) in layer) Remove(value);
            }
            else if (node is JsonArray items)
            {
                foreach (JsonNode? item in items) Remove(item);
            }
        }
    }

    /// <summary>What is compared of a model.</summary>
    private sealed record ComparedModel(TensorSource Tensors, string Layers, string? Beside);

    private readonly struct Compared(ComparedFiles files) : ILoadedFunction<ComparedModel>
    {
        public ComparedModel Invoke<T>(LoadedFile<T> file)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(files.Saved(file.Model), Layers(file.Model), file.Beside);
    }
}
