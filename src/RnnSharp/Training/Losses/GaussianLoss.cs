using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Training;

/// <summary>
/// The negative logarithm of a normal distribution's density (Nix and Weigend 1994; PyTorch's GaussianNLLLoss), (ln v + (μ - t)²/v) / 2 for a
/// target t, a mean μ and a variance v. The output has twice as many features as the target: all means, then for each mean its log-variance,
/// variance, or a number whose softplus is the standard deviation. A variance below ε counts as ε; its gradient is then the one at ε, so that it can recover (as in PyTorch).
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GaussianLoss<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Positions _formula;

    /// <summary>Creates the loss.</summary>
    /// <param name="second">What the second half of the output's features holds.</param>
    /// <param name="full">Whether to add the constant ln(2π)/2, which makes the loss the whole negative log-likelihood.</param>
    /// <param name="epsilon">ε, the least variance, above 0 and within T's range.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted targets, or of the sum.</param>
    /// <exception cref="ArgumentException">ε is out of range, or an enumeration's value is not defined.</exception>
    public GaussianLoss(GaussianOutput second = GaussianOutput.LogVariance, bool full = false, double epsilon = 1e-6, LossReduction reduction = LossReduction.Mean)
    {
        if (second is not (GaussianOutput.LogVariance or GaussianOutput.Variance or GaussianOutput.Softplus)) throw new ArgumentOutOfRangeException(nameof(second), second, $"Expected LogVariance, Variance or Softplus, got {second}.");
        T least = T.CreateChecked(Check.FiniteAs<T>(Check.Positive(epsilon), nameof(epsilon)));
        if (!T.IsFinite(T.One / least)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"Expected a number whose reciprocal is within {typeof(T).Name}'s range, got {epsilon}.");
        Second = second;
        Full = full;
        Epsilon = epsilon;
        Reduction = LossShapes.CheckReduction(reduction);
        T limit = second switch
        {
            GaussianOutput.LogVariance => T.CreateChecked(Math.Log(epsilon)),
            GaussianOutput.Variance => least,
            _ => T.CreateChecked(Math.Sqrt(epsilon)),
        };
        _formula = new Positions(second, limit, full ? T.CreateChecked(Math.Log(2 * Math.PI)) : T.Zero);
    }

    /// <summary>What the second half of the output's features holds.</summary>
    public GaussianOutput Second { get; }

    /// <summary>Whether the constant is added.</summary>
    public bool Full { get; }

    /// <summary>The least variance.</summary>
    public double Epsilon { get; }

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) =>
        PositionLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, _formula);

    private readonly unsafe struct Positions(GaussianOutput kind, T least, T constant) : IPositionLoss<T>
    {
        public string Expected => "an even number of features (means, then variances)";

        public int TargetFeatures(int features) => features % 2 == 0 ? features / 2 : 0;

        public int Losses(int features) => features / 2;

        public double Sum(ReadOnlySpan<T> output, ReadOnlySpan<T> target, int features, Span<T> gradient, Span<T> losses, T scale)
        {
            int targets = features / 2;
            double sum = 0;
            fixed (T* y = output, t = target, d = gradient, f = losses)
            {
                for (int at = 0; at < target.Length; at += targets)
                {
                    var elements = new Densities(y + 2 * at, y + 2 * at + targets, t + at, d == null ? null : d + 2 * at, targets, f == null ? null : f + at, scale, kind, least, constant);
                    sum += VectorDispatch.Sum<T, SumLoop<T, Densities, PairLoss.AddOperator>>(new(elements, targets, default));
                }
            }

            return sum;
        }
    }

    /// <summary>The losses of one position, for the sum; also writes the gradient and the losses.</summary>
    internal readonly unsafe struct Densities(T* means, T* variances, T* target, T* gradient, int targets, T* losses, T scale, GaussianOutput kind, T least, T constant) : ISumElements<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Load<TVector>(int index, int count)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            TVector zero = TVector.Broadcast(T.Zero), one = TVector.Broadcast(T.One), half = TVector.Number(0.5f, 0.5d);
            TVector error = TVector.Load(means + index, count) - TVector.Load(target + index, count);
            TVector given = TVector.Load(variances + index, count);
            TVector second = TVector.Max(TVector.Broadcast(least), kind == GaussianOutput.Softplus ? ActivationFunctions.Softplus<T, TVector>(given) : given);
            TVector precision = kind switch
            {
                GaussianOutput.LogVariance => TVector.Exp(zero - second),
                GaussianOutput.Variance => one / second,
                _ => one / (second * second),
            };
            TVector logVariance = kind switch
            {
                GaussianOutput.LogVariance => second,
                GaussianOutput.Variance => TVector.Log(second),
                _ => TVector.Log(second) + TVector.Log(second),
            };
            TVector slope = error * precision, squared = error * slope;
            TVector f = half * (logVariance + squared + TVector.Broadcast(constant));
            if (gradient != null)
            {
                TVector factor = TVector.Broadcast(scale), rest = one - squared;
                TVector.Store(factor * slope, gradient + index, count);
                TVector bySecond = kind switch
                {
                    GaussianOutput.LogVariance => half * rest,
                    GaussianOutput.Variance => half * rest * precision,
                    _ => rest / second * TVector.Sigmoid(given),
                };
                TVector.Store(factor * bySecond, gradient + targets + index, count);
            }

            if (losses != null) TVector.Store(f, losses + index, count);
            return f;
        }
    }
}
