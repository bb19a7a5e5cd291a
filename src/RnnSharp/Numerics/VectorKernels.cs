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
    public static VectorKernels<T> Instance { get; } = LaneDispatch.Create<T, Factory, VectorKernels<T>>(default);

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

    private readonly struct Factory : ILaneFactory<T, VectorKernels<T>>
    {
        public VectorKernels<T> Create<TLane>()
            where TLane : unmanaged, IMemoryLane<TLane, T> => new VectorKernels<T, TLane>();
    }
}

/// <inheritdoc cref="VectorKernels{T}"/>
internal sealed unsafe class VectorKernels<T, TLane> : VectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLane : unmanaged, IMemoryLane<TLane, T>
{
    private interface IMap
    {
        TLane Of(TLane x);
    }

    private interface IZip
    {
        TLane Of(TLane x, TLane y);
    }

    public override void Sigmoid(ReadOnlySpan<T> source, Span<T> target)
    {
        fixed (T* from = source, to = target) Map(from, to, source.Length, default(SigmoidMap));
    }

    public override void Scale(Span<T> values, T factor)
    {
        fixed (T* at = values) Map(at, at, values.Length, new ScaleMap(TLane.Broadcast(factor)));
    }

    public override void Clamp(Span<T> values, T bound)
    {
        fixed (T* at = values) Map(at, at, values.Length, new ClampMap(TLane.Broadcast(bound), TLane.Broadcast(-bound)));
    }

    public override bool AllFinite(ReadOnlySpan<T> values)
    {
        fixed (T* at = values) return AllFinite(at, values.Length, default(Same));
    }

    public override bool AnyNaN(ReadOnlySpan<T> values)
    {
        // The limit makes an infinity finite and leaves NaN.
        fixed (T* at = values) return !AllFinite(at, values.Length, new ClampMap(TLane.Broadcast(T.One), TLane.Broadcast(-T.One)));
    }

    public override double SumOfSquares(ReadOnlySpan<T> values) => SquaredError(values, default, default, T.Zero);

