using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Two layers over the same input, one forward in time and one backward from each example's own last step to its first, whose outputs are
/// merged (Schuster and Paliwal 1997). With two recurrent layers of the same kind and concatenation, it equals PyTorch's layer with
/// <c>bidirectional=True</c>, for a ragged batch with packed sequences, but without sorting. A stack of such layers equals PyTorch's with
/// several layers. The two layers may be of different kinds.
/// <para>Parameters are named forward.weight_ih and backward.weight_ih, state leaves forward.h and backward.h; the final state of the
/// backward direction is the one after an example's first step. The layer does not stream, because the first output needs the last input.</para>
/// <para>Beyond the two layers' own passes, a pass holds a copy of the input in reverse order and the output.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class BidirectionalLayer<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Combines two layers.</summary>
    /// <param name="forward">The layer that runs from the first step to the last: any layer, including a stack.</param>
    /// <param name="backward">The layer that runs from the last step to the first; not the same one.</param>
    /// <param name="merge">How the two outputs are merged.</param>
    /// <exception cref="ArgumentException">
    /// A layer is null, the two have a layer in common or different input sizes, they have different output sizes and the outputs are
    /// not concatenated, or the merge is not defined.
    /// </exception>
    public BidirectionalLayer(ILayer<T> forward, ILayer<T> backward, BidirectionalMerge merge = BidirectionalMerge.Concatenate)
        : base(Checked(forward, backward, merge).InputSize, OutputSizeOf(forward, backward, merge), RequireEachLayerOnce([new("forward", forward), new("backward", backward)], nameof(backward)))
    {
        ForwardLayer = forward;
        BackwardLayer = backward;
        Merge = merge;
        TakesFeatures = AcceptsFeatures(forward) && AcceptsFeatures(backward);
    }

    /// <summary>The layer that runs from the first step to the last.</summary>
    public ILayer<T> ForwardLayer { get; }

    /// <summary>The layer that runs from the last step to the first.</summary>
    public ILayer<T> BackwardLayer { get; }

    /// <summary>How the two outputs are merged.</summary>
    public BidirectionalMerge Merge { get; }

    /// <inheritdoc/>
    protected override bool TakesFeatures { get; }

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new BidirectionalPass(this);

    /// <inheritdoc/>
    internal override int StepsAfter(int inputSteps) => StepsAfter(ForwardLayer, inputSteps);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        int outputSteps = LayerReport<T>.Of(ForwardLayer, batch, steps).OutputSteps;
        return LayerReport<T>.Joined(
            this,
            outputSteps,
            [new LayerReportPart<T>("forward", ForwardLayer, steps), new LayerReportPart<T>("backward", BackwardLayer, steps)],
            LayerReport<T>.Bytes(((long)InputSize * steps + (long)OutputSize * outputSteps) * batch)).With(Merge.ToString().ToLowerInvariant());
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var both = (BidirectionalPass)pass;
        Sequence<T> straight = both.Forward(0, input, initialState);
        Sequence<T> backward = both.Forward(1, both.ReversedInput.Of(input), initialState);
        MergeOutputs(straight, backward, pass.Output);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var both = (BidirectionalPass)pass;
        Sequence<T>? straight = null, backward = null;
        if (outputGradient is not null)
        {
            var scratch = (Pair)(gradients.Scratch ??= new Pair(this));
            straight = Merge == BidirectionalMerge.Sum ? outputGradient : scratch.Straight;
            backward = scratch.Backward;
            SplitGradient(outputGradient, both.Parts[0].Output, both.Parts[1].Output, straight, backward);
        }

        Sequence<T>? second = both.Backward(1, backward, finalStateGradient, inputGradient, accumulate, gradients);
        Sequence<T>? first = both.Backward(0, straight, finalStateGradient, inputGradient, accumulate, gradients);
        Sequence<T>? dx = gradients.PrepareInput(pass.Input, inputGradient);
        if (dx is null) return;
        TimeReversal.Combine(BidirectionalMerge.Sum, first!, second!, first!, dx);
        TimeReversal.ZeroPadding(dx);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(0, input);
        CheckPart(1, input);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var scratch = state.Scratch as PredictScratch ?? (PredictScratch)(state.Scratch = new PredictScratch(this));
        Sequence<T> straight = Merge == BidirectionalMerge.Concatenate ? scratch.Straight : output;
        PredictPart(0, input, state, straight);
        PredictPart(1, scratch.ReversedInput.Of(input), state, scratch.Backward);
        MergeOutputs(straight, scratch.Backward, output);
    }

    /// <summary>Merges two outputs into one, which may be the first of them.</summary>
    private void MergeOutputs(Sequence<T> straight, Sequence<T> backward, Sequence<T> output)
    {
        if (straight.Steps != backward.Steps || straight.IsRagged != backward.IsRagged || !straight.Lengths.SequenceEqual(backward.Lengths))
            throw new InvalidOperationException($"Expected outputs of the same steps and lengths from both directions, got {straight.Describe()} forward and {backward.Describe()} backward.");
        if (Merge == BidirectionalMerge.Concatenate) TimeReversal.Concatenate(straight, backward, output);
        else TimeReversal.Combine(Merge, straight, backward, straight, output);
        TimeReversal.ZeroPadding(output);
    }

    /// <summary>Computes the gradients of the two outputs from that of the merged one.</summary>
    private void SplitGradient(Sequence<T> gradient, Sequence<T> straightOutput, Sequence<T> backwardOutput, Sequence<T> straight, Sequence<T> backward)
    {
        switch (Merge)
        {
            case BidirectionalMerge.Concatenate:
                TimeReversal.Split(gradient, straightOutput, straight, backward);
                break;
            case BidirectionalMerge.Sum:
                TimeReversal.Reverse(gradient, straightOutput, backward);
                break;
            case BidirectionalMerge.Average:
                straight.Resize(gradient.Batch, gradient.Steps);
                gradient.Values.CopyTo(straight.Values);
                Elementwise.Scale(straight.Values, T.CreateChecked(0.5));
                TimeReversal.Reverse(straight, straightOutput, backward);
                break;
            default:
                TimeReversal.Combine(BidirectionalMerge.Multiply, gradient, backwardOutput, straightOutput, straight);
                TimeReversal.Reverse(gradient, straightOutput, backward);
                TimeReversal.Combine(BidirectionalMerge.Multiply, backward, straightOutput, straightOutput, backward);
                break;
        }
    }

    private static ILayer<T> Checked(ILayer<T> forward, ILayer<T> backward, BidirectionalMerge merge)
    {
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(backward);
        if (!Enum.IsDefined(merge)) throw new ArgumentOutOfRangeException(nameof(merge), merge, $"Expected Concatenate, Sum, Average or Multiply, got {merge}.");
        if (backward.InputSize != forward.InputSize) throw Check.Shape(nameof(backward), $"an input size of {forward.InputSize} (that of the forward layer)", $"{backward.InputSize}");
        if (merge != BidirectionalMerge.Concatenate && backward.OutputSize != forward.OutputSize)
            throw Check.Shape(nameof(backward), $"an output size of {forward.OutputSize} (that of the forward layer, because the outputs are not concatenated)", $"{backward.OutputSize}");
        return forward;
    }

    private static int OutputSizeOf(ILayer<T> forward, ILayer<T> backward, BidirectionalMerge merge) => merge == BidirectionalMerge.Concatenate
        ? Check.ArrayLength((long)forward.OutputSize + backward.OutputSize, nameof(backward))
        : forward.OutputSize;

    private sealed class BidirectionalPass(BidirectionalLayer<T> layer) : CompositePass<T>(layer)
    {
        public ReversedSequence<T> ReversedInput { get; } = new();

        private protected override Sequence<T> InTimeOrder(int part, Sequence<T> values) => part == 1 ? Reversed(values) : values;
    }

    /// <summary>The outputs of the two layers, or their gradients; held by the state or the gradients.</summary>
    private class Pair(BidirectionalLayer<T> layer)
    {
        public Sequence<T> Straight { get; } = new(layer.ForwardLayer.OutputSize, 1, 0);

        public Sequence<T> Backward { get; } = new(layer.BackwardLayer.OutputSize, 1, 0);
    }

    private sealed class PredictScratch(BidirectionalLayer<T> layer) : Pair(layer)
    {
        public ReversedSequence<T> ReversedInput { get; } = new();
    }
}
