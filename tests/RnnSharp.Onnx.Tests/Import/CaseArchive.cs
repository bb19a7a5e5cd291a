using System.IO.Compression;
using System.Text.Json;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Cases of other systems: models with inputs and outputs, as References/case_archive.py packs them.</summary>
internal static class CaseArchive
{
    /// <summary>The cases of an archive beside the tests.</summary>
    public static IReadOnlyList<OnnxCase> Read(string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "References", name));
        using var cases = JsonDocument.Parse(Bytes(archive, "cases.json"));
        return [.. cases.RootElement.EnumerateArray().Select(element => new OnnxCase(
            element.GetProperty("name").GetString()!,
            Bytes(archive, element.GetProperty("model").GetString()!),
            [.. element.GetProperty("inputs").EnumerateArray().Select(OnnxTensor.Of)],
            [.. element.GetProperty("outputs").EnumerateArray().Select(OnnxTensor.Of)]))];
    }

    private static byte[] Bytes(ZipArchive archive, string entry)
    {
        using Stream stream = archive.GetEntry(entry)!.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}

/// <summary>A model of another system, with inputs and the outputs that the system computes from them.</summary>
internal sealed record OnnxCase(string Name, byte[] Model, IReadOnlyList<OnnxTensor> Inputs, IReadOnlyList<OnnxTensor> Outputs)
{
    public override string ToString() => Name;
}

/// <summary>A tensor: row-major values.</summary>
internal sealed record OnnxTensor(string Name, int[] Shape, double[] Values)
{
    public static OnnxTensor Of(JsonElement element) => new(
        element.GetProperty("name").GetString()!,
        [.. element.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())],
        [.. element.GetProperty("values").EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : value.GetBoolean() ? 1 : 0)]);

    /// <summary>The tensor with its axes in another order.</summary>
    public OnnxTensor Transpose(params int[] order)
    {
        int[] shape = [.. order.Select(axis => Shape[axis])];
        double[] values = new double[Values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int rest = i, from = 0;
            int[] position = new int[shape.Length];
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                position[order[axis]] = rest % shape[axis];
                rest /= shape[axis];
            }

            for (int axis = 0; axis < Shape.Length; axis++) from = from * Shape[axis] + position[axis];
            values[i] = Values[from];
        }

        return new OnnxTensor(Name, shape, values);
    }
}