    public override double SquaredError(ReadOnlySpan<T> output, ReadOnlySpan<T> target, Span<T> gradient, T scale)
    {
        fixed (T* y = output, t = target, d = gradient)
        {
            return sizeof(TLane) switch
            {
                64 => SquaredError<Lane512<double>>(y, t, d, output.Length, scale),
                32 => SquaredError<Lane256<double>>(y, t, d, output.Length, scale),
                16 => SquaredError<Lane128<double>>(y, t, d, output.Length, scale),
                _ => SquaredError<ScalarLane<double>>(y, t, d, output.Length, scale),
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
            Map(from, to, source.Length, new LogSoftmaxMap(TLane.Broadcast(max), TLane.Broadcast(T.Log(sum))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double CrossEntropy(ReadOnlySpan<T> scores, int classes, ReadOnlySpan<int> targets, Span<T> gradient, T scale)
    {
        double loss = 0;
        double product = 1;
        TLane rest = Rest(classes);
        fixed (T* z = scores, d = gradient)
        {
            // Upwards, as the last lane of a column may run over into the next.
            for (int column = 0; column < targets.Length; column++)
            {
                int at = column * classes;
                T* to = d == null ? null : d + at;
                (T max, T sum) = Column(z + at, to, classes, scores.Length - at, scale, rest);
                if (to != null) to[targets[column]] -= scale;
                loss += double.CreateTruncating(max) - double.CreateTruncating(z[at + targets[column]]);

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

    public override void Average(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target) => Zip(left, right, target, new MeanZip(TLane.Broadcast(T.CreateChecked(0.5))));

    public override void Multiply(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target) => Zip(left, right, target, default(ProductZip));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Drop(ReadOnlySpan<T> source, ReadOnlySpan<ulong> dropped, T factor, Span<T> target)
    {
        TLane scale = TLane.Broadcast(factor);
        fixed (T* from = source, to = target)
        fixed (ulong* words = dropped)
        {
            // A lane begins at a multiple of its length, so that its bits stand in one word.
            int whole = Whole(source.Length), left = source.Length - whole;
            if (left > 0) LaneMemory.Store(TLane.Without((int)(words[whole >> 6] >> whole), LaneMemory.Load<T, TLane>(from + whole, left) * scale), to + whole, left);
            for (int i = 0; i < whole; i += TLane.Count) TLane.Store(TLane.Without((int)(words[i >> 6] >> i), TLane.Load(from + i) * scale), to + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adam(Span<T> values, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, in AdamStep<T> step)
    {
        var lanes = new AdamLanes(step);
        fixed (T* w = values, g = gradient, m = first, v = second)
        {
            int whole = Whole(values.Length), left = values.Length - whole;
            if (left > 0)
            {
                TLane means = LaneMemory.Load<T, TLane>(m + whole, left), squares = LaneMemory.Load<T, TLane>(v + whole, left);
                TLane weights = lanes.Step(LaneMemory.Load<T, TLane>(w + whole, left), LaneMemory.Load<T, TLane>(g + whole, left), ref means, ref squares);
                LaneMemory.Store(means, m + whole, left);
                LaneMemory.Store(squares, v + whole, left);
                LaneMemory.Store(weights, w + whole, left);
            }

            for (int i = 0; i < whole; i += TLane.Count)
            {
                TLane means = TLane.Load(m + i), squares = TLane.Load(v + i);
                TLane weights = lanes.Step(TLane.Load(w + i), TLane.Load(g + i), ref means, ref squares);
                TLane.Store(means, m + i);
                TLane.Store(squares, v + i);
                TLane.Store(weights, w + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<TMap>(T* from, T* to, int length, TMap map)
        where TMap : struct, IMap
    {
        int whole = Whole(length), left = length - whole;
        if (left > 0) LaneMemory.Store(map.Of(LaneMemory.Load<T, TLane>(from + whole, left)), to + whole, left);
        for (int i = 0; i < whole; i += TLane.Count) TLane.Store(map.Of(TLane.Load(from + i)), to + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Zip<TZip>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> target, TZip zip)
        where TZip : struct, IZip
    {
        fixed (T* x = left, y = right, to = target)
        {
            int whole = Whole(target.Length), rest = target.Length - whole;
            if (rest > 0) LaneMemory.Store(zip.Of(LaneMemory.Load<T, TLane>(x + whole, rest), LaneMemory.Load<T, TLane>(y + whole, rest)), to + whole, rest);
            for (int i = 0; i < whole; i += TLane.Count) TLane.Store(zip.Of(TLane.Load(x + i), TLane.Load(y + i)), to + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AllFinite<TMap>(T* at, int length, TMap map)
        where TMap : struct, IMap
    {
        // A finite number times zero is zero, any other is NaN and stays so in the sum; four sums, as one would wait for itself.
        int whole = Whole(length);
        TLane last = whole < length ? LaneMemory.Load<T, TLane>(at + whole, length - whole) : TLane.Broadcast(T.Zero);
        TLane zero = TLane.Broadcast(T.Zero);
        TLane a = map.Of(last) * zero, b = zero, c = zero, d = zero;
        int i = 0;
        for (; i <= whole - 4 * TLane.Count; i += 4 * TLane.Count)
        {
            a = TLane.MultiplyAdd(map.Of(TLane.Load(at + i)), zero, a);
            b = TLane.MultiplyAdd(map.Of(TLane.Load(at + i + TLane.Count)), zero, b);
            c = TLane.MultiplyAdd(map.Of(TLane.Load(at + i + 2 * TLane.Count)), zero, c);
            d = TLane.MultiplyAdd(map.Of(TLane.Load(at + i + 3 * TLane.Count)), zero, d);
        }

        for (; i < whole; i += TLane.Count) a = TLane.MultiplyAdd(map.Of(TLane.Load(at + i)), zero, a);
        return T.IsZero(TLane.Sum(a + b + (c + d)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SquaredError<TWide>(T* output, T* target, T* gradient, int length, T scale)
        where TWide : unmanaged, IMemoryLane<TWide, double>
    {
        int whole = Whole(length), left = length - whole;
        TLane difference = TLane.Broadcast(T.Zero);
        if (left > 0)
        {
            difference = LaneMemory.Load<T, TLane>(output + whole, left);
            if (target != null) difference -= LaneMemory.Load<T, TLane>(target + whole, left);
            if (gradient != null) LaneMemory.Store(TLane.Broadcast(scale) * difference, gradient + whole, left);
        }

        TLane factor = TLane.Broadcast(scale);
        TWide a = TWide.Broadcast(0), b = a, c = a, d = a;
        AddSquares(difference, ref a, ref b);
        int i = 0;
        for (; i <= whole - 2 * TLane.Count; i += 2 * TLane.Count)
        {
            AddSquares(Difference(output, target, gradient, i, factor), ref a, ref b);
            AddSquares(Difference(output, target, gradient, i + TLane.Count, factor), ref c, ref d);
        }

        if (i < whole) AddSquares(Difference(output, target, gradient, i, factor), ref a, ref b);
        return TWide.Sum(a + b + (c + d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLane Difference(T* output, T* target, T* gradient, int at, TLane factor)
    {
        TLane difference = TLane.Load(output + at);
        if (target != null) difference -= TLane.Load(target + at);
        if (gradient != null) TLane.Store(factor * difference, gradient + at);
        return difference;
    }

    /// <summary>Adds the squares of a lane in double precision, those of its second half (of floats) apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquares<TWide>(TLane x, ref TWide first, ref TWide second)
        where TWide : unmanaged, IMemoryLane<TWide, double>
    {
        TWide low, high = default;
        if (typeof(T) == typeof(double)) low = Unsafe.BitCast<TLane, TWide>(x);
        else if (sizeof(TLane) == 64) (low, high) = Lanes<Vector512<double>, TWide>(Vector512.Widen(Unsafe.BitCast<TLane, Vector512<float>>(x)));
        else if (sizeof(TLane) == 32) (low, high) = Lanes<Vector256<double>, TWide>(Vector256.Widen(Unsafe.BitCast<TLane, Vector256<float>>(x)));
        else if (sizeof(TLane) == 16) (low, high) = Lanes<Vector128<double>, TWide>(Vector128.Widen(Unsafe.BitCast<TLane, Vector128<float>>(x)));
        else low = TWide.Broadcast(Unsafe.BitCast<TLane, float>(x));
        first = TWide.MultiplyAdd(low, low, first);
        if (typeof(T) == typeof(float)) second = TWide.MultiplyAdd(high, high, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TWide Low, TWide High) Lanes<TVector, TWide>((TVector Low, TVector High) vectors)
        where TVector : struct
        where TWide : struct => (Unsafe.BitCast<TVector, TWide>(vectors.Low), Unsafe.BitCast<TVector, TWide>(vectors.High));

    /// <summary>
    /// Writes scale · softmax, unless <paramref name="to"/> is null, and returns the maximum and the sum of e^(z - maximum). There is
    /// room for <paramref name="room"/> elements: a last lane that fits is used whole, <paramref name="rest"/> telling what counts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (T Max, T Sum) Column(T* from, T* to, int length, int room, T scale, in TLane rest)
    {
        int whole = Whole(length);
        TLane last = TLane.Broadcast(T.NegativeInfinity);
        bool fits = room - whole >= TLane.Count;
        if (fits && whole < length) last = TLane.WherePositive(rest, TLane.Load(from + whole), last);
        else if (whole < length) last = LaneMemory.Load<T, TLane>(from + whole, length - whole, T.NegativeInfinity);

        TLane largest = last;
        int i = 0;
        if (whole >= 4 * TLane.Count)
        {
            TLane b = last, c = last, d = last;
            for (; i <= whole - 4 * TLane.Count; i += 4 * TLane.Count)
            {
                largest = TLane.Max(largest, TLane.Load(from + i));
                b = TLane.Max(b, TLane.Load(from + i + TLane.Count));
                c = TLane.Max(c, TLane.Load(from + i + 2 * TLane.Count));
                d = TLane.Max(d, TLane.Load(from + i + 3 * TLane.Count));
            }

            largest = TLane.Max(TLane.Max(largest, b), TLane.Max(c, d));
        }

        for (; i < whole; i += TLane.Count) largest = TLane.Max(largest, TLane.Load(from + i));
        T max = TLane.Largest(largest);

        // A NaN that the maximum passed over still makes the sum NaN.
        TLane shift = TLane.Broadcast(max);
        TLane zero = TLane.Broadcast(T.Zero);
        TLane sums = zero;
        for (i = 0; i < whole; i += TLane.Count)
        {
            TLane e = LaneMath.Exp<T, TLane>(TLane.Load(from + i) - shift);
            sums += e;
            if (to != null) TLane.Store(e, to + i);
        }

        if (whole < length)
        {
            // Past the end e^0 gives way to zero: to let e^-∞ become zero takes the processor longer than all the rest.
            last = TLane.WherePositive(rest, LaneMath.Exp<T, TLane>(TLane.WherePositive(rest, last - shift, zero)), zero);
            sums += last;
        }

        T sum = TLane.Sum(sums);
        if (to == null) return (max, sum);
        TLane factor = TLane.Broadcast(scale / sum);
        for (i = 0; i < whole; i += TLane.Count) TLane.Store(TLane.Load(to + i) * factor, to + i);
        if (fits && whole < length) TLane.Store(last * factor, to + whole);
        else if (whole < length) LaneMemory.Store(last * factor, to + whole, length - whole);
        return (max, sum);
    }

    /// <summary>
    /// The elements in whole lanes. What is left comes first, where the order is free: a loop that keeps numbers for a call behind it
    /// keeps them in memory, as calls save no vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Whole(int length) => length & -TLane.Count;

    /// <summary>Ones for the elements of a column's last lane, then zeros.</summary>
    private static TLane Rest(int length) => LaneMemory.Keep<T, TLane>(TLane.Broadcast(T.One), length - Whole(length));

    private readonly struct Same : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x) => x;
    }

    private readonly struct SigmoidMap : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x) => LaneMath.Sigmoid<T, TLane>(x);
    }

    private readonly struct ScaleMap(TLane factor) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x) => x * factor;
    }

    private readonly struct ClampMap(TLane high, TLane low) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x) => TLane.Min(high, TLane.Max(low, x));
    }

    private readonly struct LogSoftmaxMap(TLane max, TLane log) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x) => x - max - log;
    }

    private readonly struct SumZip : IZip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x, TLane y) => x + y;
    }

    private readonly struct MeanZip(TLane half) : IZip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x, TLane y) => (x + y) * half;
    }

    private readonly struct ProductZip : IZip
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Of(TLane x, TLane y) => x * y;
    }

    [method: MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly struct AdamLanes(in AdamStep<T> step)
    {
        private readonly TLane _beta1 = TLane.Broadcast(step.Beta1);
        private readonly TLane _beta2 = TLane.Broadcast(step.Beta2);
        private readonly TLane _rest1 = TLane.Broadcast(step.Rest1);
        private readonly TLane _rest2 = TLane.Broadcast(step.Rest2);
        private readonly TLane _correction1 = TLane.Broadcast(step.Correction1);
        private readonly TLane _correction2 = TLane.Broadcast(step.Correction2);
        private readonly TLane _rate = TLane.Broadcast(-step.Rate);
        private readonly TLane _keep = TLane.Broadcast(step.Keep);

        // Adding zero changes no bit of a root's argument or value, so that both places of ε take the same path.
        private readonly TLane _inside = TLane.Broadcast(step.EpsilonInsideRoot ? step.Epsilon : T.Zero);
        private readonly TLane _outside = TLane.Broadcast(step.EpsilonInsideRoot ? T.Zero : step.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLane Step(TLane weights, TLane gradients, ref TLane means, ref TLane squares)
        {
            means = TLane.MultiplyAdd(_beta1, means, _rest1 * gradients);
            squares = TLane.MultiplyAdd(_beta2, squares, _rest2 * gradients * gradients);
            TLane root = TLane.Sqrt(squares * _correction2 + _inside) + _outside;
            return TLane.MultiplyAdd(_rate, means * _correction1 / root, _keep * weights);
        }
    }
}
