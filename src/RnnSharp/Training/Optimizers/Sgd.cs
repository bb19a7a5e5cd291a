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
public sealed class Sgd<T> : IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Weak, so that an optimizer does not keep the parameters of discarded layers alive.
    private readonly ConditionalWeakTable<Parameter<T>, Velocity> _velocities = [];
    private double _learningRate;

    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="momentum">At least 0 and below 1.</param>
    /// <param name="dampening">0 to 1; 0 with Nesterov's momentum.</param>
    /// <param name="weightDecay">The L2 penalty's factor, 0 or more.</param>
    /// <param name="nesterov">Whether to look ahead; needs momentum.</param>
    /// <exception cref="ArgumentException">A value is out of its range, or T is neither float nor double.</exception>
    public Sgd(double learningRate, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false)
    {
        Check.ElementType<T>();
        _learningRate = Check.FiniteAs<T>(learningRate);
        Momentum = momentum is >= 0 and < 1 ? momentum : throw new ArgumentOutOfRangeException(nameof(momentum), momentum, $"Expected at least 0 and below 1, got {momentum}.");
        Dampening = dampening is >= 0 and <= 1 ? dampening : throw new ArgumentOutOfRangeException(nameof(dampening), dampening, $"Expected 0 to 1, got {dampening}.");
        WeightDecay = Check.FiniteAs<T>(weightDecay);
        if (nesterov && (momentum == 0 || dampening != 0)) throw Check.Shape(nameof(nesterov), "momentum above 0 and no dampening for Nesterov's momentum", $"{momentum} and {dampening}");
        Nesterov = nesterov;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite as a T.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = Check.FiniteAs<T>(value);
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
    public void Step(IReadOnlyList<Parameter<T>> parameters, Gradients<T> gradients)
    {
        OptimizerStep.Check(parameters, gradients);
        for (int i = 0; i < parameters.Count; i++)
        {
            Parameter<T> parameter = parameters[i];
            if (parameter.Frozen) continue;
            if (!_velocities.TryGetValue(parameter, out Velocity? velocity)) _velocities.Add(parameter, velocity = new Velocity(parameter.Count));
            velocity.Step = new StepOperator(this, velocity.IsFirst);
            velocity.Gradients = gradients;
            velocity.Index = OptimizerStep.IndexOf(gradients, parameter, i);
            parameter.Update(velocity, static (values, v) => Elementwise.Update(values, v.Gradients!.Values(v.Index), v.Values, v.Step));
            velocity.Gradients = null;
            velocity.IsFirst = false;
        }
    }

    private sealed class Velocity(int count)
    {
        public T[] Values { get; } = new T[count];

        public bool IsFirst { get; set; } = true;

        // Only used during a step; kept here so that the update's lambda captures nothing.
        public StepOperator Step { get; set; }

        public Gradients<T>? Gradients { get; set; }

        public int Index { get; set; }
    }

    private readonly struct StepOperator(Sgd<T> sgd, bool isFirst) : IUpdateOperator<T>
    {
        private readonly T _decay = T.CreateChecked(sgd.WeightDecay);
        private readonly T _kept = T.CreateChecked(isFirst ? 0 : sgd.Momentum);
        private readonly T _added = T.CreateChecked(isFirst ? 1 : 1 - sgd.Dampening);
        private readonly T _rate = -T.CreateChecked(sgd.LearningRate);

        // W -= lr (a g + b v): the velocity alone, the gradient alone, or with Nesterov's momentum both.
        private readonly T _gradientShare = sgd.Nesterov || sgd.Momentum == 0 ? T.One : T.Zero;
        private readonly T _velocityShare = T.CreateChecked(sgd.Nesterov ? sgd.Momentum : sgd.Momentum == 0 ? 0 : 1);

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
