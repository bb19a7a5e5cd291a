using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>The rectified linear unit, in place, on all values of a sequence.</summary>
internal static class Rectifier
{
    // The cycles that a value takes, of which most go to memory.
    private const double Cycles = 0.5;

    /// <summary>y = max(0, y).</summary>
    public static unsafe void Apply<T>(Sequence<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> y = values.Values;
        fixed (T* pointer = y)
        {
            var work = new Work<T> { Output = pointer, Length = y.Length };
            Team.Share(ref work, Math.Max(1, y.Length / Work<T>.Granule), Cycles * y.Length);
        }
    }

    /// <summary>Sets the gradient to zero where the output is zero.</summary>
    public static unsafe void Backward<T>(Sequence<T> output, Sequence<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> y = output.Values, dy = gradient.Values;
        fixed (T* pointer = y, target = dy)
        {
            var work = new Work<T> { Output = pointer, Gradient = target, Length = Math.Min(y.Length, dy.Length) };
            Team.Share(ref work, Math.Max(1, y.Length / Work<T>.Granule), Cycles * y.Length);
        }
    }

    private unsafe struct Work<T> : ITeamWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public const int Granule = 1024;

        public T* Output;
        public T* Gradient;
        public int Length;

        public readonly void Run(TeamMember member)
        {
            int first = (int)((long)Length * member.Rank / member.Count), count = (int)((long)Length * (member.Rank + 1) / member.Count) - first;
            var output = new Span<T>(Output + first, count);
            if (Gradient == null) Elementwise.Map<T, Positive<T>>(output, output, default);
            else Elementwise.Zip<T, WherePositive<T>>(output, new ReadOnlySpan<T>(Gradient + first, count), new Span<T>(Gradient + first, count), default);
        }
    }

    private readonly struct Positive<T> : IMapOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Max(TVector.Broadcast(T.Zero), x);
    }

    private readonly struct WherePositive<T> : IZipOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x, TVector y)
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.WherePositive(x, y, TVector.Broadcast(T.Zero));
    }
}
