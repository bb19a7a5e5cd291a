using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// A base class for optimizers, which adds the formula. It checks the arguments, leaves out frozen parameters, applies parameter groups,
/// counts the steps of each parameter, and keeps, saves and restores a number of slots for each.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class Optimizer<T> : IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string RateName = "learning_rate", StepName = "step";

    // Up to here a double represents every number of steps exactly.
    private const long MaxSteps = 1L << 53;

    // Weak, so that an optimizer does not keep the parameters of discarded layers alive.
    private readonly ConditionalWeakTable<Parameter<T>, ParameterState<T>> _states = [];
    private readonly OptimizerSlot[] _slots;
    private readonly ParameterGroup<T>[] _groups;
    private readonly double _weightDecay;
    private double _learningRate;

    /// <summary>Creates an optimizer.</summary>
    /// <param name="learningRate">0 or more.</param>
    /// <param name="weightDecay">The weight decay of parameters whose group has none, 0 or more.</param>
    /// <param name="slots">What is remembered of each weight.</param>
    /// <param name="groups">Parameters with settings of their own; the first group that contains a parameter applies.</param>
    /// <exception cref="ArgumentException">A number is out of its range, a slot or group is null, two slots have one name, or T is neither float nor double.</exception>
    protected Optimizer(double learningRate, double weightDecay, IReadOnlyList<OptimizerSlot> slots, IReadOnlyList<ParameterGroup<T>>? groups)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(slots);
        _slots = [.. slots];
        for (int i = 0; i < _slots.Length; i++)
        {
            if (_slots[i] is null) throw new ArgumentException($"Slot {i} is null.", nameof(slots));
            if (_slots[i].Name is StepName || _slots.Take(i).Any(slot => string.Equals(slot.Name, _slots[i].Name, StringComparison.Ordinal))) throw Check.Shape(nameof(slots), $"names once each and other than {StepName}", _slots[i].Name);
            Check.FiniteAs<T>(_slots[i].Initial, nameof(slots));
        }

        _groups = groups is null ? [] : [.. groups];
        if (Array.IndexOf(_groups, null) is >= 0 and var missing) throw new ArgumentException($"Group {missing} is null.", nameof(groups));
        _weightDecay = Check.FiniteAs<T>(weightDecay);
        _learningRate = Check.FiniteAs<T>(learningRate);
        if (ProblemOf(learningRate, weightDecay) is { } problem) throw new ArgumentOutOfRangeException(nameof(weightDecay), weightDecay, problem);
        if (Problem(learningRate) is { } ofGroup) throw new ArgumentException(ofGroup, nameof(groups));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, or it or its product with a group's factor or a weight decay is not finite as a T.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set
        {
            Check.FiniteAs<T>(value);
            _learningRate = Problem(value) is { } problem ? throw new ArgumentOutOfRangeException(nameof(value), value, problem) : value;
        }
    }

    /// <summary>Parameters with settings of their own.</summary>
    public IReadOnlyList<ParameterGroup<T>> Groups => _groups;

    /// <inheritdoc/>
    public void Step(IReadOnlyList<Parameter<T>> parameters, Gradients<T> gradients)
    {
        OptimizerStep.Check(parameters, gradients);
        for (int i = 0; i < parameters.Count; i++)
        {
            if (!parameters[i].Frozen) StateOf(parameters[i]);
        }

        for (int i = 0; i < parameters.Count; i++)
        {
            Parameter<T> parameter = parameters[i];
            if (!parameter.Frozen) Update(parameter, gradients.Values(OptimizerStep.IndexOf(gradients, parameter, i)));
        }
    }

    /// <summary>Updates one parameter, which need not belong to a layer, by one step, unless it is frozen.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="gradient">Its gradient, column-major; not the memory of the parameter.</param>
    /// <exception cref="ArgumentException">The parameter is null, or the gradient has another length, overlaps the parameter, or is not finite. Nothing is changed in that case.</exception>
    public void Step(Parameter<T> parameter, ReadOnlySpan<T> gradient)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (gradient.Length != parameter.Count) throw Check.Shape(nameof(gradient), $"{parameter.Count} values ({parameter.Rows} x {parameter.Columns}, column-major) for {parameter.Name}", $"{gradient.Length}");
        if (gradient.Overlaps(parameter.Values)) throw new ArgumentException($"Expected memory that does not overlap {parameter.Name}.", nameof(gradient));
        if (parameter.Frozen) return;
        if (GradientClipping.FirstNotFinite(gradient) is { } at) throw new ArgumentException($"Expected a finite gradient, got {gradient[at]} at {at}; {parameter.Name} was not changed.", nameof(gradient));
        Update(parameter, gradient);
    }

    /// <inheritdoc/>
    public StateDictionary GetState(IReadOnlyList<Parameter<T>> parameters, IReadOnlyList<string> names)
    {
        OptimizerStep.CheckNames(parameters, names);
        var state = new StateDictionary();
        state.Set(RateName, LearningRate);
        for (int i = 0; i < parameters.Count; i++)
        {
            if (!_states.TryGetValue(parameters[i], out ParameterState<T>? kept)) continue;
            state.Set(KeyOf(names[i], StepName), kept.Step);
            for (int s = 0; s < _slots.Length; s++) state.Set<T>(KeyOf(names[i], _slots[s].Name), kept.Slot(s));
        }

        return state;
    }

    /// <inheritdoc/>
    public void SetState(IReadOnlyList<Parameter<T>> parameters, IReadOnlyList<string> names, StateDictionary state)
    {
        OptimizerStep.CheckNames(parameters, names);
        ArgumentNullException.ThrowIfNull(state);
        double rate = state.GetDouble(RateName);
        if (!(rate >= 0) || !T.IsFinite(T.CreateChecked(rate)) || Problem(rate) is not null) throw new InvalidDataException($"Expected a {RateName} that is finite and 0 or more, also when multiplied by factors of groups and weight decays, got {rate}.");
        var unknown = new HashSet<string>(state.Names, StringComparer.Ordinal);
        unknown.Remove(RateName);
        var states = new ParameterState<T>?[parameters.Count];
        for (int i = 0; i < states.Length; i++)
        {
            if (!state.Contains(KeyOf(names[i], StepName))) continue;
            unknown.Remove(KeyOf(names[i], StepName));
            foreach (OptimizerSlot slot in _slots) unknown.Remove(KeyOf(names[i], slot.Name));
            states[i] = Restored(parameters[i], names[i], state);
        }

        if (unknown.Count > 0) throw new InvalidDataException($"Expected {StepName}{string.Concat(_slots.Select(slot => $", {slot.Name}"))} of {string.Join(", ", names)}, got {unknown.Order(StringComparer.Ordinal).First()}.");
        _learningRate = rate;
        for (int i = 0; i < states.Length; i++)
        {
            _states.Remove(parameters[i]);
            if (states[i] is { } restored) _states.Add(parameters[i], restored);
        }
    }

    /// <summary>The formula: updates a parameter's weights and slots. Gradients are finite, and all spans have one length.</summary>
    /// <param name="weights">The weights, column-major.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="state">The slots, the number of the step, and the learning rate and weight decay to use.</param>
    protected abstract void Update(Span<T> weights, ReadOnlySpan<T> gradient, ParameterState<T> state);

    private static string KeyOf(string parameter, string slot) => $"{parameter}.{slot}";

    private unsafe void Update(Parameter<T> parameter, ReadOnlySpan<T> gradient)
    {
        ParameterState<T> state = StateOf(parameter);
        state.LearningRate = _learningRate * (state.Group?.LearningRateFactor ?? 1);
        state.WeightDecay = state.Group?.WeightDecay ?? _weightDecay;
        state.Step++;
        try
        {
            fixed (T* g = gradient) parameter.Update((Optimizer: this, State: state, Gradient: (nint)g), static (weights, a) => a.Optimizer.Update(weights, new ReadOnlySpan<T>((T*)a.Gradient, weights.Length), a.State));
        }
        catch
        {
            state.Step--;
            throw;
        }
    }

    private ParameterState<T> StateOf(Parameter<T> parameter)
    {
        if (!_states.TryGetValue(parameter, out ParameterState<T>? state)) _states.Add(parameter, state = Create(parameter));
        return state;
    }

    private ParameterState<T> Create(Parameter<T> parameter)
    {
        ParameterGroup<T>? group = Array.Find(_groups, it => it.Contains(parameter));
        var slots = new T[_slots.Length][];
        for (int s = 0; s < slots.Length; s++)
        {
            slots[s] = new T[parameter.Count];
            if (_slots[s].Initial > 0) Array.Fill(slots[s], T.CreateChecked(_slots[s].Initial));
        }

        return new ParameterState<T>(group, slots);
    }

    private ParameterState<T> Restored(Parameter<T> parameter, string name, StateDictionary state)
    {
        ParameterState<T> restored = Create(parameter);
        restored.Step = state.GetInt64(KeyOf(name, StepName), 0, MaxSteps);
        for (int s = 0; s < _slots.Length; s++)
        {
            string key = KeyOf(name, _slots[s].Name);
            T[] values = state.GetArray<T>(key, parameter.Count);
            if (!Elementwise.AllFinite<T>(values)) throw new InvalidDataException($"Expected finite values in {key}.");
            if (_slots[s].NotNegative && Array.Exists(values, value => value < T.Zero)) throw new InvalidDataException($"Expected values of 0 or more in {key}.");
            values.CopyTo(restored.Slot(s));
        }

        return restored;
    }

    /// <summary>What is wrong with a rate, together with groups and weight decays; null if nothing.</summary>
    private string? Problem(double learningRate)
    {
        if (ProblemOf(learningRate, _weightDecay) is { } problem) return problem;
        foreach (ParameterGroup<T> group in _groups)
        {
            if (ProblemOf(learningRate * group.LearningRateFactor, group.WeightDecay ?? _weightDecay) is { } ofGroup) return ofGroup;
        }

        return null;
    }

    private static string? ProblemOf(double rate, double decay) => T.IsFinite(T.CreateChecked(rate)) && T.IsFinite(T.CreateChecked(1 - rate * decay))
        ? null
        : $"Expected a learning rate and a weight decay whose product is finite as {typeof(T).Name}, got {rate} and {decay}.";
}
