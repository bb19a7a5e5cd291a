using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Adagrad (Duchi, Hazan and Singer 2011), as in PyTorch: g = gradient + decay · W, s += g², W -= lr / (1 + (t-1) · lrDecay) · g / (√s + ε),
/// where t counts the steps of each parameter.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Adagrad<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="learningRateDecay">How fast the learning rate decays with the steps, 0 or more.</param>
    /// <param name="weightDecay">The L2 penalty's factor, 0 or more.</param>
    /// <param name="initialAccumulator">The sum of squares before the first step, 0 or more.</param>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="groups">Parameters with settings of their own.</param>
    /// <exception cref="ArgumentException">A value is out of its range or not finite, or T is neither float nor double.</exception>
    public Adagrad(double learningRate = 0.01, double learningRateDecay = 0, double weightDecay = 0, double initialAccumulator = 0, double epsilon = 1e-10, IReadOnlyList<ParameterGroup<T>>? groups = null)
        : base(learningRate, weightDecay, [new("sum", notNegative: true, Check.FiniteAs<T>(initialAccumulator))], groups)
    {
        LearningRateDecay = Check.FiniteAs<T>(learningRateDecay);
        WeightDecay = weightDecay;
        InitialAccumulator = initialAccumulator;
        Epsilon = OptimizerOptions.Epsilon<T>(epsilon);
    }

    /// <summary>How fast the learning rate decays with the steps.</summary>
    public double LearningRateDecay { get; }

    /// <summary>The L2 penalty's factor.</summary>
    public double WeightDecay { get; }

    /// <summary>The sum of squares before the first step.</summary>
    public double InitialAccumulator { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>The settings, such as "Adagrad (learning rate 0.01, epsilon 1E-10)".</summary>
    public override string ToString()
    {
        string text = FormattableString.Invariant($"Adagrad (learning rate {LearningRate}, epsilon {Epsilon}");
        if (LearningRateDecay > 0) text += FormattableString.Invariant($", learning rate decay {LearningRateDecay}");
        if (InitialAccumulator > 0) text += FormattableString.Invariant($", initial accumulator {InitialAccumulator}");
        if (WeightDecay > 0) text += FormattableString.Invariant($", weight decay {WeightDecay}");
        return $"{text})";
    }

    /// <inheritdoc/>
    protected override void Update(Span<T> weights, ReadOnlySpan<T> gradient, ParameterState<T> state) =>
        Elementwise.Update(weights, gradient, state.Slot(0), new StepOperator(this, state));

    private readonly struct StepOperator(Adagrad<T> adagrad, ParameterState<T> state) : IUpdateOperator<T>
    {
        private readonly T _decay = T.CreateChecked(state.WeightDecay);
        private readonly T _epsilon = T.CreateChecked(adagrad.Epsilon);
        private readonly T _rate = -T.CreateChecked(state.LearningRate / (1 + (state.Step - 1) * adagrad.LearningRateDecay));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector sum)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            gradient = TVector.MultiplyAdd(TVector.Broadcast(_decay), weights, gradient);
            sum = TVector.MultiplyAdd(gradient, gradient, sum);
            weights = TVector.MultiplyAdd(TVector.Broadcast(_rate), gradient / (TVector.Sqrt(sum) + TVector.Broadcast(_epsilon)), weights);
        }
    }
}
