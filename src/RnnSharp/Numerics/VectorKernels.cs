using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RnnSharp.Numerics;

/// <summary>The numbers of one Adam step that are the same for every element.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Rest1">1 - β1, subtracted in double precision.</param>
/// <param name="Rest2">1 - β2, subtracted in double precision.</param>
/// <param name="Correction1">1 / (1 - β1ᵗ).</param>
/// <param name="Correction2">1 / (1 - β2ᵗ).</param>
/// <param name="Rate">The learning rate.</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Keep">1 - learning rate · weight decay.</param>
/// <param name="EpsilonInsideRoot">Whether ε is added before the root.</param>
internal readonly record struct AdamStep<T>(T Beta1, T Beta2, T Rest1, T Rest2, T Correction1, T Correction2, T Rate, T Epsilon, T Keep, bool EpsilonInsideRoot)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>Element-wise work and sums over spans, for a lane that the caller need not know.</summary>
internal abstract class VectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static VectorKernels<T> Instance { get; } = VectorDispatch.Create<T, Factory, VectorKernels<T>>(default);

    /// <summary>target[i] = σ(source[i]); the spans may be the same.</summary>
    public abstract void Sigmoid(ReadOnlySpan<T> source, Span<T> target);

    /// <summary>The softmax of one column; the spans may be the same.</summary>
    public abstract void Softmax(ReadOnlySpan<T> source, Span<T> target);

    /// <summary>The logarithm of the softmax of one column.</summary>
    public abstract void LogSoftmax(ReadOnlySpan<T> source, Span<T> target);

    /// <summary>
    /// Softmax and cross-entropy of columns that all count: writes scale · (softmax - onehot), unless the gradient is empty, and returns
    /// the sum of the losses. What the spans hold behind the last column may be read, and overwritten in the gradient.
    /// </summary>
    public abstract double CrossEntropy(ReadOnlySpan<T> scores, int classes, ReadOnlySpan<int> targets, Span<T> gradient, T scale);

    /// <summary>The sum of (output - target)², squared and added up in double precision; writes scale · (output - target), unless the gradient is empty.</summary>
    public abstract double SquaredError(ReadOnlySpan<T> output, ReadOnlySpan<T> target, Span<T> gradient, T scale);

    /// <summary>The sum of the squares in double precision.</summary>
    public abstract double SumOfSquares(ReadOnlySpan<T> values);

    /// <summary>Whether there is neither NaN nor an infinity.</summary>
    public abstract bool AllFinite(ReadOnlySpan<T> values);

    /// <summary>Whether there is a NaN.</summary>
    public abstract bool AnyNaN(ReadOnlySpan<T> values);

    /// <summary>values[i] *= factor.</summary>
    public abstract void Scale(Span<T> values, T factor);

    /// <summary>Limits values[i] to ±bound.</summary>
    public abstract void Clamp(Span<T> values, T bound);

    /// <summary>values[i] += other[i].</summary>
    public void Add(Span<T> values, ReadOnlySpan<T> other) => Add(values, other, values);

    /// <summary>target[i] = left[i] + right[i]; the spans may be the same.</summary>
    public abstract void Add(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target);

    /// <summary>target[i] = (left[i] + right[i]) / 2; the spans may be the same.</summary>
    public abstract void Average(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target);

    /// <summary>target[i] = left[i] · right[i]; the spans may be the same.</summary>
    public abstract void Multiply(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target);

    /// <summary>
    /// target[i] = source[i] · factor, and zero where its bit is set, whatever stands in the source: bit i mod 64 of word i / 64. The
    /// spans may be the same.
    /// </summary>
    public abstract void Drop(ReadOnlySpan<T> source, ReadOnlySpan<ulong> dropped, T factor, Span<T> target);

    /// <summary>One step of Adam in one pass over an array.</summary>
    public abstract void Adam(Span<T> values, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, in AdamStep<T> step);

    private readonly struct Factory : IVectorFactory<T, VectorKernels<T>>
    {
        public VectorKernels<T> Create<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T> => new VectorKernels<T, TVector>();
    }
}

/// <inheritdoc cref="VectorKernels{T}"/>
internal sealed unsafe class VectorKernels<T, TVector> : VectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IKernelVector<TVector, T>
{
    private interface IMap
    {
        TVector Of(TVector x);
    }

