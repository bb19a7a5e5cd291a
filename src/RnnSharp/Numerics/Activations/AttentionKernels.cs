using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>What attention of one example reads, and the weights that Forward leaves for Backward. A memory of no steps gives contexts of zeros.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe struct AttentionArguments<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[step][…]: the projected query of each step, <see cref="QueryStride"/> apart.</summary>
    public T* Queries;

    public nint QueryStride;

    /// <summary>[memory step][head][<see cref="KeySize"/>].</summary>
    public T* Keys;

    /// <summary>[memory step][head][<see cref="ValueSize"/>].</summary>
    public T* Values;

    /// <summary>[step][head][memory step]: the weights, <see cref="WeightStride"/> apart for each step and <see cref="HeadStride"/> for each head.</summary>
    public T* Weights;

    public nint WeightStride;

    public nint HeadStride;

    /// <summary>The weighted sum of each step, [head][<see cref="ValueSize"/>], or in Backward its gradient, <see cref="ContextStride"/> apart.</summary>
    public T* Contexts;

    public nint ContextStride;

    /// <summary>For additive scores: [<see cref="KeySize"/>]; null for dot products.</summary>
    public T* Score;

    /// <summary>The factor of dot products.</summary>
    public T Scale;

    public int Steps;

    public int MemorySteps;

    public int Heads;

    public int KeySize;

    public int ValueSize;
}

/// <summary>The gradients that attention of one example computes.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe struct AttentionGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Like <see cref="AttentionArguments{T}.Queries"/>; overwritten.</summary>
    public T* Queries;

    /// <summary>Like <see cref="AttentionArguments{T}.Keys"/>; added to.</summary>
    public T* Keys;

    /// <summary>Like <see cref="AttentionArguments{T}.Values"/>; added to, and possibly the same memory as that of the keys.</summary>
    public T* Values;

    /// <summary>Like <see cref="AttentionArguments{T}.Score"/>; added to.</summary>
    public T* Score;

    /// <summary>[memory step]: scratch.</summary>
    public T* WeightGradients;
}

/// <summary>Attention of the steps of one example over its memory: scores, their softmax, and the weighted sum of the values.</summary>
internal static unsafe class AttentionKernels
{
    public static void Forward<T>(in AttentionArguments<T> arguments)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => VectorDispatch.Invoke<T, AttentionLoop<T>>(new(arguments));

    public static void Backward<T>(in AttentionArguments<T> arguments, in AttentionGradients<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => VectorDispatch.Invoke<T, AttentionGradientLoop<T>>(new(arguments, gradients));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Dot<T, TVector>(T* a, T* b, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        // Two sums, because each multiply-add waits for the one before it.
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole, i = 0;
        TVector even = rest > 0 ? TVector.Load(a + whole, rest) * TVector.Load(b + whole, rest) : TVector.Broadcast(T.Zero), odd = TVector.Broadcast(T.Zero);
        for (; i <= whole - 2 * TVector.Count; i += 2 * TVector.Count)
        {
            even = TVector.MultiplyAdd(a + i, TVector.Load(b + i), even);
            odd = TVector.MultiplyAdd(a + i + TVector.Count, TVector.Load(b + i + TVector.Count), odd);
        }

        if (i < whole) even = TVector.MultiplyAdd(a + i, TVector.Load(b + i), even);
        return TVector.Sum(even + odd);
    }

    /// <summary>y += factor·x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<T, TVector>(T factor, T* x, T* y, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        TVector a = TVector.Broadcast(factor);
        if (rest > 0) TVector.Store(TVector.MultiplyAdd(TVector.Load(x + whole, rest), a, TVector.Load(y + whole, rest)), y + whole, rest);
        for (int i = 0; i < whole; i += TVector.Count) TVector.Store(TVector.MultiplyAdd(x + i, a, TVector.Load(y + i)), y + i);
    }

