using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The Huber loss (Huber 1964; PyTorch's HuberLoss) of every feature at every position: d²/2 where |d| is at most δ, else δ (|d| - δ/2),
/// with d = output - target. Its gradient is d limited to ±δ, so that outliers do not dominate.
/// </summary>
public static class HuberLoss
{
    /// <summary>Computes the loss and, if requested, its gradient with respect to the output.</summary>
    /// <param name="output">Features × batch × steps. Values past an example's end are ignored.</param>
    /// <param name="targets">The targets, with the shape and lengths of the output.</param>
    /// <param name="gradient">Receives the gradient. It is resized to the shape of the output, and zero past an example's end.</param>
    /// <param name="delta">δ, above 0 and within T's range.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
    /// <returns>The loss, with the sum and the number of features, which can be added over batches.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, the gradient is the output or the targets, or δ is out of range.</exception>
    public static LossValue Compute<T>(Sequence<T> output, Sequence<T> targets, Sequence<T>? gradient = null, double delta = 1, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => DifferenceLoss.Compute(output, targets, gradient, reduction, Formula<T>(delta));

    /// <summary>The formula for a δ, which it validates.</summary>
    internal static Huber<T> Formula<T>(double delta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T limit = T.CreateChecked(Check.FiniteAs<T>(Check.Positive(delta), nameof(delta)));
        if (T.IsZero(limit)) throw new ArgumentOutOfRangeException(nameof(delta), delta, $"Expected a number that is above 0 when converted to {typeof(T).Name}, got {delta}.");
        return new Huber<T>(limit, double.CreateChecked(limit));
    }

    internal readonly struct Huber<T>(T limit, double delta) : IDifferenceLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gradient<TVector>(TVector difference, TVector scale)
            where TVector : unmanaged, ISimdVector<TVector, T> => scale * TVector.Min(TVector.Broadcast(limit), TVector.Max(TVector.Broadcast(-limit), difference));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector difference)
            where TVector : unmanaged, ISimdVector<TVector, double>
        {
            // With m = min(|d|, δ), both cases are m (|d| - m/2).
            TVector size = TVector.Abs(difference), limited = TVector.Min(TVector.Broadcast(delta), size);
            return TVector.MultiplyAdd(limited, size - limited * TVector.Broadcast(0.5), sum);
        }
    }
}
