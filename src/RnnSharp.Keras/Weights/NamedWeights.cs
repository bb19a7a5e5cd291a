using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>
/// Finds weights by names such as lstm/kernel (TensorFlow.js), lstm/lstm_cell/kernel:0 (TensorFlow) and
/// bidirectional/forward_lstm/lstm_cell/kernel.
/// </summary>
internal static class NamedWeights
{
    /// <summary>The index of the tensor of each weight of a plan.</summary>
    /// <exception cref="InvalidDataException">A weight has no tensor, or several.</exception>
    public static int[] Find(KerasPlan plan, TensorSource tensors)
    {
        if (tensors.Tensors.Count != plan.Weights.Count) throw new InvalidDataException($"The file has {tensors.Tensors.Count} weights: expected the {plan.Weights.Count} of the model.");
        var indices = new int[plan.Weights.Count];
        var taken = new bool[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            KerasWeight weight = plan.Weights[i];

            // Most files have Keras's order.
            int found = Fits(weight, tensors.Tensors[i].Name) ? i : -1;
            for (int k = 0; k < indices.Length && found < 0; k++)
            {
                if (Fits(weight, tensors.Tensors[k].Name)) found = k;
            }

            if (found < 0) throw new InvalidDataException($"The file has no {weight}.");
            if (taken[found]) throw new InvalidDataException($"The file has {ErrorText.Quote(tensors.Tensors[found].Name)} for several weights, of which one is the {weight}.");
            taken[found] = true;
            indices[i] = found;
        }

        return indices;
    }

    /// <summary>The index of the tensor of each weight by its number, arr_0 and so on; null if the names are others.</summary>
    public static int[]? FindNumbered(KerasPlan plan, TensorSource tensors)
    {
        if (tensors.Tensors.Count != plan.Weights.Count) return null;
        var indices = new int[plan.Weights.Count];
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = tensors.IndexOf(NumberedName(i));
            if (indices[i] < 0) return null;
        }

        return indices;
    }

    /// <summary>The name that numpy.savez gives to an array without a name.</summary>
    public static string NumberedName(int index) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"arr_{index}");

    private static bool Fits(KerasWeight weight, ReadOnlySpan<char> name)
    {
        int slash = name.LastIndexOf('/');
        if (slash < 0) return false;
        ReadOnlySpan<char> own = name[(slash + 1)..];
        if (own.IndexOf(':') is >= 0 and int colon) own = own[..colon];
        if (!own.SequenceEqual(weight.Name)) return false;
        bool hasLayer = false, hasPart = weight.Part.Length == 0;
        ReadOnlySpan<char> scopes = name[..slash];
        foreach (Range range in scopes.Split('/'))
        {
            ReadOnlySpan<char> scope = scopes[range];
            if (hasLayer) hasPart |= scope.StartsWith(weight.Part, StringComparison.Ordinal);
            hasLayer |= scope.SequenceEqual(weight.Layer);
        }

        return hasLayer && hasPart;
    }
}
