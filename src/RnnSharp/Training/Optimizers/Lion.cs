using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", program 1): c = β1 m + (1-β1) g,
/// W -= lr (sign(c) + decay · W), m = β2 m + (1-β2) g. Every weight moves by the learning rate, so that it is chosen 3 to 10 times smaller
/// than Adam's, and the weight decay larger by the same factor.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Lion<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="beta1">The share of the momentum in the direction of the step, at least 0 and below 1.</param>
    /// <param name="beta2">The decay of the momentum, at least 0 and below 1.</param>
    /// <param name="weightDecay">The decoupled decay, 0 or more.</param>
    /// <param name="groups">Parameters with settings of their own.</param>
    /// <exception cref="ArgumentException">A value is out of its range or not finite, or T is neither float nor double.</exception>
    public Lion(double learningRate = 1e-4, double beta1 = 0.9, double beta2 = 0.99, double weightDecay = 0, IReadOnlyList<ParameterGroup<T>>? groups = null)
        : base(learningRate, weightDecay, [new("exp_avg")], groups)
    {
        Beta1 = OptimizerOptions.BelowOne(beta1);
        Beta2 = OptimizerOptions.BelowOne(beta2);
        WeightDecay = weightDecay;
    }

    /// <summary>The share of the momentum in the direction of the step.</summary>
    public double Beta1 { get; }

    /// <summary>The decay of the momentum.</summary>
    public double Beta2 { get; }

    /// <summary>The decoupled weight decay.</summary>
    public double WeightDecay { get; }

    /// <summary>The settings, such as "Lion (learning rate 0.0001, beta 0.9 and 0.99)".</summary>
    public override string ToString() => FormattableString.Invariant($"Lion (learning rate {LearningRate}, beta {Beta1} and {Beta2}")
        + (WeightDecay > 0 ? FormattableString.Invariant($", weight decay {WeightDecay})") : ")");

    /// <inheritdoc/>
    protected override void Update(Span<T> weights, ReadOnlySpan<T> gradient, ParameterState<T> state) =>
        Elementwise.Update(weights, gradient, state.Slot(0), new StepOperator(this, state));

    private readonly struct StepOperator(Lion<T> lion, ParameterState<T> state) : IUpdateOperator<T>
    {
        private readonly T _beta1 = T.CreateChecked(lion.Beta1);
        private readonly T _rest1 = T.CreateChecked(1 - lion.Beta1);
        private readonly T _beta2 = T.CreateChecked(lion.Beta2);
        private readonly T _rest2 = T.CreateChecked(1 - lion.Beta2);
        private readonly T _rate = T.CreateChecked(state.LearningRate);
        private readonly T _keep = T.CreateChecked(1 - state.LearningRate * state.WeightDecay);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector momentum)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector zero = TVector.Broadcast(T.Zero), rate = TVector.Broadcast(_rate);
            TVector direction = TVector.MultiplyAdd(TVector.Broadcast(_beta1), momentum, TVector.Broadcast(_rest1) * gradient);
            TVector step = TVector.WherePositive(direction, rate, TVector.WherePositive(zero - direction, zero - rate, zero));
            weights = TVector.Broadcast(_keep) * weights - step;
            momentum = TVector.MultiplyAdd(TVector.Broadcast(_beta2), momentum, TVector.Broadcast(_rest2) * gradient);
        }
    }
}
