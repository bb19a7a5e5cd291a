using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The quantile or pinball loss (Koenker and Bassett 1978), max(q (t - y), (q - 1) (t - y)), which is least where the output y is the q-quantile
/// of the target t. For several quantiles at once, the output has quantiles × targets features: all targets for the first quantile, then all
/// for the second, and so on; feature i + targets·k is quantile k of target i. The mean is over all these features. The gradient is -q or
/// 1 - q, and 0 where y = t.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class QuantileLoss<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double[] _quantiles;
    private readonly T[] _parameters;

    /// <summary>Creates the loss.</summary>
    /// <param name="quantiles">One or more numbers above 0 and below 1, such as 0.1, 0.5 and 0.9.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
    /// <exception cref="ArgumentException">There is no quantile, one is out of range, or the reduction is neither.</exception>
    public QuantileLoss(IReadOnlyList<double> quantiles, LossReduction reduction = LossReduction.Mean)
    {
        _parameters = LossShapes.Numbers<T>(quantiles, "quantile");
        _quantiles = [.. quantiles];
        for (int i = 0; i < _quantiles.Length; i++)
        {
            if (!(_parameters[i] > T.Zero && _parameters[i] < T.One)) throw Check.Shape(nameof(quantiles), "numbers above 0 and below 1", $"{_quantiles[i]} at {i}");
        }

        Reduction = LossShapes.CheckReduction(reduction);
    }

    /// <summary>The quantiles, in the order of the output's blocks.</summary>
    public IReadOnlyList<double> Quantiles => _quantiles;

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) =>
        PositionLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, new Positions(_parameters));

    private readonly struct Positions(T[] quantiles) : IPositionLoss<T>
    {
        public string Expected => $"a multiple of {quantiles.Length} features (one for each quantile and target)";

        public int TargetFeatures(int features) => features % quantiles.Length == 0 ? features / quantiles.Length : 0;

        public int Losses(int features) => features;

        public double Sum(ReadOnlySpan<T> output, ReadOnlySpan<T> target, int features, Span<T> gradient, Span<T> losses, T scale)
        {
            // A block is what one call computes: the quantiles of a single target, or the targets of a single quantile.
            int count = quantiles.Length, targets = features / count;
            if (count == 1) return PairLoss.Sum(output, target, default, quantiles[0], gradient, losses, scale, default(Pinball));
            int block = targets == 1 ? count : targets;
            ReadOnlySpan<T> parameters = targets == 1 ? quantiles : default;
            double sum = 0;
            for (int at = 0; at < output.Length; at += block)
            {
                Span<T> derivatives = gradient.IsEmpty ? default : gradient.Slice(at, block), each = losses.IsEmpty ? default : losses.Slice(at, block);
                sum += PairLoss.Sum(output.Slice(at, block), target.Slice(at / features * targets, targets), parameters, quantiles[at / targets % count], derivatives, each, scale, default(Pinball));
            }

            return sum;
        }
    }

    internal readonly struct Pinball : IPairLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector output, TVector target, TVector parameter, out TVector derivative)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector zero = TVector.Broadcast(T.Zero), above = target - output, rest = TVector.Broadcast(T.One) - parameter;

            // above · 0 is zero, or NaN for NaN.
            derivative = TVector.WherePositive(above, zero - parameter, TVector.WherePositive(zero - above, rest, above * zero));
            return TVector.Max(zero - rest * above, parameter * above);
        }
    }
}
