using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The absolute error |y - target| of every feature at every position (PyTorch's L1Loss). Its gradient is the sign of y - target, and 0 at 0.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
/// <exception cref="ArgumentException">The reduction is neither.</exception>
public sealed class MeanAbsoluteError<T>(LossReduction reduction = LossReduction.Mean) : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; } = LossShapes.CheckReduction(reduction);

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) =>
        DifferenceLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, default(AbsoluteError));

    internal readonly struct AbsoluteError : IDifferenceLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gradient<TVector>(TVector difference, TVector scale)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            // difference · 0 is zero, or NaN for NaN.
            TVector zero = TVector.Broadcast(T.Zero);
            return TVector.WherePositive(difference, scale, TVector.WherePositive(zero - difference, zero - scale, difference * zero));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector difference)
            where TVector : unmanaged, ISimdVector<TVector, double> => sum + TVector.Abs(difference);
    }
}
