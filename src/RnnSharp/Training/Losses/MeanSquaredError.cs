using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The squared error (y - target)² of every feature at every position, with its gradient 2 (y - target).</summary>
public static class MeanSquaredError
{
    /// <summary>Computes the loss and, if requested, its gradient with respect to the output.</summary>
    /// <param name="output">Features × batch × steps. Values past an example's end are ignored.</param>
    /// <param name="targets">The targets, with the shape and lengths of the output.</param>
    /// <param name="gradient">Receives the gradient. It is resized to the shape of the output, and zero past an example's end.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
    /// <returns>The loss, with the sum and the number of features, which can be added over batches.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the gradient is the output or the targets.</exception>
    public static LossValue Compute<T>(Sequence<T> output, Sequence<T> targets, Sequence<T>? gradient = null, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        return DifferenceLoss.Compute(output, targets, gradient, reduction, default(SquaredError<T>));
    }

    internal readonly struct SquaredError<T> : IDifferenceLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gradient<TVector>(TVector difference, TVector scale)
            where TVector : unmanaged, ISimdVector<TVector, T> => (scale + scale) * difference;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector difference)
            where TVector : unmanaged, ISimdVector<TVector, double> => TVector.MultiplyAdd(difference, difference, sum);
    }
}
