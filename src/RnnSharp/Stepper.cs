using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// A layer bound to a state and an output, for running many single steps: live audio or sensor values, or text that is generated token by
/// token. What <see cref="ILayer{T}.Step"/> checks and looks up in every call is done once, when the stepper is created. The results equal
/// those of Step bit for bit, and only the first step allocates memory.
/// <para>It follows changes of the parameters: a step uses their values when it starts. Like the state, a stepper can be used by only one call
/// at a time; any number of steppers may share a layer.</para>
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
    private readonly AlignedBuffer<T> _output;

    // The state before a step; null if steps are not checked.
    private readonly T[][]? _before;

    private readonly bool _copiesInput;

    // A copy of the features of a step.
    private T[] _input = [];

    /// <summary>Binds a layer to a state, from which the steps continue.</summary>
    /// <param name="layer">A layer that streams.</param>
    /// <param name="state">A state of the layer. It is not copied: the steps advance it. Its batch must not change.</param>
    /// <param name="checkFinite">
    /// Whether each step checks that its input and the state, and then its output and the new state, contain neither NaN nor infinity.
    /// </param>
    /// <exception cref="ArgumentException">An argument is null, the layer does not stream, or the state does not fit the layer.</exception>
    public Stepper(ILayer<T> layer, State<T> state, bool checkFinite = false)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(state);
        if (!layer.IsStreaming) throw Check.Shape(nameof(layer), "a layer that streams", $"{LayerReport<T>.KindOf(layer)}, which does not");
        _batch = state.Batch;
        (layer is Layer<T> own ? own.StateShape : layer.CreateState(1)).RequireLike(state, _batch, nameof(state));
        _leaves = [.. state.Leaves];
        _inputLength = (long)layer.InputSize * _batch;
        _output = AlignedBuffer<T>.Zeros(Check.ArrayLength((long)layer.OutputSize * _batch + AlignedBuffer<T>.Slack, nameof(state)) - AlignedBuffer<T>.Slack);
        Layer = layer;
        State = state;
        ChecksFinite = checkFinite;
        _step = BoundStep<T>.Of(layer, state, _batch);
        _copiesInput = checkFinite || !_step.ReadsInputFirst;
        if (checkFinite) _before = [.. state.Leaves.Select(leaf => new T[leaf.Size * _batch])];
    }

    /// <summary>The layer.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The state, which each step advances. It may be read, and written between steps.</summary>
    public State<T> State { get; }

    /// <summary>The output of the last step, [example][feature]; zeros before the first.</summary>
    public ReadOnlySpan<T> Output => _output.Span;

    /// <summary>The number of steps completed since the stepper was created or reset.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether each step is checked for NaN and infinity.</summary>
    public bool ChecksFinite { get; }

    /// <summary>Runs one time step.</summary>
    /// <param name="input">
    /// InputSize · batch features, [example][feature], or one token number of 0 to InputSize - 1 per example. It may overlap
    /// <see cref="Output"/> and the state.
    /// </param>
    /// <returns><see cref="Output"/>: OutputSize · batch values, [example][feature], which the next step overwrites.</returns>
    /// <exception cref="ArgumentException">A length or a token does not fit, or finite values are checked and a feature is NaN or infinite. Nothing is changed in that case.</exception>
    /// <exception cref="InvalidOperationException">
    /// The state has been resized, or finite values are checked and the state contained NaN or infinity before the step: nothing is changed in
    /// that case. Or finite values are checked and a result is NaN or infinite: the state and <see cref="Steps"/> are then as before the step,
    /// and <see cref="Output"/> has the step's values.
    /// </exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
            ReadOnlySpan<T> features = input.FeatureSpan;
            if (features.Length != _inputLength || !_step.TakesFeatures) throw Unfit(features.Length);
            if (_copiesInput)
            {
                // The input may overlap the output and the state, which are written while it is read. The copy is allocated on demand: a model of
                // tokens never needs it, and its input size may be large.
                if (_input.Length == 0) _input = new T[features.Length];
                features.CopyTo(_input);
                input = _input;
            }
        }

        Span<T> output = _output.Span;
        if (_before is null) _step.Run(input, output);
        else RunChecked(input, _before);
        Steps++;
        return output;
    }

    /// <summary>Sets the state and the output to zero, as before the first step of a sequence.</summary>
    public void Reset()
    {
        State.Clear();
        _output.Span.Clear();
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
        if (!input.IsTokens && FirstNotFinite(_input, Layer.InputSize) is { } found)
            throw new ArgumentException($"Expected finite features at step {Steps}, got {found.Value} in feature {found.Row} of example {found.Example}.", nameof(input));
        StateLeaf<T>[] leaves = _leaves;
        Span<T> output = _output.Span;
        if (FirstNotFiniteInState() is { } already) throw new InvalidOperationException($"The state before step {Steps} is not finite: {already}.");
        for (int i = 0; i < before.Length; i++) leaves[i].ValuesFor(_batch).CopyTo(before[i]);
        try
        {
            _step.Run(input, output);
            if (FirstNotFiniteInState() is { } inState) throw NotFinite(inState);
            if (FirstNotFinite(output, Layer.OutputSize) is { } inOutput) throw NotFinite($"{inOutput.Value} in feature {inOutput.Row} of the output of example {inOutput.Example}");
        }
        catch
        {
            for (int i = 0; i < before.Length; i++) before[i].CopyTo(leaves[i].ValuesFor(_batch));
            throw;
        }
    }

    private InvalidOperationException NotFinite(string what) => new($"Expected finite results of step {Steps}, got {what}. The state is unchanged.");

    private string? FirstNotFiniteInState()
    {
        StateLeaf<T>[] leaves = _leaves;
        for (int i = 0; i < leaves.Length; i++)
        {
            if (FirstNotFinite(leaves[i].ValuesFor(_batch), leaves[i].Size) is { } found) return $"{found.Value} in unit {found.Row} of {State.Names[i]} of example {found.Example}";
        }

        return null;
    }

    /// <summary>The first value of [example][row] that is not finite.</summary>
    private static (T Value, int Row, int Example)? FirstNotFinite(ReadOnlySpan<T> values, int rows)
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
    /// <summary>Binds the layer to a new state of zeros, for running many single steps.</summary>
    /// <param name="layer">A layer that streams.</param>
    /// <param name="batch">The number of examples, at least 1.</param>
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
