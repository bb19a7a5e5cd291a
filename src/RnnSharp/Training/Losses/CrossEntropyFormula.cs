using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The cross-entropy of one position with class weights and label smoothing. With the weighted probabilities a_c = w_c q_c, the loss is
/// Σ a_c (max - z_c) + A ln Σ e^(z_c - max), and its gradient A softmax(z) - a, where A = Σ a_c.
/// </summary>
internal readonly unsafe ref struct CrossEntropyFormula<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ReadOnlySpan<T> _weights;
    private readonly double _kept;
    private readonly double _spread;
    private readonly double _spreadWeight;

    /// <summary>Creates the formula for a number of classes and their weights, which are empty if all are 1.</summary>
    public CrossEntropyFormula(int classes, ReadOnlySpan<T> weights, double labelSmoothing)
    {
        _weights = weights;
        _kept = 1 - labelSmoothing;
        _spread = labelSmoothing / classes;
        _spreadWeight = labelSmoothing;
        if (weights.IsEmpty || labelSmoothing == 0) return;
        double sum = 0;
        foreach (T weight in weights) sum += double.CreateTruncating(weight);
        _spreadWeight = _spread * sum;
    }

    /// <summary>The loss for a correct class; writes scale times the gradient unless the span for it is empty.</summary>
    public double OfClass(ReadOnlySpan<T> scores, int target, Span<T> gradient, T scale)
    {
        double own = _kept * (_weights.IsEmpty ? 1 : double.CreateTruncating(_weights[target])), weight = own + _spreadWeight;
        (T max, T sum) = SoftmaxKernel.Scaled(scores, gradient, scale * T.CreateTruncating(weight));
        double loss = own * (double.CreateTruncating(max) - double.CreateTruncating(scores[target])) + weight * Math.Log(double.CreateTruncating(sum));
        if (!gradient.IsEmpty) gradient[target] -= scale * T.CreateTruncating(own);
        return _spread > 0 ? loss + Expected(scores, default, gradient, max, scale) : loss;
    }

    /// <summary>The loss for wanted probabilities; writes scale times the gradient unless the span for it is empty.</summary>
    public double OfProbabilities(ReadOnlySpan<T> scores, ReadOnlySpan<T> target, Span<T> gradient, T scale)
    {
        double weight;
        fixed (T* t = target, w = _weights)
            weight = VectorDispatch.Sum<T, SumLoop<T, Weighted, PairLoss.AddOperator>>(new(new(t, w, T.CreateTruncating(_kept), T.CreateTruncating(_spread)), target.Length, default));
        (T max, T sum) = SoftmaxKernel.Scaled(scores, gradient, scale * T.CreateTruncating(weight));
        return weight * Math.Log(double.CreateTruncating(sum)) + Expected(scores, target, gradient, max, scale);
    }

    /// <summary>Σ a_c (max - z_c); also subtracts scale · a from the gradient. Without a target, of the evenly spread probability alone.</summary>
    private double Expected(ReadOnlySpan<T> scores, ReadOnlySpan<T> target, Span<T> gradient, T max, T scale)
    {
        fixed (T* z = scores, t = target, w = _weights, d = gradient)
        {
            var weights = new Weighted(t, w, T.CreateTruncating(_kept), T.CreateTruncating(_spread));
            return VectorDispatch.Sum<T, SumLoop<T, Distances, PairLoss.AddOperator>>(new(new(z, max, weights, d, scale), scores.Length, default));
        }
    }

    /// <summary>a_c = w_c ((1 - ε) q_c + ε / classes).</summary>
    private readonly struct Weighted(T* target, T* weights, T kept, T spread) : ISumElements<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Load<TVector>(int index, int count)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            TVector a = TVector.Broadcast(spread);
            if (target != null) a = TVector.MultiplyAdd(TVector.Broadcast(kept), TVector.Load(target + index, count), a);
            return weights == null ? a : a * TVector.Load(weights + index, count);
        }
    }

    /// <summary>a_c (max - z_c).</summary>
    private readonly struct Distances(T* scores, T max, Weighted weights, T* gradient, T scale) : ISumElements<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Load<TVector>(int index, int count)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            TVector a = weights.Load<TVector>(index, count);
            if (gradient != null) TVector.Store(TVector.Load(gradient + index, count) - TVector.Broadcast(scale) * a, gradient + index, count);
            return a * (TVector.Broadcast(max) - TVector.Load(scores + index, count));
        }
    }
}
