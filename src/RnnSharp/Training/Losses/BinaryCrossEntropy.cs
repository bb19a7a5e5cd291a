using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The logistic function followed by cross-entropy, fused with its gradient (PyTorch's BCEWithLogitsLoss), of every feature at every position:
/// -w t ln σ(z) - (1 - t) ln(1 - σ(z)) for an output z, which is a logit of any size, a target t of 0 to 1 and a positive weight w. A weight
/// above 1 favours recall, one below 1 precision. Targets are not checked to be from 0 to 1.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class BinaryCrossEntropy<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double[] _weights;
    private readonly T[] _parameters;

    /// <summary>Creates the loss with one positive weight for all features.</summary>
    /// <param name="positiveWeight">w, 0 or more and within T's range.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
    /// <exception cref="ArgumentException">The weight is out of range, or the reduction is neither.</exception>
    public BinaryCrossEntropy(double positiveWeight = 1, LossReduction reduction = LossReduction.Mean)
    {
        _weights = [Check.FiniteAs<T>(positiveWeight)];
        _parameters = [T.CreateChecked(positiveWeight)];
        Reduction = LossShapes.CheckReduction(reduction);
    }

    /// <summary>Creates the loss with a positive weight for each feature, such as its number of negative examples over that of positive ones.</summary>
    /// <param name="positiveWeights">One for each feature of the output, 0 or more and within T's range.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
    /// <exception cref="ArgumentException">There is no weight, one is out of range, or the reduction is neither.</exception>
    public BinaryCrossEntropy(IReadOnlyList<double> positiveWeights, LossReduction reduction = LossReduction.Mean)
    {
        _parameters = LossShapes.Numbers<T>(positiveWeights, "positive weight");
        _weights = [.. positiveWeights];
        IsPerFeature = true;
        Reduction = LossShapes.CheckReduction(reduction);
    }

    /// <summary>The positive weight of all features, or one for each.</summary>
    public IReadOnlyList<double> PositiveWeights => _weights;

    /// <summary>Whether every feature has a positive weight of its own; the output must then have as many features.</summary>
    public bool IsPerFeature { get; }

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) => IsPerFeature
        ? PairLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, default(Logit), _parameters)
        : PairLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, default(Logit), _parameters[0]);

    /// <summary>(1 - t) softplus(z) + w t softplus(-z), whose terms are never negative, so that neither tail loses digits.</summary>
    internal readonly struct Logit : IPairLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector output, TVector target, TVector parameter, out TVector derivative)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector zero = TVector.Broadcast(T.Zero), one = TVector.Broadcast(T.One);
            TVector e = TVector.Exp(zero - TVector.Abs(output)), sum = one + e, rounded = sum - one;

            // ln(1 + e), with the rounding error of 1 + e taken out (Kahan; Hewlett-Packard 1982): e itself if the sum is 1.
            TVector log = TVector.WherePositive(rounded, TVector.Log(sum) * (e / rounded), e);
            TVector large = one / sum, small = e / sum;
            TVector wanted = parameter * target, other = one - target;
            derivative = other * TVector.WherePositive(output, large, small) - wanted * TVector.WherePositive(output, small, large);
            return other * (TVector.Max(zero, output) + log) + wanted * (TVector.Max(zero, zero - output) + log);
        }
    }
}
