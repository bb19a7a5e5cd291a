using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Adam (Kingma and Ba 2015): v = β1 v + (1-β1) g, s = β2 s + (1-β2) g², v̂ = v / (1-β1ᵗ), ŝ = s / (1-β2ᵗ), W -= lr v̂ / (√ŝ + ε). With
/// weight decay it is AdamW (Loshchilov and Hutter 2019): W is first multiplied by 1 - lr · decay, independently of the gradient. As in
/// PyTorch, t counts the steps of each parameter.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Adam<T> : IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Weak, so that an optimizer does not keep the parameters of discarded layers alive.
    private readonly ConditionalWeakTable<Parameter<T>, Moments> _moments = [];
    private double _learningRate;

    // Up to here a double represents every number of steps exactly.
    private const long MaxSteps = 1L << 53;

    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="beta1">The decay of the mean of the gradient, at least 0 and below 1.</param>
    /// <param name="beta2">The decay of the mean of the squared gradient, at least 0 and below 1.</param>
    /// <param name="epsilon">Above 0.</param>
    /// <param name="weightDecay">AdamW's decoupled decay, 0 or more.</param>
    /// <param name="epsilonPlacement">The published form or the notebook's.</param>
    /// <exception cref="ArgumentException">A value is out of its range or not finite, or T is neither float nor double.</exception>
    public Adam(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, AdamEpsilon epsilonPlacement = AdamEpsilon.OutsideRoot)
    {
        Check.ElementType<T>();
        _learningRate = Check.FiniteAs<T>(learningRate);
        Beta1 = Decay(beta1, nameof(beta1));
        Beta2 = Decay(beta2, nameof(beta2));
        Epsilon = Check.FiniteAs<T>(Check.Positive(epsilon), nameof(epsilon));
        if (T.IsZero(T.CreateChecked(epsilon))) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"Expected a number that is above 0 when converted to {typeof(T).Name}, got {epsilon}.");
        WeightDecay = Check.FiniteAs<T>(weightDecay);
        RequireDecay(learningRate, weightDecay, nameof(weightDecay));
        if (epsilonPlacement is not (AdamEpsilon.OutsideRoot or AdamEpsilon.InsideRoot))
            throw new ArgumentOutOfRangeException(nameof(epsilonPlacement), epsilonPlacement, $"Expected OutsideRoot or InsideRoot, got {epsilonPlacement}.");
        EpsilonPlacement = epsilonPlacement;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = RequireDecay(Check.FiniteAs<T>(value), WeightDecay, nameof(value));
    }

    /// <summary>The decay of the mean of the gradient.</summary>
    public double Beta1 { get; }

    /// <summary>The decay of the mean of the squared gradient.</summary>
    public double Beta2 { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>AdamW's decoupled weight decay.</summary>
    public double WeightDecay { get; }

    /// <summary>Where ε is added.</summary>
    public AdamEpsilon EpsilonPlacement { get; }

    /// <inheritdoc/>
    public void Step(IReadOnlyList<Parameter<T>> parameters, Gradients<T> gradients)
    {
        OptimizerStep.Check(parameters, gradients);
        for (int i = 0; i < parameters.Count; i++)
        {
            Parameter<T> parameter = parameters[i];
            if (parameter.Frozen) continue;
            if (!_moments.TryGetValue(parameter, out Moments? moments)) _moments.Add(parameter, moments = new Moments(parameter.Count));
            moments.Steps++;
            moments.Gradients = gradients;
            moments.Index = OptimizerStep.IndexOf(gradients, parameter, i);
            moments.Step = new StepOperator(this, moments.Steps);
            parameter.Update(moments, static (values, m) => Elementwise.Update(values, m.Gradients!.Values(m.Index), m.First, m.Second, m.Step));
            moments.Gradients = null;
        }
    }

    /// <summary>The settings, such as "Adam (learning rate 0.001, beta 0.9 and 0.999, epsilon 1E-08)".</summary>
    public override string ToString() => FormattableString.Invariant($"Adam (learning rate {LearningRate}, beta {Beta1} and {Beta2}, epsilon {Epsilon}{(EpsilonPlacement == AdamEpsilon.InsideRoot ? " inside the root" : "")}")
        + (WeightDecay > 0 ? FormattableString.Invariant($", weight decay {WeightDecay})") : ")");

    /// <summary>Copies the optimizer's state for the parameters of a layer.</summary>
    public AdamState<T> GetState(ILayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        var moments = new Dictionary<string, AdamMoments<T>>(StringComparer.Ordinal);
        for (int i = 0; i < layer.Parameters.Count; i++)
        {
            if (_moments.TryGetValue(layer.Parameters[i], out Moments? m))
                moments.Add(layer.ParameterNames[i], new AdamMoments<T>(m.Steps, [.. m.First], [.. m.Second]));
        }

        return new AdamState<T>(moments);
    }

    /// <summary>Restores a state that <see cref="GetState"/> returned for a layer of the same shape, in place of the current state of the layer's parameters.</summary>
    /// <exception cref="ArgumentException">The state has a name that the layer does not have, an array of another length, or a value out of range. Nothing is changed in that case.</exception>
    public void SetState(ILayer<T> layer, AdamState<T> state)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(state);
        if (state.Moments is null) throw Check.Shape(nameof(state), "the moments of parameters", "null");
        foreach ((string name, AdamMoments<T> moments) in state.Moments)
        {
            int index = layer.ParameterNames.ToList().IndexOf(name);
            if (index < 0) throw Check.Shape(nameof(state), $"moments of {string.Join(", ", layer.ParameterNames)}", name);
            int count = layer.Parameters[index].Count;
            if (moments?.First?.Length != count || moments.Second?.Length != count || moments.Steps is < 1 or > MaxSteps)
                throw Check.Shape(nameof(state), $"{count} first and second moments of {name} and 1 to {MaxSteps} steps", moments is null ? "null" : $"{Length(moments.First)}, {Length(moments.Second)} and {moments.Steps}");
            if (!Elementwise.AllFinite<T>(moments.First) || !Elementwise.AllFinite<T>(moments.Second) || Array.Exists(moments.Second, T.IsNegative))
                throw Check.Shape(nameof(state), $"finite moments of {name}, the second not negative", "invalid ones");
        }

        for (int i = 0; i < layer.Parameters.Count; i++)
        {
            _moments.Remove(layer.Parameters[i]);
            if (!state.Moments.TryGetValue(layer.ParameterNames[i], out AdamMoments<T>? moments)) continue;
            var copy = new Moments(layer.Parameters[i].Count) { Steps = moments.Steps };
            moments.First.CopyTo(copy.First, 0);
            moments.Second.CopyTo(copy.Second, 0);
            _moments.Add(layer.Parameters[i], copy);
        }

        static string Length(T[]? values) => values is null ? "null" : $"{values.Length}";
    }

    /// <summary>Validates the factor 1 - lr · decay of the weights.</summary>
    private static double RequireDecay(double learningRate, double weightDecay, string name) => T.IsFinite(T.CreateChecked(1 - learningRate * weightDecay))
        ? learningRate
        : throw new ArgumentOutOfRangeException(name, $"Expected a learning rate and a weight decay whose product is finite as {typeof(T).Name}, got {learningRate} and {weightDecay}.");

    private static double Decay(double value, string name) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Expected at least 0 and below 1, got {value}.");

    private sealed class Moments(int count)
    {
        public T[] First { get; } = new T[count];

        public T[] Second { get; } = new T[count];

        public long Steps { get; set; }

        // Only used during a step; kept here so that the update's lambda captures nothing.
        public StepOperator Step { get; set; }

        public Gradients<T>? Gradients { get; set; }

        public int Index { get; set; }
    }

    /// <summary>Step t of one parameter, whose state is the two moments.</summary>
    internal readonly struct StepOperator(Adam<T> adam, long t) : IUpdateOperator2<T>
    {
        private readonly T _beta1 = T.CreateChecked(adam.Beta1);
        private readonly T _beta2 = T.CreateChecked(adam.Beta2);
        private readonly T _rest1 = T.CreateChecked(1 - adam.Beta1);
        private readonly T _rest2 = T.CreateChecked(1 - adam.Beta2);
        private readonly T _correction1 = T.CreateChecked(1 / (1 - Math.Pow(adam.Beta1, t)));
        private readonly T _correction2 = T.CreateChecked(1 / (1 - Math.Pow(adam.Beta2, t)));
        private readonly T _rate = -T.CreateChecked(adam.LearningRate);
        private readonly T _keep = T.CreateChecked(1 - adam.LearningRate * adam.WeightDecay);

        // Adding zero changes neither the root's argument nor its value, so both placements of ε share one path.
        private readonly T _inside = T.CreateChecked(adam.EpsilonPlacement == AdamEpsilon.InsideRoot ? adam.Epsilon : 0);
        private readonly T _outside = T.CreateChecked(adam.EpsilonPlacement == AdamEpsilon.InsideRoot ? 0 : adam.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            first = TVector.MultiplyAdd(TVector.Broadcast(_beta1), first, TVector.Broadcast(_rest1) * gradient);
            second = TVector.MultiplyAdd(TVector.Broadcast(_beta2), second, TVector.Broadcast(_rest2) * gradient * gradient);
            TVector root = TVector.Sqrt(second * TVector.Broadcast(_correction2) + TVector.Broadcast(_inside)) + TVector.Broadcast(_outside);
            weights = TVector.MultiplyAdd(TVector.Broadcast(_rate), first * TVector.Broadcast(_correction1) / root, TVector.Broadcast(_keep) * weights);
        }
    }
}
