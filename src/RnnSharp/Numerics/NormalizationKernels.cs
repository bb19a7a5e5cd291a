using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Layer normalisation (Ba, Kiros and Hinton 2016) of one column at a time, for a lane that the caller need not know.</summary>
internal abstract unsafe class NormalizationKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static NormalizationKernels<T> Instance { get; } = LaneDispatch.Create<T, Factory, NormalizationKernels<T>>(default);

    /// <summary>
    /// y = gain · (x - mean) · inverse + bias, with inverse = 1 / √(variance + epsilon) and the biased variance; returns mean and inverse.
    /// </summary>
    /// <param name="x">[feature].</param>
    /// <param name="gain">[feature].</param>
    /// <param name="bias">[feature].</param>
    /// <param name="features">1 or more.</param>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="y">[feature].</param>
    public abstract (T Mean, T Inverse) Forward(T* x, T* gain, T* bias, int features, T epsilon, T* y);

    /// <summary>
    /// With n = (x - mean) · inverse and d = dy · gain: dx = inverse · (d - mean(d) - n · mean(d · n)), and adds dy · n to the gain's
    /// gradient and dy to the bias's.
    /// </summary>
    /// <param name="x">[feature].</param>
    /// <param name="statistics">What Forward returned.</param>
    /// <param name="gain">[feature].</param>
    /// <param name="dy">[feature].</param>
    /// <param name="features">1 or more.</param>
    /// <param name="dx">[feature], or null.</param>
    /// <param name="gainGradient">[feature], or null.</param>
    /// <param name="biasGradient">[feature], or null.</param>
    public abstract void Backward(T* x, (T Mean, T Inverse) statistics, T* gain, T* dy, int features, T* dx, T* gainGradient, T* biasGradient);

    private readonly struct Factory : ILaneFactory<T, NormalizationKernels<T>>
    {
        public NormalizationKernels<T> Create<TLane>()
            where TLane : unmanaged, IMemoryLane<TLane, T> => new NormalizationKernels<T, TLane>();
    }
}

/// <inheritdoc cref="NormalizationKernels{T}"/>
internal sealed unsafe class NormalizationKernels<T, TLane> : NormalizationKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLane : unmanaged, IMemoryLane<TLane, T>
{
    private interface ITerm
    {
        TLane AddTo(TLane sum, TLane x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override (T Mean, T Inverse) Forward(T* x, T* gain, T* bias, int features, T epsilon, T* y)
    {
        T count = T.CreateTruncating(features);
        T mean = Sum(x, features, default(Value)) / count;

        // The mean first and then the squares of the distances from it: Σ x² / n - mean² would lose all digits where the mean is large.
        T variance = Sum(x, features, new SquaredDistance(TLane.Broadcast(mean))) / count;
        T inverse = T.One / T.Sqrt(variance + epsilon);
        TLane shift = TLane.Broadcast(mean), scale = TLane.Broadcast(inverse);
        int whole = features & -TLane.Count, left = features - whole;
        if (left > 0)
        {
            TLane n = (LaneMemory.Load<T, TLane>(x + whole, left) - shift) * scale;
            LaneMemory.Store(TLane.MultiplyAdd(n, LaneMemory.Load<T, TLane>(gain + whole, left), LaneMemory.Load<T, TLane>(bias + whole, left)), y + whole, left);
        }

        for (int i = 0; i < whole; i += TLane.Count)
        {
            TLane n = (TLane.Load(x + i) - shift) * scale;
            TLane.Store(TLane.MultiplyAdd(n, TLane.Load(gain + i), TLane.Load(bias + i)), y + i);
        }

        return (mean, inverse);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(T* x, (T Mean, T Inverse) statistics, T* gain, T* dy, int features, T* dx, T* gainGradient, T* biasGradient)
    {
        TLane shift = TLane.Broadcast(statistics.Mean), scale = TLane.Broadcast(statistics.Inverse);
        TLane sum = TLane.Broadcast(T.Zero), projection = sum;
        int whole = features & -TLane.Count, left = features - whole;
        if (left > 0)
        {
            // Past the end dy is zero, and so is every product with it.
            TLane g = LaneMemory.Load<T, TLane>(dy + whole, left), n = (LaneMemory.Load<T, TLane>(x + whole, left) - shift) * scale;
            TLane d = g * LaneMemory.Load<T, TLane>(gain + whole, left);
            sum = d;
            projection = d * n;
            if (gainGradient != null) LaneMemory.Store(TLane.MultiplyAdd(g, n, LaneMemory.Load<T, TLane>(gainGradient + whole, left)), gainGradient + whole, left);
            if (biasGradient != null) LaneMemory.Store(g + LaneMemory.Load<T, TLane>(biasGradient + whole, left), biasGradient + whole, left);
        }

        for (int i = 0; i < whole; i += TLane.Count)
        {
            TLane g = TLane.Load(dy + i), n = (TLane.Load(x + i) - shift) * scale;
            TLane d = g * TLane.Load(gain + i);
            sum += d;
            projection = TLane.MultiplyAdd(d, n, projection);
            if (gainGradient != null) TLane.Store(TLane.MultiplyAdd(g, n, TLane.Load(gainGradient + i)), gainGradient + i);
            if (biasGradient != null) TLane.Store(g + TLane.Load(biasGradient + i), biasGradient + i);
        }

        if (dx == null) return;
        T count = T.CreateTruncating(features);
        TLane mean = TLane.Broadcast(TLane.Sum(sum) / count), slope = TLane.Broadcast(-TLane.Sum(projection) / count);
        if (left > 0)
        {
            TLane n = (LaneMemory.Load<T, TLane>(x + whole, left) - shift) * scale;
            TLane d = LaneMemory.Load<T, TLane>(dy + whole, left) * LaneMemory.Load<T, TLane>(gain + whole, left);
            LaneMemory.Store(scale * TLane.MultiplyAdd(n, slope, d - mean), dx + whole, left);
        }

        for (int i = 0; i < whole; i += TLane.Count)
        {
            TLane n = (TLane.Load(x + i) - shift) * scale;
            TLane d = TLane.Load(dy + i) * TLane.Load(gain + i);
            TLane.Store(scale * TLane.MultiplyAdd(n, slope, d - mean), dx + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Sum<TTerm>(T* x, int length, TTerm term)
        where TTerm : struct, ITerm
    {
        // Four sums, as one would wait for itself.
        TLane zero = TLane.Broadcast(T.Zero), a = zero, b = zero, c = zero, d = zero;
        int whole = length & -TLane.Count, i = 0;
        if (whole < length) a = LaneMemory.Keep<T, TLane>(term.AddTo(zero, LaneMemory.Load<T, TLane>(x + whole, length - whole)), length - whole);
        for (; i <= whole - 4 * TLane.Count; i += 4 * TLane.Count)
        {
            a = term.AddTo(a, TLane.Load(x + i));
            b = term.AddTo(b, TLane.Load(x + i + TLane.Count));
            c = term.AddTo(c, TLane.Load(x + i + 2 * TLane.Count));
            d = term.AddTo(d, TLane.Load(x + i + 3 * TLane.Count));
        }

        for (; i < whole; i += TLane.Count) a = term.AddTo(a, TLane.Load(x + i));
        return TLane.Sum(a + b + (c + d));
    }

    private readonly struct Value : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane AddTo(TLane sum, TLane x) => sum + x;
    }

    private readonly struct SquaredDistance(TLane from) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane AddTo(TLane sum, TLane x)
        {
            TLane distance = x - from;
            return TLane.MultiplyAdd(distance, distance, sum);
        }
    }
}
