using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The smooth absolute error (Girshick 2015, Fast R-CNN; PyTorch's SmoothL1Loss) of every feature at every position: d²/2β where |d| is below
/// β, else |d| - β/2, with d = output - target. It is the Huber loss with δ = β, divided by β; for a β of 0 it is the absolute error.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SmoothL1Loss<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SmoothL1 _formula;

    /// <summary>Creates the loss.</summary>
    /// <param name="beta">β: 0, or a number above 0 in T whose reciprocal is finite.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
    /// <exception cref="ArgumentException">β is out of range, or the reduction is neither.</exception>
    public SmoothL1Loss(double beta = 1, LossReduction reduction = LossReduction.Mean)
    {
        T limit = T.CreateChecked(Check.FiniteAs<T>(beta));
        if (beta > 0 && !T.IsFinite(T.One / limit)) throw new ArgumentOutOfRangeException(nameof(beta), beta, $"Expected 0, or a number whose reciprocal is within {typeof(T).Name}'s range, got {beta}.");
        Beta = beta;
        Reduction = LossShapes.CheckReduction(reduction);
        _formula = new SmoothL1(limit, double.CreateChecked(limit));
    }

    /// <summary>The difference from which the loss grows linearly.</summary>
    public double Beta { get; }

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) => Beta == 0
        ? DifferenceLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, default(MeanAbsoluteError<T>.AbsoluteError))
        : DifferenceLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, _formula);

    internal readonly struct SmoothL1(T limit, double beta) : IDifferenceLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gradient<TVector>(TVector difference, TVector scale)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector one = TVector.Broadcast(T.One);
            return scale * TVector.Min(one, TVector.Max(TVector.Broadcast(-T.One), difference / TVector.Broadcast(limit)));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector difference)
            where TVector : unmanaged, ISimdVector<TVector, double>
        {
            // With m = min(|d|, β), both cases are m/β (|d| - m/2).
            TVector size = TVector.Abs(difference), limited = TVector.Min(TVector.Broadcast(beta), size);
            return TVector.MultiplyAdd(limited / TVector.Broadcast(beta), size - limited * TVector.Broadcast(0.5), sum);
        }
    }
}
