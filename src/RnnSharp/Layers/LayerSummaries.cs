using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>Summaries of models, as an extension method of every layer.</summary>
public static class LayerSummaries
{
    /// <summary>Summarizes the structure and the cost of a layer for inputs of a given size. The text of the summary is a table.</summary>
    /// <param name="layer">Any layer. A custom layer reports its numbers by overriding <see cref="Layer{T}.Report"/>.</param>
    /// <param name="batch">Examples, at least 1.</param>
    /// <param name="steps">Time steps, at least 1; for an <see cref="EncoderDecoder{T}"/>, of both the source and the input.</param>
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
