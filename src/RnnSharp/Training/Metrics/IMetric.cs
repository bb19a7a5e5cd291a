using System.Numerics;

namespace RnnSharp.Training;

/// <summary>A measure of quality that is accumulated over the batches of an evaluation.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The name in histories and progress, such as accuracy.</summary>
    string Name { get; }

    /// <summary>The value over all batches since the last <see cref="Reset"/>; NaN if there are none.</summary>
    double Value { get; }

    /// <summary>Counts a batch.</summary>
    /// <param name="output">The output of the model: features × batch × steps.</param>
    /// <param name="target">The targets, with the batch, steps and lengths of the output.</param>
    /// <param name="stepWeights">1 × batch × steps: a factor for each position; 1 when null.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target or factor is out of range.</exception>
    void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null);

    /// <summary>Forgets all batches.</summary>
    void Reset();
}
