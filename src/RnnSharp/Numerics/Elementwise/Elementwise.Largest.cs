using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>The largest magnitude, 0 if there are no values. They must not be NaN.</summary>
    internal static unsafe T LargestMagnitude<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* source = values) return VectorDispatch.Invoke<T, LargestLoop<T>, T>(new(source, values.Length));
    }

    internal readonly unsafe struct LargestLoop<T>(T* source, int length) : IVectorFunction<T, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public T Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            T* x = source;
            int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
            TVector largest = TVector.Broadcast(T.Zero);
            if (rest > 0) largest = TVector.Abs(TVector.Load(x + whole, rest));
            for (int i = 0; i < whole; i += TVector.Count) largest = TVector.Max(largest, TVector.Abs(TVector.Load(x + i)));
            return TVector.Largest(largest);
        }
    }
}
