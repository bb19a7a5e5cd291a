using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// RMSprop (Tieleman and Hinton 2012), as in PyTorch: g = gradient + decay · W, s = α s + (1-α) g², W -= lr g / (√s + ε). The centered form
/// (Graves 2013) divides by √(s - a²) + ε with a = α a + (1-α) g, an estimate of the standard deviation. With momentum m,
/// v = m v + g / (√s + ε) and W -= lr v.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class RmsProp<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="alpha">The decay of the mean of the squared gradient, at least 0 and below 1.</param>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="weightDecay">The L2 penalty's factor, 0 or more.</param>
    /// <param name="momentum">At least 0 and below 1.</param>
    /// <param name="centered">Whether to divide by an estimate of the standard deviation.</param>
    /// <param name="groups">Parameters with settings of their own.</param>
    /// <exception cref="ArgumentException">A value is out of its range or not finite, or T is neither float nor double.</exception>
    public RmsProp(double learningRate = 0.01, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, double momentum = 0, bool centered = false, IReadOnlyList<ParameterGroup<T>>? groups = null)
        : base(learningRate, weightDecay, Slots(centered, momentum != 0), groups)
    {
        Alpha = OptimizerOptions.BelowOne(alpha);
        Epsilon = OptimizerOptions.Epsilon<T>(epsilon);
        WeightDecay = weightDecay;
        Momentum = OptimizerOptions.BelowOne(momentum);
        Centered = centered;
    }

    /// <summary>The decay of the mean of the squared gradient.</summary>
    public double Alpha { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>The L2 penalty's factor.</summary>
    public double WeightDecay { get; }

    /// <summary>The fraction of the velocity that is kept from step to step.</summary>
    public double Momentum { get; }

    /// <summary>Whether the step is divided by an estimate of the standard deviation.</summary>
    public bool Centered { get; }

    /// <summary>The settings, such as "RmsProp (learning rate 0.01, alpha 0.99, epsilon 1E-08, centered)".</summary>
    public override string ToString()
    {
        string text = FormattableString.Invariant($"RmsProp (learning rate {LearningRate}, alpha {Alpha}, epsilon {Epsilon}");
        if (Centered) text += ", centered";
        if (Momentum > 0) text += FormattableString.Invariant($", momentum {Momentum}");
        if (WeightDecay > 0) text += FormattableString.Invariant($", weight decay {WeightDecay}");
        return $"{text})";
    }

    /// <inheritdoc/>
    protected override void Update(Span<T> weights, ReadOnlySpan<T> gradient, ParameterState<T> state)
    {
        var step = new StepOperator(this, state);
        if (Centered && Momentum > 0) Elementwise.Update(weights, gradient, state.Slot(0), state.Slot(1), state.Slot(2), step);
        else if (Centered || Momentum > 0) Elementwise.Update(weights, gradient, state.Slot(0), state.Slot(1), step);
        else Elementwise.Update(weights, gradient, state.Slot(0), step);
    }

    private static OptimizerSlot[] Slots(bool centered, bool hasMomentum)
    {
        var slots = new List<OptimizerSlot> { new("square_avg", notNegative: true) };
        if (centered) slots.Add(new("grad_avg"));
        if (hasMomentum) slots.Add(new("momentum_buffer"));
        return [.. slots];
    }

    private readonly struct StepOperator(RmsProp<T> rmsProp, ParameterState<T> state) : IUpdateOperator<T>, IUpdateOperator2<T>, IUpdateOperator3<T>
    {
        private readonly T _decay = T.CreateChecked(state.WeightDecay);
        private readonly T _alpha = T.CreateChecked(rmsProp.Alpha);
        private readonly T _rest = T.CreateChecked(1 - rmsProp.Alpha);
        private readonly T _epsilon = T.CreateChecked(rmsProp.Epsilon);
        private readonly T _momentum = T.CreateChecked(rmsProp.Momentum);
        private readonly T _rate = -T.CreateChecked(state.LearningRate);
        private readonly bool _centered = rmsProp.Centered;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector square)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            gradient = Penalized(weights, gradient);
            Average(gradient, ref square);
            Move(ref weights, Divided(gradient, square));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector square, ref TVector second)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            gradient = Penalized(weights, gradient);
            Average(gradient, ref square);
            if (_centered)
            {
                Move(ref weights, Divided(gradient, Variance(gradient, square, ref second)));
            }
            else
            {
                second = TVector.MultiplyAdd(TVector.Broadcast(_momentum), second, Divided(gradient, square));
                Move(ref weights, second);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector square, ref TVector mean, ref TVector velocity)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            gradient = Penalized(weights, gradient);
            Average(gradient, ref square);
            velocity = TVector.MultiplyAdd(TVector.Broadcast(_momentum), velocity, Divided(gradient, Variance(gradient, square, ref mean)));
            Move(ref weights, velocity);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private TVector Penalized<TVector>(TVector weights, TVector gradient)
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.MultiplyAdd(TVector.Broadcast(_decay), weights, gradient);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Average<TVector>(TVector gradient, ref TVector square)
            where TVector : unmanaged, ISimdVector<TVector, T> => square = TVector.MultiplyAdd(TVector.Broadcast(_alpha), square, TVector.Broadcast(_rest) * gradient * gradient);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private TVector Variance<TVector>(TVector gradient, TVector square, ref TVector mean)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            mean = TVector.MultiplyAdd(TVector.Broadcast(_alpha), mean, TVector.Broadcast(_rest) * gradient);

            // Of gradients that are all alike, rounding can leave less than zero.
            return TVector.Max(TVector.Broadcast(T.Zero), square - mean * mean);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private TVector Divided<TVector>(TVector gradient, TVector square)
            where TVector : unmanaged, ISimdVector<TVector, T> => gradient / (TVector.Sqrt(square) + TVector.Broadcast(_epsilon));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Move<TVector>(ref TVector weights, TVector step)
            where TVector : unmanaged, ISimdVector<TVector, T> => weights = TVector.MultiplyAdd(TVector.Broadcast(_rate), step, weights);
    }
}
