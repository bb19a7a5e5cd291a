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

            First = Opened(Saved(x.Model));
            Second = Opened(Saved(y.Model));
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

    private static (LoadedFile<double> First, LoadedFile<double> Second)? Models(ModelFormat a, string first, ModelFormat b, string second)
    {
        try
        {
            return (a.Load<double>(first), b.Load<double>(second));
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
    private TensorSource Saved(ILayer<double> model)
    {
        FileStream file = Opened(new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16, FileOptions.DeleteOnClose));
        ModelFile.Save(model, file, new() { AllowNonFinite = true });
        file.Position = 0;
        return SafetensorsFile.Open(file);
    }

    private TDisposable Opened<TDisposable>(TDisposable item)
        where TDisposable : IDisposable
    {
        _open.Add(item);
        return item;
    }

    private static string? DifferenceOf(LoadedFile<double> first, LoadedFile<double> second)
    {
        string x = Layers(first.Model), y = Layers(second.Model);
        if (!string.Equals(x, y, StringComparison.Ordinal)) return $"The layers or their options differ:\n{x}\n{y}";
        return string.Equals(first.Beside, second.Beside, StringComparison.Ordinal) ? null : $"Besides the layers, the first has {first.Beside ?? "nothing"}, and the second {second.Beside ?? "nothing"}.";
    }

    /// <summary>The description of a model without what does not change its predictions: one bias or two, and the seeds of masks.</summary>
    private static string Layers(ILayer<double> model)
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
}
