using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The squared error (y - target)² of every feature at every position, with its gradient 2 (y - target).</summary>
public static class MeanSquaredError
{
    /// <summary>Computes the loss and, where asked for, its gradient on the output.</summary>
    /// <param name="output">Features × batch × steps. What lies past an example's end does not count.</param>
    /// <param name="targets">Of the output's shape and lengths.</param>
    /// <param name="gradient">Overwritten with the gradient, of the output's shape (it is resized to fit); zero past an example's end.</param>
    /// <param name="reduction">Whether the gradient is that of the mean over all counted features, or of the sum.</param>
    /// <returns>The loss: its value is the reduction's, and the sum and the number of features add up over batches.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the gradient is one of the other two.</exception>
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
