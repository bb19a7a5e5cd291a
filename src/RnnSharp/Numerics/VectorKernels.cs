using System.Numerics;
using System.Runtime.CompilerServices;

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

/// <summary>Element-wise work over spans, for a lane that the caller need not know.</summary>
internal abstract class VectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static VectorKernels<T> Instance { get; } = LaneDispatch.Create<T, Factory, VectorKernels<T>>(default);

    /// <summary>target[i] = σ(source[i]); the spans may be the same.</summary>
    public abstract void Sigmoid(ReadOnlySpan<T> source, Span<T> target);

    /// <summary>Writes e^(source[i] - max) and returns the maximum and the sum; the spans may be the same.</summary>
    public abstract (T Max, T Sum) ExpMinusMax(ReadOnlySpan<T> source, Span<T> target);

    /// <summary>values[i] *= factor.</summary>
    public abstract void Scale(Span<T> values, T factor);

    /// <summary>One step of Adam in one pass over an array.</summary>
    public abstract void Adam(Span<T> values, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, in AdamStep<T> step);

    private readonly struct Factory : ILaneFactory<T, VectorKernels<T>>
    {
        public VectorKernels<T> Create<TLane>()
            where TLane : unmanaged, ILane<TLane, T> => new VectorKernels<T, TLane>();
    }
}

/// <inheritdoc cref="VectorKernels{T}"/>
internal sealed unsafe class VectorKernels<T, TLane> : VectorKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLane : unmanaged, ILane<TLane, T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sigmoid(ReadOnlySpan<T> source, Span<T> target)
    {
        fixed (T* from = source, to = target)
        {
            for (int i = 0; i < source.Length; i += TLane.Count)
                LaneMemory.Store(LaneMath.Sigmoid<T, TLane>(LaneMemory.Load<T, TLane>(from + i, source.Length - i)), to + i, source.Length - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override (T Max, T Sum) ExpMinusMax(ReadOnlySpan<T> source, Span<T> target)
    {
        fixed (T* from = source, to = target)
        {
            // The rest of the last lane counts as -∞, whose exponential is 0.
            TLane largest = TLane.Broadcast(T.NegativeInfinity);
            for (int i = 0; i < source.Length; i += TLane.Count)
                largest = TLane.Max(largest, LaneMemory.Load<T, TLane>(from + i, source.Length - i, T.NegativeInfinity));
            T max = T.NegativeInfinity;
            for (int i = 0; i < TLane.Count; i++) max = T.Max(max, ((T*)&largest)[i]);

            TLane shift = TLane.Broadcast(max);
            TLane sums = TLane.Broadcast(T.Zero);
            for (int i = 0; i < source.Length; i += TLane.Count)
            {
                TLane e = LaneMath.Exp<T, TLane>(LaneMemory.Load<T, TLane>(from + i, source.Length - i, T.NegativeInfinity) - shift);
                sums += e;
                LaneMemory.Store(e, to + i, source.Length - i);
            }

            T sum = T.Zero;
            for (int i = 0; i < TLane.Count; i++) sum += ((T*)&sums)[i];
            return (max, sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Scale(Span<T> values, T factor)
    {
        TLane by = TLane.Broadcast(factor);
        fixed (T* at = values)
        {
            for (int i = 0; i < values.Length; i += TLane.Count)
                LaneMemory.Store(LaneMemory.Load<T, TLane>(at + i, values.Length - i) * by, at + i, values.Length - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adam(Span<T> values, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, in AdamStep<T> step)
    {
        TLane beta1 = TLane.Broadcast(step.Beta1);
        TLane beta2 = TLane.Broadcast(step.Beta2);
        TLane rest1 = TLane.Broadcast(step.Rest1);
        TLane rest2 = TLane.Broadcast(step.Rest2);
        TLane correction1 = TLane.Broadcast(step.Correction1);
        TLane correction2 = TLane.Broadcast(step.Correction2);
        TLane rate = TLane.Broadcast(-step.Rate);
        TLane epsilon = TLane.Broadcast(step.Epsilon);
        TLane keep = TLane.Broadcast(step.Keep);
        fixed (T* w = values, g = gradient, m = first, v = second)
        {
            for (int i = 0; i < values.Length; i += TLane.Count)
            {
                int count = values.Length - i;
                TLane gradients = LaneMemory.Load<T, TLane>(g + i, count);
                TLane means = TLane.MultiplyAdd(beta1, LaneMemory.Load<T, TLane>(m + i, count), rest1 * gradients);
                TLane squares = TLane.MultiplyAdd(beta2, LaneMemory.Load<T, TLane>(v + i, count), rest2 * gradients * gradients);
                TLane root = step.EpsilonInsideRoot
                    ? TLane.Sqrt(squares * correction2 + epsilon)
                    : TLane.Sqrt(squares * correction2) + epsilon;
                LaneMemory.Store(means, m + i, count);
                LaneMemory.Store(squares, v + i, count);
                LaneMemory.Store(TLane.MultiplyAdd(rate, means * correction1 / root, keep * LaneMemory.Load<T, TLane>(w + i, count)), w + i, count);
            }
        }
    }
}
