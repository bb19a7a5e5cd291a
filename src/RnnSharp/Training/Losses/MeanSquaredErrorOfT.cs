using System.Numerics;

namespace RnnSharp.Training;

/// <summary>The squared error (y - target)² of every feature at every position, with its gradient 2 (y - target): <see cref="MeanSquaredError"/> as an <see cref="ILoss{T}"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
/// <exception cref="ArgumentException">The reduction is neither.</exception>
public sealed class MeanSquaredError<T>(LossReduction reduction = LossReduction.Mean) : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; } = LossShapes.CheckReduction(reduction);

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) =>
        DifferenceLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, default(MeanSquaredError.SquaredError<T>));
}
