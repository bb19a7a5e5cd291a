using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Adam (Kingma and Ba 2015): v = β1 v + (1-β1) g, s = β2 s + (1-β2) g², v̂ = v / (1-β1ᵗ), ŝ = s / (1-β2ᵗ), W -= lr v̂ / (√ŝ + ε). With
/// weight decay it is AdamW (Loshchilov and Hutter 2019): W is first multiplied by 1 - lr · decay, independently of the gradient. An L2
/// penalty is added to the gradient instead, g + l2 · W, as the weight decay of PyTorch's Adam. AMSGrad (Reddi, Kale and Kumar 2018) divides
/// by the largest s so far. As in PyTorch, t counts the steps of each parameter.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public class Adam<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly OptimizerSlot[] Moments = [new("exp_avg"), new("exp_avg_sq", notNegative: true)];

    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="beta1">The decay of the mean of the gradient, at least 0 and below 1.</param>
    /// <param name="beta2">The decay of the mean of the squared gradient, at least 0 and below 1.</param>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="weightDecay">AdamW's decoupled decay, 0 or more.</param>
    /// <param name="epsilonPlacement">The published form or the notebook's.</param>
    /// <param name="amsGrad">Whether to divide by the largest mean of the squared gradient so far.</param>
    /// <param name="l2">The L2 penalty's factor, 0 or more; 0 with a weight decay. With a penalty, the weight decay of a group is the group's penalty.</param>
    /// <param name="groups">Parameters with settings of their own.</param>
    /// <exception cref="ArgumentException">A value is out of its range or not finite, there are both a weight decay and a penalty, or T is neither float nor double.</exception>
    public Adam(
        double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, AdamEpsilon epsilonPlacement = AdamEpsilon.OutsideRoot,
        bool amsGrad = false, double l2 = 0, IReadOnlyList<ParameterGroup<T>>? groups = null)
        : base(learningRate, Either(weightDecay, l2), amsGrad ? [.. Moments, new("max_exp_avg_sq", notNegative: true)] : Moments, groups)
    {
        Beta1 = OptimizerOptions.BelowOne(beta1);
        Beta2 = OptimizerOptions.BelowOne(beta2);
        Epsilon = OptimizerOptions.Epsilon<T>(epsilon);
        WeightDecay = weightDecay;
        L2 = l2;
        if (epsilonPlacement is not (AdamEpsilon.OutsideRoot or AdamEpsilon.InsideRoot))
            throw new ArgumentOutOfRangeException(nameof(epsilonPlacement), epsilonPlacement, $"Expected OutsideRoot or InsideRoot, got {epsilonPlacement}.");
        EpsilonPlacement = epsilonPlacement;
        AmsGrad = amsGrad;
    }

    /// <summary>The decay of the mean of the gradient.</summary>
    public double Beta1 { get; }

    /// <summary>The decay of the mean of the squared gradient.</summary>
    public double Beta2 { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>AdamW's decoupled weight decay.</summary>
    public double WeightDecay { get; }

    /// <summary>The L2 penalty's factor.</summary>
    public double L2 { get; }

    /// <summary>Where ε is added.</summary>
    public AdamEpsilon EpsilonPlacement { get; }

    /// <summary>Whether the step is divided by the largest mean of the squared gradient so far.</summary>
    public bool AmsGrad { get; }

    /// <summary>The settings, such as "Adam (learning rate 0.001, beta 0.9 and 0.999, epsilon 1E-08)".</summary>
    public override string ToString()
    {
        string text = FormattableString.Invariant($"Adam (learning rate {LearningRate}, beta {Beta1} and {Beta2}, epsilon {Epsilon}");
        if (EpsilonPlacement == AdamEpsilon.InsideRoot) text += " inside the root";
        if (AmsGrad) text += ", AMSGrad";
        if (WeightDecay > 0) text += FormattableString.Invariant($", weight decay {WeightDecay}");
        if (L2 > 0) text += FormattableString.Invariant($", L2 {L2}");
        return $"{text})";
    }

    /// <inheritdoc/>
    protected override void Update(Span<T> weights, ReadOnlySpan<T> gradient, ParameterState<T> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var step = new StepOperator(this, state.Step, state.LearningRate, state.WeightDecay);
        if (AmsGrad) Elementwise.Update(weights, gradient, state.Slot(0), state.Slot(1), state.Slot(2), step);
        else Elementwise.Update(weights, gradient, state.Slot(0), state.Slot(1), step);
    }

    private static double Either(double weightDecay, double l2)
    {
        Check.FiniteAs<T>(weightDecay);
        Check.FiniteAs<T>(l2);
        if (weightDecay > 0 && l2 > 0) throw Check.Shape(nameof(l2), "either a weight decay or an L2 penalty", $"{weightDecay} and {l2}");
        return weightDecay > 0 ? weightDecay : l2;
    }

    /// <summary>Step t of one parameter, whose state is the two moments, and with AMSGrad the largest of the second.</summary>
    internal readonly struct StepOperator(Adam<T> adam, long t, double rate, double decay) : IUpdateOperator2<T>, IUpdateOperator3<T>
    {
        private readonly T _beta1 = T.CreateChecked(adam.Beta1);
        private readonly T _beta2 = T.CreateChecked(adam.Beta2);
        private readonly T _rest1 = T.CreateChecked(1 - adam.Beta1);
        private readonly T _rest2 = T.CreateChecked(1 - adam.Beta2);
        private readonly T _correction1 = T.CreateChecked(1 / (1 - Math.Pow(adam.Beta1, t)));
        private readonly T _correction2 = T.CreateChecked(1 / (1 - Math.Pow(adam.Beta2, t)));
        private readonly T _rate = -T.CreateChecked(rate);
        private readonly T _keep = T.CreateChecked(adam.L2 > 0 ? 1 : 1 - rate * decay);
        private readonly T _penalty = T.CreateChecked(decay);
        private readonly bool _penalized = adam.L2 > 0 && decay > 0;

        // Adding zero changes neither the root's argument nor its value, so both placements of ε share one path.
        private readonly T _inside = T.CreateChecked(adam.EpsilonPlacement == AdamEpsilon.InsideRoot ? adam.Epsilon : 0);
        private readonly T _outside = T.CreateChecked(adam.EpsilonPlacement == AdamEpsilon.InsideRoot ? 0 : adam.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            Average(weights, gradient, ref first, ref second);
            Move(ref weights, first, second);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second, ref TVector largest)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            Average(weights, gradient, ref first, ref second);
            largest = TVector.Max(largest, second);
            Move(ref weights, first, largest);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Average<TVector>(TVector weights, TVector gradient, ref TVector first, ref TVector second)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            if (_penalized) gradient = TVector.MultiplyAdd(TVector.Broadcast(_penalty), weights, gradient);
            first = TVector.MultiplyAdd(TVector.Broadcast(_beta1), first, TVector.Broadcast(_rest1) * gradient);
            second = TVector.MultiplyAdd(TVector.Broadcast(_beta2), second, TVector.Broadcast(_rest2) * gradient * gradient);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Move<TVector>(ref TVector weights, TVector first, TVector second)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector root = TVector.Sqrt(second * TVector.Broadcast(_correction2) + TVector.Broadcast(_inside)) + TVector.Broadcast(_outside);
            weights = TVector.MultiplyAdd(TVector.Broadcast(_rate), first * TVector.Broadcast(_correction1) / root, TVector.Broadcast(_keep) * weights);
        }
    }
}