    private interface IZip
    {
        TVector Of(TVector x, TVector y);
    }

    public override void Sigmoid(ReadOnlySpan<T> source, Span<T> target)
    {
        fixed (T* from = source, to = target) Map(from, to, source.Length, default(SigmoidMap));
    }

    public override void Scale(Span<T> values, T factor)
    {
        fixed (T* at = values) Map(at, at, values.Length, new ScaleMap(TVector.Broadcast(factor)));
    }

    public override void Clamp(Span<T> values, T bound)
    {
        fixed (T* at = values) Map(at, at, values.Length, new ClampMap(TVector.Broadcast(bound), TVector.Broadcast(-bound)));
    }

    public override bool AllFinite(ReadOnlySpan<T> values)
    {
        fixed (T* at = values) return AllFinite(at, values.Length, default(Same));
    }

    public override bool AnyNaN(ReadOnlySpan<T> values)
    {
        // The limit makes an infinity finite and leaves NaN.
        fixed (T* at = values) return !AllFinite(at, values.Length, new ClampMap(TVector.Broadcast(T.One), TVector.Broadcast(-T.One)));
    }

    public override double SumOfSquares(ReadOnlySpan<T> values) => SquaredError(values, default, default, T.Zero);

    public override double SquaredError(ReadOnlySpan<T> output, ReadOnlySpan<T> target, Span<T> gradient, T scale)
    {
        fixed (T* y = output, t = target, d = gradient)
        {
            return sizeof(TVector) switch
            {
                64 => SquaredError<SimdVector512<double>>(y, t, d, output.Length, scale),
                32 => SquaredError<SimdVector256<double>>(y, t, d, output.Length, scale),
                16 => SquaredError<SimdVector128<double>>(y, t, d, output.Length, scale),
                _ => SquaredError<ScalarVector<double>>(y, t, d, output.Length, scale),
            };
        }
    }

