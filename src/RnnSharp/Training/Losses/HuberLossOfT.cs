using System.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The Huber loss (Huber 1964; PyTorch's HuberLoss) of every feature at every position: d²/2 where |d| is at most δ, else δ (|d| - δ/2),
/// with d = output - target: <see cref="HuberLoss"/> as an <see cref="ILoss{T}"/>.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="delta">δ, above 0 and within T's range.</param>
/// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
/// <exception cref="ArgumentException">δ is out of range, or the reduction is neither.</exception>
public sealed class HuberLoss<T>(double delta = 1, LossReduction reduction = LossReduction.Mean) : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly HuberLoss.Huber<T> _formula = HuberLoss.Formula<T>(delta);

    /// <summary>The difference from which the loss grows linearly.</summary>
    public double Delta { get; } = delta;

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; } = LossShapes.CheckReduction(reduction);

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) =>
        DifferenceLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, _formula);
}
