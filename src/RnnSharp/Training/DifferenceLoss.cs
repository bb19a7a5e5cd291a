using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Computes losses of output - target.</summary>
internal static class DifferenceLoss
{
    /// <summary>The sum of f(output - target), computed and added up in double precision; writes scale · f′ unless the gradient is empty.</summary>
    internal static unsafe double Sum<T, TLoss>(ReadOnlySpan<T> output, ReadOnlySpan<T> targets, Span<T> gradient, T scale, TLoss loss)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        fixed (T* y = output, t = targets, d = gradient)
            return VectorDispatch.Sum<T, SumLoop<T, Differences<T, TLoss>, TLoss>>(new(new(y, t, d, scale, loss), output.Length, loss));
    }

    /// <summary>output - target, for the sum; writes the gradient on the way.</summary>
    internal readonly unsafe struct Differences<T, TLoss>(T* output, T* targets, T* gradient, T scale, TLoss loss) : ISumElements<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Load<TVector>(int index, int count)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            TVector difference = VectorMemory.Load<T, TVector>(output + index, count) - VectorMemory.Load<T, TVector>(targets + index, count);
            if (gradient != null) VectorMemory.Store(loss.Gradient(difference, TVector.Broadcast(scale)), gradient + index, count);
            return difference;
        }
    }
}
