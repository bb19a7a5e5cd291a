using System.Diagnostics;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// What <see cref="ILayer{T}.Forward"/> leaves behind: the output, the final state, and what Backward needs (the notebook's caches).
/// A new kind of layer derives its own from this.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class ForwardPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const long Unfinished = -1;

    private int _outputSteps;
    private long _draw;

    /// <summary>Makes an empty pass of a layer.</summary>
    protected ForwardPass(ILayer<T> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Layer = layer;
        FinalState = layer.CreateState(1);
        Output = new Sequence<T>(layer.OutputSize, 1, 0);
    }

    /// <summary>The layer that made the pass.</summary>
    public ILayer<T> Layer { get; }

    /// <summary>The input, borrowed from the caller.</summary>
    public Sequence<T> Input { get; private set; } = null!;

    /// <summary>The output, OutputSize × batch × steps (fewer where the layer says so); zero past an example's end. Leave it as it is until Backward is done: some layers read it there.</summary>
    public Sequence<T> Output { get; protected set; }

    /// <summary>The state after the last step: for a ragged batch after each example's own last.</summary>
    public State<T> FinalState { get; protected set; }

    /// <summary>The sum of the parameters' versions that the pass was made with; -1 when Forward did not come to its end.</summary>
    public long Version { get; private set; } = Unfinished;

    /// <summary>
    /// The number of the masks that the next Forward draws with this pass, where a layer drops units at random: the masks depend on the
    /// layer's seed and this number alone. The first pass that a layer creates starts at 0 and the n-th after it at n · 2³², so that
    /// every pass draws masks of its own; Forward increments the number when it completes. A run that creates its passes in the same
    /// order therefore draws the same masks again. Set the number to repeat the masks of a call or to resume an interrupted run. The
    /// parts of a layer made of layers use the number of the whole pass.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public long Draw
    {
        get => _draw;
        set => _draw = Check.NotNegative(value);
    }

    /// <summary>The input's shape when it was read.</summary>
    internal SequenceShape InputShape { get; private set; }

    /// <summary>The input's lengths when it was read.</summary>
    internal LengthBuffer InputLengths { get; } = new();

    /// <summary>The layer whose Forward and Backward know the type of this pass.</summary>
    internal Layer<T>? CreatedBy { get; set; }

    /// <summary>The layer, input and output, such as "pass of LstmLayer 27 -> 64: 27 x 32 x 50 to 64 x 32 x 50 (features x batch x steps)".</summary>
    public override string ToString()
    {
        string pass = $"pass of {LayerReport<T>.Describe(Layer)}";
        return Version == Unfinished ? $"{pass}: empty" : $"{pass}: {Input.Features} x {Input.Batch} x {Input.Steps} to {Output}";
    }

    /// <summary>Notes what the pass is made from: the input with its shape and lengths, and the sum of the parameters' versions.</summary>
    internal void Begin(Sequence<T> input, long version)
    {
        ArgumentNullException.ThrowIfNull(input);
        Input = input;
        InputShape = input.Shape;
        InputLengths.Copy(input, InputShape);
        Version = version;
    }

    /// <summary>Reads the input of a call once, for the whole of Forward and of Backward.</summary>
    internal CapturedInput<T> Capture(Sequence<T> input)
    {
        var captured = new CapturedInput<T>(input, Layer.InputSize, InputLengths);
        Input = input;
        InputShape = captured.Shape;
        return captured;
    }

    /// <summary>The input as Forward read it, in the memory that it has now.</summary>
    internal CapturedInput<T> Captured() => new(Input, InputShape, InputLengths.Lengths);

    /// <summary>Notes the sum of the parameters' versions of a call whose input was captured.</summary>
    internal void Begin(long version) => Version = version;

    /// <summary>Makes the final state those of other passes, joined: the leaves are shared, and a pass that has replaced its state is joined anew.</summary>
    internal void JoinFinalStates(params ReadOnlySpan<ForwardPass<T>> last)
    {
        bool joined = true;
        for (int i = 0; joined && i < last.Length; i++) joined = ReferenceEquals(FinalState.Parts[i], last[i].FinalState);
        if (joined)
        {
            FinalState.Resize(InputShape.Batch);
            return;
        }

        var states = new State<T>[last.Length];
        for (int i = 0; i < states.Length; i++) states[i] = last[i].FinalState;
        FinalState = FinalState.Joining(states);
    }

    /// <summary>Notes that Forward came to its end.</summary>
    internal virtual void End()
    {
        _outputSteps = Output.Steps;
        _draw = _draw == long.MaxValue ? 0 : _draw + 1;
    }

    /// <summary>Makes the pass unfit for Backward until the next Begin.</summary>
    internal void Invalidate() => Version = Unfinished;

    /// <summary>Refuses a pass whose input or output has been given another shape or other lengths since it was made.</summary>
    internal void RequireUnchanged(string name)
    {
        if (Version == Unfinished) throw new ArgumentException("Expected a pass whose Forward came to its end; this one's was refused or failed.", name);
        RequireShape(Input, Layer.InputSize, InputShape.Steps, "input", name);
        RequireShape(Output, Layer.OutputSize, _outputSteps, "output", name);
        if (!Input.Lengths.SequenceEqual(InputLengths.Lengths))
            throw new ArgumentException($"Expected the lengths of its input as they were when the pass was made ({Describe(InputLengths.Lengths)}), got {Describe(Input.Lengths)}.", name);

        static string Describe(ReadOnlySpan<int> lengths) => lengths.IsEmpty ? "none" : string.Join(", ", lengths.ToArray());
    }

    private void RequireShape(Sequence<T> sequence, int features, int steps, string what, string name)
    {
        var expected = new SequenceShape(features, InputShape.Batch, steps);
        if (sequence.Shape != expected) throw Check.Shape(name, $"its {what} still of {expected}, as when the pass was made", sequence.Describe());
    }
}
