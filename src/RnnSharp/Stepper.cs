using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// A layer bound to a state and an output, to run many single steps: live audio or sensor values, or text that is generated token by
/// token. What <see cref="ILayer{T}.Step"/> checks and looks up in each call is checked and looked up once, when the stepper is created.
/// The results are those of Step bit for bit, and only the first step allocates memory.
/// <para>It follows changes of the parameters: a step uses them as they are when it begins. Like the state, a stepper serves one call at
/// a time; any number of steppers may share a layer.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Stepper<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BoundStep<T> _step;
    private readonly int _batch;
    private readonly StateLeaf<T>[] _leaves;
    private readonly long _inputLength;
    private readonly T[] _output;

    // The state before a step that is checked; null where steps are not checked.
    private readonly T[][]? _before;

    // The input of a step that is given features.
    private T[] _input = [];

    /// <summary>Binds a layer to a state, from which the steps go on.</summary>
    /// <param name="layer">A layer that streams.</param>
    /// <param name="state">A state of the layer. It is not copied: the steps advance it. Its batch must stay as it is.</param>
    /// <param name="checkFinite">
    /// Whether each step makes sure that its input and the state, and then its output and the new state, hold neither NaN nor infinity.
    /// </param>
    /// <exception cref="ArgumentException">An argument is null, the layer does not stream, or the state is not one of the layer.</exception>
    public Stepper(ILayer<T> layer, State<T> state, bool checkFinite = false)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(state);
        if (!layer.IsStreaming) throw Check.Shape(nameof(layer), "a layer that streams", $"{LayerReport<T>.KindOf(layer)}, which does not");
        _batch = state.Batch;
        (layer is Layer<T> own ? own.StateShape : layer.CreateState(1)).RequireLike(state, _batch, nameof(state));
        _leaves = [.. state.Leaves];
        _inputLength = (long)layer.InputSize * _batch;
        _output = new T[Check.ArrayLength((long)layer.OutputSize * _batch, nameof(state))];
        Layer = layer;
        State = state;
        ChecksFinite = checkFinite;
        _step = BoundStep<T>.Of(layer, state, _batch);
        if (checkFinite) _before = [.. state.Leaves.Select(leaf => new T[leaf.Size * _batch])];
    }

    /// <summary>The layer.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The state, which each step advances. It may be read, and written between steps.</summary>
    public State<T> State { get; }

    /// <summary>The output of the last step, [example][feature]; zeros before the first.</summary>
    public ReadOnlySpan<T> Output => _output;

    /// <summary>Steps that were completed since the stepper was created or reset.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether each step is checked for NaN and infinity.</summary>
    public bool ChecksFinite { get; }

    /// <summary>Runs one time step.</summary>
    /// <param name="input">
    /// InputSize · batch features, [example][feature], or one token number of 0 to InputSize - 1 per example. It may lie in
    /// <see cref="Output"/> or the state.
    /// </param>
    /// <returns><see cref="Output"/>: OutputSize · batch values, [example][feature], which the next step overwrites.</returns>
    /// <exception cref="ArgumentException">A length or a token does not fit; or the stepper checks, and a feature is NaN or infinite. Nothing has changed.</exception>
    /// <exception cref="InvalidOperationException">
    /// The state has been resized; or the stepper checks, and the state held NaN or infinity before the step, or the step gave one. The
    /// state and <see cref="Steps"/> are then as before the step, and <see cref="Output"/> is what the step gave.
    /// </exception>
    public ReadOnlySpan<T> Step(StepInput<T> input)
    {
        StateLeaf<T>[] leaves = _leaves;
        bool resized = State.Batch != _batch;
        for (int i = 0; i < leaves.Length; i++) resized |= leaves[i].Batch != _batch;
        if (resized) throw Resized();
        if (input.IsTokens)
        {
            CheckTokens(input.TokenSpan);
        }
        else
        {
            // A copy, because the input may lie in the output or the state, which are written while it is read. A model of tokens
            // never needs it, and its input size may be large.
            ReadOnlySpan<T> features = input.FeatureSpan;
            if (features.Length != _inputLength || !_step.TakesFeatures) throw Unfit(features.Length);
            if (_input.Length == 0) _input = new T[features.Length];
            features.CopyTo(_input);
            input = _input;
        }

        if (_before is null) _step.Run(input, _output);
        else RunChecked(input, _before);
        Steps++;
        return _output;
    }

    /// <summary>Sets the state and the output to zero, as before the first step of a sequence.</summary>
    public void Reset()
    {
        State.Clear();
        Array.Clear(_output);
        Steps = 0;
    }

    /// <summary>The layer, with its sizes, the batch and the number of steps.</summary>
    public override string ToString() => $"{Layer} at step {Steps}, batch {_batch}";

    private void CheckTokens(ReadOnlySpan<int> tokens)
    {
        const string Input = "input";
        if (!_step.TakesTokens) throw Check.Shape(Input, $"features (a layer of type {LayerReport<T>.KindOf(Layer)} takes no tokens)", "tokens");
        if (tokens.Length != _batch) throw Check.Shape(Input, $"{_batch} tokens (one per example)", $"{tokens.Length}");
        foreach (int token in tokens) Sequence<T>.CheckToken(token, Layer.InputSize, Input);
    }

    private ArgumentException Unfit(int length)
    {
        const string Input = "input";
        return _step.TakesFeatures
            ? Check.Shape(Input, $"{Layer.InputSize} x {_batch} = {_inputLength} values", $"{length}")
            : Check.Shape(Input, $"tokens (a layer of type {LayerReport<T>.KindOf(Layer)} takes no features)", "features");
    }

    private InvalidOperationException Resized() => new($"Expected a state that still has a batch of {_batch}, as when the stepper was created, but it has been resized: {State}. Create another stepper for it.");

    private void RunChecked(StepInput<T> input, T[][] before)
    {
        if (!input.IsTokens && Fault(_input, Layer.InputSize) is { } fault)
            throw new ArgumentException($"Expected finite features at step {Steps}, got {fault.Value} in feature {fault.Row} of example {fault.Example}.", nameof(input));
        StateLeaf<T>[] leaves = _leaves;
        if (FaultOfState() is { } already) throw new InvalidOperationException($"The state before step {Steps} is not finite: {already}.");
        for (int i = 0; i < before.Length; i++) leaves[i].ValuesFor(_batch).CopyTo(before[i]);
        try
        {
            _step.Run(input, _output);
            if (FaultOfState() is { } inState) throw NotFinite(inState);
            if (Fault(_output, Layer.OutputSize) is { } inOutput) throw NotFinite($"{inOutput.Value} in feature {inOutput.Row} of the output of example {inOutput.Example}");
        }
        catch
        {
            for (int i = 0; i < before.Length; i++) before[i].CopyTo(leaves[i].ValuesFor(_batch));
            throw;
        }
    }

    private InvalidOperationException NotFinite(string what) => new($"Step {Steps} gave a result that is not finite: {what}. The state is as it was before the step.");

    private string? FaultOfState()
    {
        StateLeaf<T>[] leaves = _leaves;
        for (int i = 0; i < leaves.Length; i++)
        {
            if (Fault(leaves[i].ValuesFor(_batch), leaves[i].Size) is { } fault) return $"{fault.Value} in unit {fault.Row} of {State.Names[i]} of example {fault.Example}";
        }

        return null;
    }

    /// <summary>The first number of [example][row] that is not finite.</summary>
    private static (T Value, int Row, int Example)? Fault(ReadOnlySpan<T> values, int rows)
    {
        if (Elementwise.AllFinite(values)) return null;
        int at = 0;
        while (T.IsFinite(values[at])) at++;
        return (values[at], at % rows, at / rows);
    }
}

/// <summary>Creates steppers.</summary>
public static class SteppingExtensions
{
    /// <summary>Binds the layer to a new state of zeros, to run many single steps.</summary>
    /// <param name="layer">A layer that streams.</param>
    /// <param name="batch">Examples that each step advances, at least 1.</param>
    /// <param name="checkFinite">Whether each step is checked for NaN and infinity: see <see cref="Stepper{T}"/>.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">The layer is null or does not stream, or the batch is out of range.</exception>
    public static Stepper<T> CreateStepper<T>(this ILayer<T> layer, int batch = 1, bool checkFinite = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(layer);
        return new Stepper<T>(layer, layer.CreateState(Check.Positive(batch)), checkFinite);
    }
}
