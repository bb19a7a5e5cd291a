using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>The summary of a model as an extension of every layer.</summary>
public static class LayerSummaries
{
    /// <summary>What the layer consists of and what it costs for inputs of a given size; as text a table.</summary>
    /// <param name="layer">Any layer. One of a kind of its own tells its numbers by overriding Report.</param>
    /// <param name="batch">Examples, at least 1.</param>
    /// <param name="steps">Time steps, at least 1; of an encoder and decoder both the source's and the input's.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The layer is null, or a number is out of range.</exception>
    public static ModelSummary Summary<T>(this ILayer<T> layer, int batch, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layer);
        Check.ArrayLength((long)Check.Positive(batch) * Check.Positive(steps), nameof(steps));
        return ModelSummary.Of(layer, batch, steps);
    }
}
