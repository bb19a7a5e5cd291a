using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Computes losses of output - target.</summary>
internal static class DifferenceLoss
{
    /// <summary>Validates a loss's arguments and computes it over all features at positions that are not padding.</summary>
    public static LossValue Compute<T, TLoss>(Sequence<T> output, Sequence<T> targets, Sequence<T>? gradient, LossReduction reduction, TLoss loss)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T> => PositionLoss.Compute(output, targets, gradient, null, null, reduction, new Positions<T, TLoss>(loss), nameof(targets));

    /// <summary>The same with step weights and the loss of each feature.</summary>
    public static LossValue Compute<T, TLoss>(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient, Sequence<T>? stepWeights, Sequence<T>? losses, LossReduction reduction, TLoss loss)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T> => PositionLoss.Compute(output, target, gradient, stepWeights, losses, reduction, new Positions<T, TLoss>(loss));

    /// <summary>The sum of f(output - target), computed and summed in double precision; writes scale · f′ unless the gradient is empty.</summary>
    internal static unsafe double Sum<T, TLoss>(ReadOnlySpan<T> output, ReadOnlySpan<T> targets, Span<T> gradient, T scale, TLoss loss)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        fixed (T* y = output, t = targets, d = gradient)
            return VectorDispatch.Sum<T, SumLoop<T, Differences<T, TLoss>, TLoss>>(new(new(y, t, d, scale, loss), output.Length, loss));
    }

    /// <summary>f of every feature at its position.</summary>
    private readonly struct Positions<T, TLoss>(TLoss loss) : IPositionLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        public string Expected => "1 or more";

        public int TargetFeatures(int features) => features;

        public int Losses(int features) => features;

        public double Sum(ReadOnlySpan<T> output, ReadOnlySpan<T> target, int features, Span<T> gradient, Span<T> losses, T scale)
        {
            for (int i = 0; i < losses.Length; i++)
            {
                var difference = ScalarVector<double>.Broadcast(double.CreateTruncating(output[i] - target[i]));
                losses[i] = T.CreateTruncating(ScalarVector<double>.Sum(loss.Add(ScalarVector<double>.Broadcast(0), difference)));
            }

            return DifferenceLoss.Sum(output, target, gradient, scale, loss);
        }
    }

    /// <summary>output - target, for the sum; also writes the gradient.</summary>
    internal readonly unsafe struct Differences<T, TLoss>(T* output, T* targets, T* gradient, T scale, TLoss loss) : ISumElements<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Load<TVector>(int index, int count)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            TVector difference = TVector.Load(output + index, count) - TVector.Load(targets + index, count);
            if (gradient != null) TVector.Store(loss.Gradient(difference, TVector.Broadcast(scale)), gradient + index, count);
            return difference;
        }
    }
}
