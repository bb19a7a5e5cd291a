using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Stochastic gradient descent, as in PyTorch's SGD: g = gradient + decay · W; with momentum m, v = m v + (1 - dampening) g, where the first
/// v is g itself; W -= lr v, or with Nesterov's momentum W -= lr (g + m v) (Sutskever, Martens, Dahl and Hinton 2013).
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Sgd<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="momentum">At least 0 and below 1.</param>
    /// <param name="dampening">0 to 1; 0 with Nesterov's momentum.</param>
    /// <param name="weightDecay">The L2 penalty's factor, 0 or more.</param>
    /// <param name="nesterov">Whether to look ahead; needs momentum.</param>
    /// <param name="groups">Parameters with settings of their own.</param>
    /// <exception cref="ArgumentException">A value is out of its range, or T is neither float nor double.</exception>
    public Sgd(double learningRate, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false, IReadOnlyList<ParameterGroup<T>>? groups = null)
        : base(learningRate, weightDecay, momentum == 0 ? [] : [new("momentum_buffer")], groups)
    {
        Momentum = OptimizerOptions.BelowOne(momentum);
        Dampening = dampening is >= 0 and <= 1 ? dampening : throw new ArgumentOutOfRangeException(nameof(dampening), dampening, $"Expected 0 to 1, got {dampening}.");
        WeightDecay = weightDecay;
        if (nesterov && (momentum == 0 || dampening != 0)) throw Check.Shape(nameof(nesterov), "momentum above 0 and no dampening for Nesterov's momentum", $"{momentum} and {dampening}");
        Nesterov = nesterov;
    }

    /// <summary>The fraction of the velocity that is kept from step to step.</summary>
    public double Momentum { get; }

    /// <summary>The fraction by which the gradient's contribution to the velocity is reduced.</summary>
    public double Dampening { get; }

    /// <summary>The L2 penalty's factor.</summary>
    public double WeightDecay { get; }

    /// <summary>Whether the step looks ahead along the velocity.</summary>
    public bool Nesterov { get; }

    /// <summary>The settings, such as "Sgd (learning rate 0.1, momentum 0.9)".</summary>
    public override string ToString()
    {
        string text = FormattableString.Invariant($"Sgd (learning rate {LearningRate}");
        if (Momentum > 0) text += FormattableString.Invariant($", {(Nesterov ? "Nesterov momentum" : "momentum")} {Momentum}");
        if (Dampening > 0) text += FormattableString.Invariant($", dampening {Dampening}");
        if (WeightDecay > 0) text += FormattableString.Invariant($", weight decay {WeightDecay}");
        return $"{text})";
    }

    /// <inheritdoc/>
    protected override void Update(Span<T> weights, ReadOnlySpan<T> gradient, ParameterState<T> state)
    {
        if (Momentum == 0) Elementwise.Zip(weights, gradient, weights, new PlainOperator(state));
        else Elementwise.Update(weights, gradient, state.Slot(0), new MomentumOperator(this, state));
    }

    private readonly struct PlainOperator(ParameterState<T> state) : IZipOperator<T>
    {
        private readonly T _decay = T.CreateChecked(state.WeightDecay);
        private readonly T _rate = -T.CreateChecked(state.LearningRate);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector weights, TVector gradient)
            where TVector : unmanaged, ISimdVector<TVector, T> =>
            TVector.MultiplyAdd(TVector.Broadcast(_rate), TVector.MultiplyAdd(TVector.Broadcast(_decay), weights, gradient), weights);
    }

    private readonly struct MomentumOperator(Sgd<T> sgd, ParameterState<T> state) : IUpdateOperator<T>
    {
        private readonly T _decay = T.CreateChecked(state.WeightDecay);
        private readonly T _kept = T.CreateChecked(state.Step == 1 ? 0 : sgd.Momentum);
        private readonly T _added = T.CreateChecked(state.Step == 1 ? 1 : 1 - sgd.Dampening);
        private readonly T _rate = -T.CreateChecked(state.LearningRate);

        // W -= lr (a g + b v): the velocity alone, or with Nesterov's momentum both.
        private readonly T _gradientShare = sgd.Nesterov ? T.One : T.Zero;
        private readonly T _velocityShare = T.CreateChecked(sgd.Nesterov ? sgd.Momentum : 1);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector velocity)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            gradient = TVector.MultiplyAdd(TVector.Broadcast(_decay), weights, gradient);
            velocity = TVector.MultiplyAdd(TVector.Broadcast(_kept), velocity, TVector.Broadcast(_added) * gradient);
            TVector step = TVector.MultiplyAdd(TVector.Broadcast(_velocityShare), velocity, TVector.Broadcast(_gradientShare) * gradient);
            weights = TVector.MultiplyAdd(TVector.Broadcast(_rate), step, weights);
        }
    }
}