    public override void Softmax(ReadOnlySpan<T> source, Span<T> target)
    {
        fixed (T* from = source, to = target) Column(from, to, source.Length, source.Length, T.One, Rest(source.Length));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void LogSoftmax(ReadOnlySpan<T> source, Span<T> target)
    {
        fixed (T* from = source, to = target)
        {
            (T max, T sum) = Column(from, null, source.Length, source.Length, T.One, Rest(source.Length));
            Map(from, to, source.Length, new LogSoftmaxMap(TVector.Broadcast(max), TVector.Broadcast(T.Log(sum))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double CrossEntropy(ReadOnlySpan<T> scores, int classes, ReadOnlySpan<int> targets, Span<T> gradient, T scale)
    {
        double loss = 0;
        double product = 1;
        TVector rest = Rest(classes);
        fixed (T* z = scores, d = gradient)
        {
            // Upwards, as the last lane of a column may run over into the next.
            for (int column = 0; column < targets.Length; column++)
            {
                int at = column * classes;
                T* to = d == null ? null : d + at;
                (T max, T sum) = Column(z + at, to, classes, scores.Length - at, scale, rest);

                // The caller has checked the targets, but they lie in a user's memory, which another thread may write.
                int target = targets[column];
                if ((uint)target >= (uint)classes) throw new InvalidOperationException($"A target has become {target} during the call, which is not a class of 0 to {classes - 1}.");
                if (to != null) to[target] -= scale;
                loss += double.CreateTruncating(max) - double.CreateTruncating(z[at + target]);

                // One logarithm for the product of many sums; each is at most the number of classes, so that the next fits too.
                product *= double.CreateTruncating(sum);
                if (product < 1e290) continue;
                loss += Math.Log(product);
                product = 1;
            }
        }

        return loss + Math.Log(product);
    }

    public override void Add(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target) => Zip(left, right, target, default(SumZip));

    public override void Average(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target) => Zip(left, right, target, new MeanZip(TVector.Broadcast(T.CreateChecked(0.5))));

    public override void Multiply(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target) => Zip(left, right, target, default(ProductZip));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Drop(ReadOnlySpan<T> source, ReadOnlySpan<ulong> dropped, T factor, Span<T> target)
    {
        TVector scale = TVector.Broadcast(factor);
        fixed (T* from = source, to = target)
        fixed (ulong* words = dropped)
        {
            // A lane begins at a multiple of its length, so that its bits stand in one word.
            int whole = Whole(source.Length), left = source.Length - whole;
            if (left > 0) VectorMemory.Store(TVector.Without((int)(words[whole >> 6] >> whole), VectorMemory.Load<T, TVector>(from + whole, left) * scale), to + whole, left);
            for (int i = 0; i < whole; i += TVector.Count) TVector.Store(TVector.Without((int)(words[i >> 6] >> i), TVector.Load(from + i) * scale), to + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adam(Span<T> values, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, in AdamStep<T> step)
    {
        var lanes = new AdamVectors(step);
        fixed (T* w = values, g = gradient, m = first, v = second)
        {
            int whole = Whole(values.Length), left = values.Length - whole;
            if (left > 0)
            {
                TVector means = VectorMemory.Load<T, TVector>(m + whole, left), squares = VectorMemory.Load<T, TVector>(v + whole, left);
                TVector weights = lanes.Step(VectorMemory.Load<T, TVector>(w + whole, left), VectorMemory.Load<T, TVector>(g + whole, left), ref means, ref squares);
                VectorMemory.Store(means, m + whole, left);
                VectorMemory.Store(squares, v + whole, left);
                VectorMemory.Store(weights, w + whole, left);
            }

            for (int i = 0; i < whole; i += TVector.Count)
            {
                TVector means = TVector.Load(m + i), squares = TVector.Load(v + i);
                TVector weights = lanes.Step(TVector.Load(w + i), TVector.Load(g + i), ref means, ref squares);
                TVector.Store(means, m + i);
                TVector.Store(squares, v + i);
                TVector.Store(weights, w + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<TMap>(T* from, T* to, int length, TMap map)
        where TMap : struct, IMap
    {
        int whole = Whole(length), left = length - whole;
        if (left > 0) VectorMemory.Store(map.Of(VectorMemory.Load<T, TVector>(from + whole, left)), to + whole, left);
        for (int i = 0; i < whole; i += TVector.Count) TVector.Store(map.Of(TVector.Load(from + i)), to + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Zip<TZip>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target, TZip zip)
        where TZip : struct, IZip
    {
        fixed (T* x = left, y = right, to = target)
        {
            int whole = Whole(target.Length), rest = target.Length - whole;
            if (rest > 0) VectorMemory.Store(zip.Of(VectorMemory.Load<T, TVector>(x + whole, rest), VectorMemory.Load<T, TVector>(y + whole, rest)), to + whole, rest);
            for (int i = 0; i < whole; i += TVector.Count) TVector.Store(zip.Of(TVector.Load(x + i), TVector.Load(y + i)), to + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AllFinite<TMap>(T* at, int length, TMap map)
        where TMap : struct, IMap
    {
        // A finite number times zero is zero, any other is NaN and stays so in the sum; four sums, as one would wait for itself.
        int whole = Whole(length);
        TVector last = whole < length ? VectorMemory.Load<T, TVector>(at + whole, length - whole) : TVector.Broadcast(T.Zero);
        TVector zero = TVector.Broadcast(T.Zero);
        TVector a = map.Of(last) * zero, b = zero, c = zero, d = zero;
        int i = 0;
        for (; i <= whole - 4 * TVector.Count; i += 4 * TVector.Count)
        {
            a = TVector.MultiplyAdd(map.Of(TVector.Load(at + i)), zero, a);
            b = TVector.MultiplyAdd(map.Of(TVector.Load(at + i + TVector.Count)), zero, b);
            c = TVector.MultiplyAdd(map.Of(TVector.Load(at + i + 2 * TVector.Count)), zero, c);
            d = TVector.MultiplyAdd(map.Of(TVector.Load(at + i + 3 * TVector.Count)), zero, d);
        }

        for (; i < whole; i += TVector.Count) a = TVector.MultiplyAdd(map.Of(TVector.Load(at + i)), zero, a);
        return T.IsZero(TVector.Sum(a + b + (c + d)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SquaredError<TWide>(T* output, T* target, T* gradient, int length, T scale)
        where TWide : unmanaged, IKernelVector<TWide, double>
    {
        int whole = Whole(length), left = length - whole;
        TVector difference = TVector.Broadcast(T.Zero);
        if (left > 0)
        {
            difference = VectorMemory.Load<T, TVector>(output + whole, left);
            if (target != null) difference -= VectorMemory.Load<T, TVector>(target + whole, left);
            if (gradient != null) VectorMemory.Store(TVector.Broadcast(scale) * difference, gradient + whole, left);
        }

        TVector factor = TVector.Broadcast(scale);
        TWide a = TWide.Broadcast(0), b = a, c = a, d = a;
        AddSquares(difference, ref a, ref b);
        int i = 0;
        for (; i <= whole - 2 * TVector.Count; i += 2 * TVector.Count)
        {
            AddSquares(Difference(output, target, gradient, i, factor), ref a, ref b);
            AddSquares(Difference(output, target, gradient, i + TVector.Count, factor), ref c, ref d);
        }

        if (i < whole) AddSquares(Difference(output, target, gradient, i, factor), ref a, ref b);
        return TWide.Sum(a + b + (c + d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Difference(T* output, T* target, T* gradient, int at, TVector factor)
    {
        TVector difference = TVector.Load(output + at);
        if (target != null) difference -= TVector.Load(target + at);
        if (gradient != null) TVector.Store(factor * difference, gradient + at);
        return difference;
    }

    /// <summary>Adds the squares of a lane in double precision, those of its second half (of floats) apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquares<TWide>(TVector x, ref TWide first, ref TWide second)
        where TWide : unmanaged, IKernelVector<TWide, double>
    {
        TWide low, high = default;
        if (typeof(T) == typeof(double)) low = Unsafe.BitCast<TVector, TWide>(x);
        else if (sizeof(TVector) == 64) (low, high) = Lanes<Vector512<double>, TWide>(Vector512.Widen(Unsafe.BitCast<TVector, Vector512<float>>(x)));
        else if (sizeof(TVector) == 32) (low, high) = Lanes<Vector256<double>, TWide>(Vector256.Widen(Unsafe.BitCast<TVector, Vector256<float>>(x)));
        else if (sizeof(TVector) == 16) (low, high) = Lanes<Vector128<double>, TWide>(Vector128.Widen(Unsafe.BitCast<TVector, Vector128<float>>(x)));
        else low = TWide.Broadcast(Unsafe.BitCast<TVector, float>(x));
        first = TWide.MultiplyAdd(low, low, first);
        if (typeof(T) == typeof(float)) second = TWide.MultiplyAdd(high, high, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TWide Low, TWide High) Lanes<TSource, TWide>((TSource Low, TSource High) vectors)
        where TSource : struct
        where TWide : struct => (Unsafe.BitCast<TSource, TWide>(vectors.Low), Unsafe.BitCast<TSource, TWide>(vectors.High));

    /// <summary>
    /// Writes scale · softmax, unless <paramref name="to"/> is null, and returns the maximum and the sum of e^(z - maximum). There is
    /// room for <paramref name="room"/> elements: a last lane that fits is used whole, <paramref name="rest"/> telling what counts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (T Max, T Sum) Column(T* from, T* to, int length, int room, T scale, in TVector rest)
    {
        int whole = Whole(length);
        TVector last = TVector.Broadcast(T.NegativeInfinity);
        bool fits = room - whole >= TVector.Count;
        if (fits && whole < length) last = TVector.WherePositive(rest, TVector.Load(from + whole), last);
        else if (whole < length) last = VectorMemory.Load<T, TVector>(from + whole, length - whole, T.NegativeInfinity);

        TVector largest = last;
        int i = 0;
        if (whole >= 4 * TVector.Count)
        {
            TVector b = last, c = last, d = last;
            for (; i <= whole - 4 * TVector.Count; i += 4 * TVector.Count)
            {
                largest = TVector.Max(largest, TVector.Load(from + i));
                b = TVector.Max(b, TVector.Load(from + i + TVector.Count));
                c = TVector.Max(c, TVector.Load(from + i + 2 * TVector.Count));
                d = TVector.Max(d, TVector.Load(from + i + 3 * TVector.Count));
            }

            largest = TVector.Max(TVector.Max(largest, b), TVector.Max(c, d));
        }

        for (; i < whole; i += TVector.Count) largest = TVector.Max(largest, TVector.Load(from + i));
        T max = TVector.Largest(largest);

        // A NaN that the maximum passed over still makes the sum NaN.
        TVector shift = TVector.Broadcast(max);
        TVector zero = TVector.Broadcast(T.Zero);
        TVector sums = zero;
        for (i = 0; i < whole; i += TVector.Count)
        {
            TVector e = VectorMath.Exp<T, TVector>(TVector.Load(from + i) - shift);
            sums += e;
            if (to != null) TVector.Store(e, to + i);
        }

        if (whole < length)
        {
            // Past the end e^0 gives way to zero: to let e^-∞ become zero takes the processor longer than all the rest.
            last = TVector.WherePositive(rest, VectorMath.Exp<T, TVector>(TVector.WherePositive(rest, last - shift, zero)), zero);
            sums += last;
        }

        T sum = TVector.Sum(sums);
        if (to == null) return (max, sum);
        TVector factor = TVector.Broadcast(scale / sum);
        for (i = 0; i < whole; i += TVector.Count) TVector.Store(TVector.Load(to + i) * factor, to + i);
        if (fits && whole < length) TVector.Store(last * factor, to + whole);
        else if (whole < length) VectorMemory.Store(last * factor, to + whole, length - whole);
        return (max, sum);
    }

    /// <summary>
    /// The elements in whole lanes. What is left comes first, where the order is free: a loop that keeps numbers for a call behind it
    /// keeps them in memory, as calls save no vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Whole(int length) => length & -TVector.Count;

    /// <summary>Ones for the elements of a column's last lane, then zeros.</summary>
    private static TVector Rest(int length) => VectorMemory.Keep<T, TVector>(TVector.Broadcast(T.One), length - Whole(length));

    private readonly struct Same : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x) => x;
    }

    private readonly struct SigmoidMap : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x) => VectorMath.Sigmoid<T, TVector>(x);
    }

    private readonly struct ScaleMap(TVector factor) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x) => x * factor;
    }

    private readonly struct ClampMap(TVector high, TVector low) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x) => TVector.Min(high, TVector.Max(low, x));
    }

    private readonly struct LogSoftmaxMap(TVector max, TVector log) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x) => x - max - log;
    }

    private readonly struct SumZip : IZip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x, TVector y) => x + y;
    }

    private readonly struct MeanZip(TVector half) : IZip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x, TVector y) => (x + y) * half;
    }

    private readonly struct ProductZip : IZip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(TVector x, TVector y) => x * y;
    }

    [method: MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly struct AdamVectors(in AdamStep<T> step)
    {
        private readonly TVector _beta1 = TVector.Broadcast(step.Beta1);
        private readonly TVector _beta2 = TVector.Broadcast(step.Beta2);
        private readonly TVector _rest1 = TVector.Broadcast(step.Rest1);
        private readonly TVector _rest2 = TVector.Broadcast(step.Rest2);
        private readonly TVector _correction1 = TVector.Broadcast(step.Correction1);
        private readonly TVector _correction2 = TVector.Broadcast(step.Correction2);
        private readonly TVector _rate = TVector.Broadcast(-step.Rate);
        private readonly TVector _keep = TVector.Broadcast(step.Keep);

        // Adding zero changes no bit of a root's argument or value, so that both places of ε take the same path.
        private readonly TVector _inside = TVector.Broadcast(step.EpsilonInsideRoot ? step.Epsilon : T.Zero);
        private readonly TVector _outside = TVector.Broadcast(step.EpsilonInsideRoot ? T.Zero : step.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Step(TVector weights, TVector gradients, ref TVector means, ref TVector squares)
        {
            means = TVector.MultiplyAdd(_beta1, means, _rest1 * gradients);
            squares = TVector.MultiplyAdd(_beta2, squares, _rest2 * gradients * gradients);
            TVector root = TVector.Sqrt(squares * _correction2 + _inside) + _outside;
            return TVector.MultiplyAdd(_rate, means * _correction1 / root, _keep * weights);
        }
    }
}
