using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>
/// Applies an operator to every element of one or more spans, with the widest vectors of the processor. An operator is a struct
/// whose method is written over <see cref="ISimdVector{TSelf, T}"/> as if over numbers; it is compiled into the loop, so that an
/// optimizer or a loss of your own is as fast as a built-in one. Operators keep scalars in fields of type T and call
/// <see cref="ISimdVector{TSelf, T}.Broadcast"/> where they use them; the loop broadcasts them once.
/// <code>
/// readonly struct Scale(float factor) : IMapOperator&lt;float&gt;
/// {
///     [MethodImpl(MethodImplOptions.AggressiveInlining)]
///     public TVector Invoke&lt;TVector&gt;(TVector x)
///         where TVector : unmanaged, ISimdVector&lt;TVector, float&gt; => x * TVector.Broadcast(factor);
/// }
///
/// Elementwise.Map(source, target, new Scale(0.5f));
/// </code>
/// </summary>
public static partial class Elementwise
{
    // The cycles that an element of an update takes one thread, and the elements from which on a team is worth it.
    private const double UpdateCycles = 2;
    private const int SharedLength = 1 << 15;

    /// <summary>target[i] = f(source[i]).</summary>
    /// <param name="source">Any numbers.</param>
    /// <param name="target">Receives the results; as long as the source, and may be the same memory.</param>
    /// <param name="op">f.</param>
    /// <exception cref="ArgumentException">The lengths differ, the spans partially overlap, or T is neither float nor double.</exception>
    public static unsafe void Map<T, TOperator>(ReadOnlySpan<T> source, Span<T> target, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IMapOperator<T>
    {
        Check.ElementType<T>();
        CheckSource(source, target);
        fixed (T* from = source, to = target) VectorDispatch.Invoke<T, MapLoop<T, TOperator>>(new(from, to, source.Length, op));
    }

    /// <summary>target[i] = f(x[i], y[i]).</summary>
    /// <param name="x">Any numbers.</param>
    /// <param name="y">As long as x.</param>
    /// <param name="target">Receives the results; as long as x, and may be the same memory as either.</param>
    /// <param name="op">f.</param>
    /// <exception cref="ArgumentException">The lengths differ, the target partially overlaps another span, or T is neither float nor double.</exception>
    public static unsafe void Zip<T, TOperator>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> target, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IZipOperator<T>
    {
        Check.ElementType<T>();
        CheckSource(x, target);
        CheckSource(y, target);
        fixed (T* left = x, right = y, to = target) VectorDispatch.Invoke<T, ZipLoop<T, TOperator>>(new(left, right, to, x.Length, op));
    }

    /// <summary>Updates weights and one array of state in place, as an optimizer with momentum does.</summary>
    /// <param name="weights">Updated.</param>
    /// <param name="gradient">As long as the weights; must not overlap another span.</param>
    /// <param name="state">Updated; as long as the weights, and must not overlap another span.</param>
    /// <param name="op">The update.</param>
    /// <exception cref="ArgumentException">The lengths differ, the spans overlap, or T is neither float nor double.</exception>
    public static unsafe void Update<T, TOperator>(Span<T> weights, ReadOnlySpan<T> gradient, Span<T> state, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IUpdateOperator<T>
    {
        Check.ElementType<T>();
        CheckNoOverlap(gradient, weights);
        CheckNoOverlap(state, weights);
        CheckNoOverlap(state, gradient);
        fixed (T* w = weights, g = gradient, s = state) RunTogether<UpdateLoop<T, TOperator>, T>(new(w, g, s, weights.Length, op), weights.Length);
    }

    /// <summary>Updates weights and two arrays of state in place, as Adam does.</summary>
    /// <param name="weights">Updated.</param>
    /// <param name="gradient">As long as the weights; must not overlap another span.</param>
    /// <param name="first">Updated; as long as the weights, and must not overlap another span.</param>
    /// <param name="second">Updated; as long as the weights, and must not overlap another span.</param>
    /// <param name="op">The update.</param>
    /// <exception cref="ArgumentException">The lengths differ, the spans overlap, or T is neither float nor double.</exception>
    public static unsafe void Update<T, TOperator>(Span<T> weights, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IUpdateOperator2<T>
    {
        Check.ElementType<T>();
        CheckStates(weights, gradient, first, second);
        fixed (T* w = weights, g = gradient, s = first, t = second) RunTogether<UpdateLoop2<T, TOperator>, T>(new(w, g, s, t, weights.Length, op), weights.Length);
    }

    /// <summary>Updates weights and three arrays of state in place, as Adam with AMSGrad does.</summary>
    /// <param name="weights">Updated.</param>
    /// <param name="gradient">As long as the weights; must not overlap another span.</param>
    /// <param name="first">Updated; as long as the weights, and must not overlap another span.</param>
    /// <param name="second">Updated; as long as the weights, and must not overlap another span.</param>
    /// <param name="third">Updated; as long as the weights, and must not overlap another span.</param>
    /// <param name="op">The update.</param>
    /// <exception cref="ArgumentException">The lengths differ, the spans overlap, or T is neither float nor double.</exception>
    public static unsafe void Update<T, TOperator>(Span<T> weights, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, Span<T> third, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IUpdateOperator3<T>
    {
        Check.ElementType<T>();
        CheckStates(weights, gradient, first, second);
        CheckNoOverlap(third, weights);
        CheckNoOverlap(third, gradient);
        CheckNoOverlap(third, first);
        CheckNoOverlap(third, second);
        fixed (T* w = weights, g = gradient, s = first, t = second, u = third) RunTogether<UpdateLoop3<T, TOperator>, T>(new(w, g, s, t, u, weights.Length, op), weights.Length);
    }

    /// <summary>The sum of f(source[i]), computed and summed in double precision. The order of summation depends only on the vector width.</summary>
    /// <param name="source">Any numbers.</param>
    /// <param name="op">Adds f of an element.</param>
    /// <exception cref="ArgumentException">T is neither float nor double.</exception>
    public static unsafe double Sum<T, TOperator>(ReadOnlySpan<T> source, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, ISumOperator
    {
        Check.ElementType<T>();
        fixed (T* from = source) return VectorDispatch.Sum<T, SumLoop<T, MemoryElements<T>, TOperator>>(new(new(from), source.Length, op));
    }

    /// <summary>target[i] = f(source[i]), or zero, even for a source of NaN, where bit i mod 64 of zeros[i / 64] is set.</summary>
    internal static unsafe void MapMasked<T, TOperator>(ReadOnlySpan<T> source, ReadOnlySpan<ulong> zeros, Span<T> target, TOperator op)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperator : struct, IMapOperator<T>
    {
        CheckSource(source, target);
        if (zeros.Length < (source.Length + 63) / 64) throw Check.Shape(nameof(zeros), $"at least {(source.Length + 63) / 64} words for {source.Length} values", $"{zeros.Length}");
        fixed (T* from = source, to = target)
        fixed (ulong* words = zeros) VectorDispatch.Invoke<T, MaskedMapLoop<T, TOperator>>(new(from, words, to, source.Length, op));
    }

    /// <summary>Runs an optimizer's loop, with a team if it is long enough. Reading and writing memory takes most of its time.</summary>
    private static void RunTogether<TLoop, T>(TLoop loop, int length)
        where TLoop : struct, IRangeLoop<TLoop, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (length < SharedLength) VectorDispatch.Invoke<T, TLoop>(loop);
        else RunInTeam<TLoop, T>(loop, length);
    }

    // A method of its own, which short calls do not compile.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunInTeam<TLoop, T>(TLoop loop, int length)
        where TLoop : struct, IRangeLoop<TLoop, T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double cycles = UpdateCycles * length;
        var work = new RangeWork<TLoop, T>(loop, length);
        Team.Share(ref work, length, cycles);
    }

    private static void CheckSource<T>(ReadOnlySpan<T> source, Span<T> target, [CallerArgumentExpression(nameof(source))] string name = "")
    {
        if (source.Length != target.Length) throw Check.Shape(nameof(target), $"{source.Length} values (as many as {name})", $"{target.Length}");
        if (source.Overlaps(target, out int offset) && offset != 0) throw new ArgumentException($"Expected the same memory as {name}, or memory that does not overlap it.", nameof(target));
    }

    private static void CheckStates<T>(Span<T> weights, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second)
    {
        CheckNoOverlap(gradient, weights);
        CheckNoOverlap(first, weights);
        CheckNoOverlap(first, gradient);
        CheckNoOverlap(second, weights);
        CheckNoOverlap(second, gradient);
        CheckNoOverlap(second, first);
    }

    private static void CheckNoOverlap<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> other, [CallerArgumentExpression(nameof(values))] string name = "", [CallerArgumentExpression(nameof(other))] string otherName = "")
    {
        if (values.Length != other.Length) throw Check.Shape(name, $"{other.Length} values (as many as {otherName})", $"{values.Length}");
        if (values.Overlaps(other)) throw new ArgumentException($"Expected memory that does not overlap {otherName}.", name);
    }
}