    /// <summary>Σ vᵢ·tanh(qᵢ + kᵢ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T AdditiveScore<T, TVector>(T* query, T* key, T* score, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        int whole = VectorMemory.Whole<T, TVector>(length), rest = length - whole;
        TVector sum = rest > 0
            ? TVector.Load(score + whole, rest) * VectorMath.Tanh<T, TVector>(TVector.Load(query + whole, rest) + TVector.Load(key + whole, rest))
            : TVector.Broadcast(T.Zero);
        for (int i = 0; i < whole; i += TVector.Count) sum = TVector.MultiplyAdd(score + i, VectorMath.Tanh<T, TVector>(TVector.Load(query + i) + TVector.Load(key + i)), sum);
        return TVector.Sum(sum);
    }

    /// <summary>Adds the gradients of an additive score, of which <paramref name="factor"/> is the gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddAdditive<T, TVector>(T factor, T* query, T* key, T* score, T* queryGradient, T* keyGradient, T* scoreGradient, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IKernelVector<TVector, T>
    {
        TVector d = TVector.Broadcast(factor), one = TVector.Broadcast(T.One);
        for (int i = 0; i < length; i += TVector.Count)
        {
            // A partial load of a whole vector is one of all its elements.
            int count = Math.Min(length - i, TVector.Count);
            TVector u = VectorMath.Tanh<T, TVector>(TVector.Load(query + i, count) + TVector.Load(key + i, count));
            TVector sum = d * TVector.Load(score + i, count) * (one - u * u);
            TVector.Store(TVector.Load(queryGradient + i, count) + sum, queryGradient + i, count);
            TVector.Store(TVector.Load(keyGradient + i, count) + sum, keyGradient + i, count);
            TVector.Store(TVector.MultiplyAdd(d, u, TVector.Load(scoreGradient + i, count)), scoreGradient + i, count);
        }
    }

    private readonly struct AttentionLoop<T>(in AttentionArguments<T> arguments) : IVectorAction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly AttentionArguments<T> _a = arguments;

        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            AttentionArguments<T> a = _a;
            TVector rest = SoftmaxKernel.Rest<T, TVector>(a.MemorySteps);
            int keys = a.Heads * a.KeySize, values = a.Heads * a.ValueSize;
            for (int t = 0; t < a.Steps; t++)
            {
                new Span<T>(a.Contexts + t * a.ContextStride, values).Clear();
                if (a.MemorySteps == 0) continue;
                for (int head = 0; head < a.Heads; head++)
                {
                    T* query = a.Queries + t * a.QueryStride + head * a.KeySize, weights = a.Weights + t * a.WeightStride + head * a.HeadStride, context = a.Contexts + t * a.ContextStride + head * a.ValueSize;
                    for (int s = 0; s < a.MemorySteps; s++)
                    {
                        T* key = a.Keys + (nint)s * keys + head * a.KeySize;
                        weights[s] = a.Score == null ? a.Scale * Dot<T, TVector>(query, key, a.KeySize) : AdditiveScore<T, TVector>(query, key, a.Score, a.KeySize);
                    }

                    SoftmaxKernel.Column(weights, weights, a.MemorySteps, a.MemorySteps, T.One, rest);
                    for (int s = 0; s < a.MemorySteps; s++) Add<T, TVector>(weights[s], a.Values + (nint)s * values + head * a.ValueSize, context, a.ValueSize);
                }
            }
        }
    }

    private readonly struct AttentionGradientLoop<T>(in AttentionArguments<T> arguments, in AttentionGradients<T> gradients) : IVectorAction<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly AttentionArguments<T> _a = arguments;
        private readonly AttentionGradients<T> _g = gradients;

        public void Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            AttentionArguments<T> a = _a;
            AttentionGradients<T> g = _g;
            int keys = a.Heads * a.KeySize, values = a.Heads * a.ValueSize;
            for (int t = 0; t < a.Steps; t++)
            {
                new Span<T>(g.Queries + t * a.QueryStride, keys).Clear();
                for (int head = 0; head < a.Heads; head++)
                {
                    T* weights = a.Weights + t * a.WeightStride + head * a.HeadStride, contextGradient = a.Contexts + t * a.ContextStride + head * a.ValueSize;
                    nint atQuery = t * a.QueryStride + head * a.KeySize;
                    T mean = T.Zero;
                    for (int s = 0; s < a.MemorySteps; s++)
                    {
                        nint atValue = (nint)s * values + head * a.ValueSize;
                        g.WeightGradients[s] = Dot<T, TVector>(contextGradient, a.Values + atValue, a.ValueSize);
                        mean += weights[s] * g.WeightGradients[s];
                        Add<T, TVector>(weights[s], contextGradient, g.Values + atValue, a.ValueSize);
                    }

                    for (int s = 0; s < a.MemorySteps; s++)
                    {
                        nint atKey = (nint)s * keys + head * a.KeySize;
                        T d = weights[s] * (g.WeightGradients[s] - mean);
                        if (a.Score != null)
                        {
                            AddAdditive<T, TVector>(d, a.Queries + atQuery, a.Keys + atKey, a.Score, g.Queries + atQuery, g.Keys + atKey, g.Score, a.KeySize);
                            continue;
                        }

                        Add<T, TVector>(a.Scale * d, a.Keys + atKey, g.Queries + atQuery, a.KeySize);
                        Add<T, TVector>(a.Scale * d, a.Queries + atQuery, g.Keys + atKey, a.KeySize);
                    }
                }
            }
        }
    }
}
