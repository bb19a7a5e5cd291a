using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>The tensors of a model that are not parameters: quantized weights, which a file stores in their own number type.</summary>
internal static class HeldTensors
{
    /// <summary>The held tensors by their names in the model.</summary>
    public static Dictionary<string, HeldTensor> ByName<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tensors = new Dictionary<string, HeldTensor>(StringComparer.Ordinal);
        Collect(model, "", tensors);
        return tensors;
    }

    /// <summary>Checks that the layouts hold each of a model's held tensors once. Returns what is wrong, or null.</summary>
    public static string? FindMismatch(IEnumerable<TensorLayout> layouts, Dictionary<string, HeldTensor> tensors)
    {
        int found = 0;
        foreach (TensorLayout layout in layouts)
        {
            if (layout.HeldAs is null) continue;
            found++;
            string name = layout.Blocks[0].Parameter;
            if (!tensors.TryGetValue(name, out HeldTensor? tensor)) return $"Expected a layer that holds {ErrorText.Quote(name)}, as its format says.";
            if (tensor.Rows != layout.Shape.Span[0] || tensor.Columns != layout.Columns) return $"Expected a tensor of {tensor.Rows} rows and {tensor.Columns} columns for {name} from the layer's format, got shape {ErrorText.Shape(layout.Shape.Span)}.";
        }

        return found == tensors.Count ? null : $"Expected formats that store the {tensors.Count} tensors that the model's layers hold, got {found}.";
    }

    /// <summary>Throws if a model has quantized layers.</summary>
    /// <param name="tensors">The tensors of the model.</param>
    /// <param name="argument">The argument that is the model.</param>
    /// <param name="expected">What the model must be, and why.</param>
    /// <exception cref="ArgumentException">It has.</exception>
    public static void Refuse(IEnumerable<TensorLayout> tensors, string argument, string expected)
    {
        if (tensors.FirstOrDefault(tensor => tensor.HeldAs is not null) is { } held) throw Check.Shape(argument, expected, $"one whose {ErrorText.Quote(held.Name)} is of type {held.HeldAs}");
    }

    /// <summary>Copies row-major elements, from one on, out of a tensor.</summary>
    public static void CopyTo<T>(this HeldTensor tensor, long first, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int row = (int)(first / tensor.Columns), column = (int)(first % tensor.Columns);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = T.CreateTruncating(tensor[row, column]);
            if (++column < tensor.Columns) continue;
            column = 0;
            row++;
        }
    }

    /// <summary>Copies row-major elements, from one on, into a tensor of a layer that no other code uses yet.</summary>
    public static void CopyFrom<T>(this HeldTensor tensor, long first, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int row = (int)(first / tensor.Columns), column = (int)(first % tensor.Columns);
        for (int i = 0; i < values.Length; i++)
        {
            tensor[row, column] = float.CreateTruncating(values[i]);
            if (++column < tensor.Columns) continue;
            column = 0;
            row++;
        }
    }

    private static void Collect<T>(ILayer<T> layer, string prefix, Dictionary<string, HeldTensor> tensors)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layer is IHoldsTensors holder)
        {
            foreach (HeldTensor tensor in holder.HeldTensors) tensors.Add(prefix + tensor.Name, tensor);
        }

        foreach (LayerPart<T> part in layer.Parts) Collect(part.Layer, part.Name.Length == 0 ? prefix : $"{prefix}{part.Name}.", tensors);
    }
}
