using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

public static partial class Elementwise
{
    /// <summary>Whether there is neither a NaN nor an infinity.</summary>
    internal static unsafe bool AllFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* source = values) return VectorDispatch.Invoke<T, AllFiniteLoop<T, IdentityOperator<T>>, bool>(new(source, values.Length, default));
    }

    /// <summary>Whether there is a NaN.</summary>
    internal static unsafe bool AnyNaN<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Clamping makes an infinity finite and keeps NaN.
        fixed (T* source = values) return !VectorDispatch.Invoke<T, AllFiniteLoop<T, ClampOperator<T>>, bool>(new(source, values.Length, new(T.One)));
    }

    internal readonly struct IdentityOperator<T> : IMapOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : unmanaged, ISimdVector<TVector, T> => x;
    }

    /// <summary>Whether f of every element is finite.</summary>
    internal readonly unsafe struct AllFiniteLoop<T, TOperator>(T* source, int length, TOperator op) : IVectorFunction<T, bool>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IMapOperator<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            // A finite number times zero is zero; any other is NaN and stays so in the sum. Four sums, because each addition to a single sum
            // would wait for the previous one.
            T* x = source;
            TOperator f = op;
            int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole, i = 0;
            TVector zero = TVector.Broadcast(T.Zero);
            TVector last = rest > 0 ? TVector.Load(x + whole, rest) : zero;
            TVector a = f.Invoke(last) * zero, b = zero, c = zero, d = zero;
            for (; i <= whole - 4 * TVector.Count; i += 4 * TVector.Count)
            {
                a = TVector.MultiplyAdd(f.Invoke(TVector.Load(x + i)), zero, a);
                b = TVector.MultiplyAdd(f.Invoke(TVector.Load(x + i + TVector.Count)), zero, b);
                c = TVector.MultiplyAdd(f.Invoke(TVector.Load(x + i + 2 * TVector.Count)), zero, c);
                d = TVector.MultiplyAdd(f.Invoke(TVector.Load(x + i + 3 * TVector.Count)), zero, d);
            }

            for (; i < whole; i += TVector.Count) a = TVector.MultiplyAdd(f.Invoke(TVector.Load(x + i)), zero, a);
            return T.IsZero(TVector.Sum(a + b + (c + d)));
        }
    }
}
