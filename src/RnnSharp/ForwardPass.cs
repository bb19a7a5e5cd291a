using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// The result of <see cref="ILayer{T}.Forward"/>: the output, the final state, and what Backward needs (the notebook's caches). A new kind
/// of layer derives its own pass from this class.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class ForwardPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const long Unfinished = -1;

    private int _outputSteps;
    private long _draw;

    /// <summary>Creates an empty pass of a layer.</summary>
    protected ForwardPass(ILayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
        FinalState = layer.CreateState(1);
        Output = new Sequence<T>(layer.OutputSize, 1, 0);
    }

    /// <summary>The layer that made the pass.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The input, which belongs to the caller.</summary>
    public Sequence<T> Input { get; private set; } = null!;

    /// <summary>The output, OutputSize × batch × steps (fewer if the layer reduces them); zero past an example's end. Do not change it until Backward is done, because some layers read it there.</summary>
    public Sequence<T> Output { get; protected set; }

    /// <summary>The state after the last step; for a ragged batch, after each example's own last step.</summary>
    public State<T> FinalState { get; protected set; }

    /// <summary>The sum of the parameters' versions that the pass was made with; -1 if Forward did not complete.</summary>
    public long Version { get; private set; } = Unfinished;

    /// <summary>
    /// The number of the random masks that the next Forward with this pass draws, in layers that drop units at random: the masks depend only on
    /// the layer's seed and this number. The first pass that a layer creates starts at 0 and the n-th after it at n · 2³², so that every pass
    /// draws its own masks; Forward increments the number when it completes. A run that creates its passes in the same order therefore draws the
    /// same masks again. Set the number to repeat the masks of a call or to resume an interrupted run. The parts of a composite layer use the
    /// number of the whole pass.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public long Draw
    {
        get => _draw;
        set => _draw = Check.NotNegative(value);
    }

    /// <summary>
    /// The names that <see cref="GetValues"/> takes: for a recurrent layer those of its gates, cell_state and hidden_state; for a composite
    /// those of its parts, prefixed with the part's name: 0.forget_gate, 1.backward.hidden_state.
    /// </summary>
    public IReadOnlyList<string> ValueNames => [.. ListValues()];

    /// <summary>The shape of the input when it was read.</summary>
    internal SequenceShape InputShape { get; private set; }

    /// <summary>The lengths of the input when it was read.</summary>
    internal LengthBuffer InputLengths { get; } = new();

    /// <summary>The layer whose Forward and Backward know the type of this pass.</summary>
    internal Layer<T>? CreatedBy { get; set; }

    /// <summary>The layer, input and output, such as "pass of LstmLayer 27 -> 64: 27 x 32 x 50 to 64 x 32 x 50 (features x batch x steps)".</summary>
    public override string ToString()
    {
        string pass = $"pass of {LayerReport<T>.Describe(Layer)}";
        return Version == Unfinished ? $"{pass}: empty" : $"{pass}: {Input.Features} x {Input.Batch} x {Input.Steps} to {Output}";
    }

    /// <summary>
    /// Copies what recurrent layers computed at every step: gates after their activation, cell state and hidden state after the step. The
    /// steps are in the order of the input, also for a layer that runs backwards in time.
    /// </summary>
    /// <param name="name">One of <see cref="ValueNames"/>.</param>
    /// <returns>Units × batch × steps, with the lengths of the layer's input; zero past the end of an example.</returns>
    /// <exception cref="ArgumentException">The name is null, or the pass has no values of this name.</exception>
    /// <exception cref="InvalidOperationException">Forward did not complete, or the input or output has been reshaped since.</exception>
    public Sequence<T> GetValues(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return FindValues(name) ?? throw Check.Shape(nameof(name), ValueNames.Count == 0 ? "no name, because the pass has no recurrent layer" : $"one of {string.Join(", ", ValueNames)}", name);
    }

    /// <summary>Records what the pass is made from: the input with its shape and lengths, each read once, and the sum of the parameters' versions.</summary>
    internal void Begin(Sequence<T> input, long version)
    {
        InputShape = new CapturedInput<T>(input, Layer.InputSize, InputLengths).Shape;
        Input = input;
        Version = version;
    }

    /// <summary>The input with the shape and lengths that <see cref="Begin(Sequence{T}, long)"/> read, in its current memory.</summary>
    internal CapturedInput<T> Captured() => new(Input, InputShape, InputLengths.Lengths);

    /// <summary>Records the sum of the parameters' versions for a layer that reads them from a packed copy.</summary>
    internal void Begin(long version) => Version = version;

    /// <summary>Makes the final state the combined final states of other passes. The leaves are shared; if one of the passes has replaced its state, the states are combined again.</summary>
    internal void JoinFinalStates(params ReadOnlySpan<ForwardPass<T>> last)
    {
        bool current = true;
        for (int i = 0; current && i < last.Length; i++) current = ReferenceEquals(FinalState.Parts[i], last[i].FinalState);
        if (current)
        {
            FinalState.Resize(InputShape.Batch);
            return;
        }

        var states = new State<T>[last.Length];
        for (int i = 0; i < states.Length; i++) states[i] = last[i].FinalState;
        FinalState = FinalState.Joining(states);
    }

    /// <summary>Records that Forward has completed.</summary>
    internal virtual void End()
    {
        _outputSteps = Output.Steps;
        _draw = _draw == long.MaxValue ? 0 : _draw + 1;
    }

    /// <summary>Makes the pass invalid for Backward until the next Begin.</summary>
    internal void Invalidate() => Version = Unfinished;

    /// <summary>Throws if the shape or the lengths of the input or output have changed since the pass was made.</summary>
    internal void RequireUnchanged(string name)
    {
        if (FindChange() is { } change) throw new ArgumentException(change, name);
    }

    /// <summary>The values with a name at every step; null if the pass has none.</summary>
    /// <exception cref="InvalidOperationException">Forward did not complete, or the input or output has been reshaped since.</exception>
    internal Sequence<T>? FindValues(string name) => FindChange() is { } change ? throw new InvalidOperationException(change) : CopyValues(name);

    /// <summary>Lists <see cref="ValueNames"/>.</summary>
    internal virtual IEnumerable<string> ListValues() => CreatedBy?.StepValueNames ?? [];

    /// <summary>Copies the values with a name, if there are any.</summary>
    internal virtual Sequence<T>? CopyValues(string name) => CreatedBy?.CopyStepValues(this, name);

    /// <summary>Why the pass cannot be read: Forward did not complete, or something has been reshaped since. Null if it can.</summary>
    private string? FindChange()
    {
        if (Version == Unfinished) return "Expected a pass whose Forward completed; that of this one failed or was never called.";
        if ((ChangedShape(Input, Layer.InputSize, InputShape.Steps, "input") ?? ChangedShape(Output, Layer.OutputSize, _outputSteps, "output")) is { } change) return change;
        ReadOnlySpan<int> expected = InputLengths.Lengths, actual = Input.Lengths;
        int example = expected.CommonPrefixLength(actual);
        return example == expected.Length && example == actual.Length
            ? null
            : $"Expected an input with the lengths that it had when the pass was made ({Describe(expected, example)}), got {Describe(actual, example)}.";

        // Of one example only: there may be a million.
        static string Describe(ReadOnlySpan<int> lengths, int example) => lengths.IsEmpty ? "none" : example < lengths.Length ? $"{lengths[example]} in example {example}" : $"{lengths.Length} of them";
    }

    private string? ChangedShape(Sequence<T> sequence, int features, int steps, string what)
    {
        var expected = new SequenceShape(features, InputShape.Batch, steps);
        return sequence.Shape == expected ? null : $"Expected its {what} still of {expected}, as when the pass was made, got {sequence.Describe()}.";
    }
}
