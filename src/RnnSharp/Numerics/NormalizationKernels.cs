using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Layer normalization (Ba, Kiros and Hinton 2016) of one column at a time, for callers that do not know the vector width.</summary>
internal abstract unsafe class NormalizationKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static NormalizationKernels<T> Instance { get; } = VectorDispatch.Invoke<T, Factory, NormalizationKernels<T>>(default);

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

    private readonly struct Factory : IVectorFunction<T, NormalizationKernels<T>>
    {
        public NormalizationKernels<T> Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => new NormalizationKernels<T, TVector>();
    }
}

/// <inheritdoc cref="NormalizationKernels{T}"/>
internal sealed unsafe class NormalizationKernels<T, TVector> : NormalizationKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private interface ITerm
    {
        TVector AddTo(TVector sum, TVector x);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override (T Mean, T Inverse) Forward(T* x, T* gain, T* bias, int features, T epsilon, T* y)
    {
        T count = T.CreateTruncating(features);
        T mean = Sum(x, features, default(Value)) / count;

        // Two passes, because Σ x² / n - mean² would lose all digits if the mean is large.
        T variance = Sum(x, features, new SquaredDistance(TVector.Broadcast(mean))) / count;
        T inverse = T.One / T.Sqrt(variance + epsilon);
        TVector shift = TVector.Broadcast(mean), scale = TVector.Broadcast(inverse);
        int whole = features & -TVector.Count, left = features - whole;
        if (left > 0)
        {
            TVector n = (TVector.Load(x + whole, left) - shift) * scale;
            TVector.Store(TVector.MultiplyAdd(n, TVector.Load(gain + whole, left), TVector.Load(bias + whole, left)), y + whole, left);
        }

        for (int i = 0; i < whole; i += TVector.Count)
        {
            TVector n = (TVector.Load(x + i) - shift) * scale;
            TVector.Store(TVector.MultiplyAdd(n, TVector.Load(gain + i), TVector.Load(bias + i)), y + i);
        }

        return (mean, inverse);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(T* x, (T Mean, T Inverse) statistics, T* gain, T* dy, int features, T* dx, T* gainGradient, T* biasGradient)
    {
        TVector shift = TVector.Broadcast(statistics.Mean), scale = TVector.Broadcast(statistics.Inverse);
        TVector sum = TVector.Broadcast(T.Zero), projection = sum;
        int whole = features & -TVector.Count, left = features - whole;
        if (left > 0)
        {
            // Past the end dy is zero, and so is every product with it.
            TVector g = TVector.Load(dy + whole, left), n = (TVector.Load(x + whole, left) - shift) * scale;
            TVector d = g * TVector.Load(gain + whole, left);
            sum = d;
            projection = d * n;
            if (gainGradient != null) TVector.Store(TVector.MultiplyAdd(g, n, TVector.Load(gainGradient + whole, left)), gainGradient + whole, left);
            if (biasGradient != null) TVector.Store(g + TVector.Load(biasGradient + whole, left), biasGradient + whole, left);
        }

        for (int i = 0; i < whole; i += TVector.Count)
        {
            TVector g = TVector.Load(dy + i), n = (TVector.Load(x + i) - shift) * scale;
            TVector d = g * TVector.Load(gain + i);
            sum += d;
            projection = TVector.MultiplyAdd(d, n, projection);
            if (gainGradient != null) TVector.Store(TVector.MultiplyAdd(g, n, TVector.Load(gainGradient + i)), gainGradient + i);
            if (biasGradient != null) TVector.Store(g + TVector.Load(biasGradient + i), biasGradient + i);
        }

        if (dx == null) return;
        T count = T.CreateTruncating(features);
        TVector mean = TVector.Broadcast(TVector.Sum(sum) / count), slope = TVector.Broadcast(-TVector.Sum(projection) / count);
        if (left > 0)
        {
            TVector n = (TVector.Load(x + whole, left) - shift) * scale;
            TVector d = TVector.Load(dy + whole, left) * TVector.Load(gain + whole, left);
            TVector.Store(scale * TVector.MultiplyAdd(n, slope, d - mean), dx + whole, left);
        }

        for (int i = 0; i < whole; i += TVector.Count)
        {
            TVector n = (TVector.Load(x + i) - shift) * scale;
            TVector d = TVector.Load(dy + i) * TVector.Load(gain + i);
            TVector.Store(scale * TVector.MultiplyAdd(n, slope, d - mean), dx + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Sum<TTerm>(T* x, int length, TTerm term)
        where TTerm : struct, ITerm
    {
        // Four sums, because each addition to a single sum would wait for the previous one.
        TVector zero = TVector.Broadcast(T.Zero), a = zero, b = zero, c = zero, d = zero;
        int whole = length & -TVector.Count, i = 0;
        if (whole < length) a = TVector.ZeroTail(term.AddTo(zero, TVector.Load(x + whole, length - whole)), length - whole);
        for (; i <= whole - 4 * TVector.Count; i += 4 * TVector.Count)
        {
            a = term.AddTo(a, TVector.Load(x + i));
            b = term.AddTo(b, TVector.Load(x + i + TVector.Count));
            c = term.AddTo(c, TVector.Load(x + i + 2 * TVector.Count));
            d = term.AddTo(d, TVector.Load(x + i + 3 * TVector.Count));
        }

        for (; i < whole; i += TVector.Count) a = term.AddTo(a, TVector.Load(x + i));
        return TVector.Sum(a + b + (c + d));
    }

    private readonly struct Value : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector AddTo(TVector sum, TVector x) => sum + x;
    }

    private readonly struct SquaredDistance(TVector from) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector AddTo(TVector sum, TVector x)
        {
            TVector distance = x - from;
            return TVector.MultiplyAdd(distance, distance, sum);
        }
    }
}
