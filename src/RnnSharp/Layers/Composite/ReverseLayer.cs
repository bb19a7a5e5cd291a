using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Runs a layer backward in time, from each example's own last step to its first; the output is in the input's order of time. It equals the
/// reverse direction of PyTorch's recurrent layers, for a ragged batch with packed sequences, but without sorting. The final state is the one
/// after an example's first step. Parameters and state leaves have the inner layer's names.
/// <para>The inner layer runs on a copy of the input, so the input may be changed before Backward. The layer does not stream, because the
/// first output needs the last input.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ReverseLayer<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Reverses a layer in time.</summary>
    /// <param name="inner">Any layer, including a stack.</param>
    /// <exception cref="ArgumentException">The layer is null.</exception>
    public ReverseLayer(ILayer<T> inner)
        : base(Check.NotNull(inner).InputSize, inner.OutputSize, new LayerPart<T>("", inner))
    {
        Inner = inner;
        TakesFeatures = AcceptsFeatures(inner);
    }

    /// <summary>The layer that runs backward.</summary>
    public ILayer<T> Inner { get; }

    /// <inheritdoc/>
    protected override bool TakesFeatures { get; }

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new ReversePass(this);

    /// <inheritdoc/>
    internal override int StepsAfter(int inputSteps) => StepsAfter(Inner, inputSteps);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        int outputSteps = LayerReport<T>.Of(Inner, batch, steps).OutputSteps;
        return LayerReport<T>.Joined(this, outputSteps, [new LayerReportPart<T>("", Inner, steps)], LayerReport<T>.Bytes(((long)InputSize * steps + (long)OutputSize * outputSteps) * batch));
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var reverse = (ReversePass)pass;
        TimeReversal.ReverseResult(reverse.Forward(0, reverse.ReversedInput.Of(input), initialState), pass.Output);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var reverse = (ReversePass)pass;
        Sequence<T>? dy = null;
        if (outputGradient is not null)
        {
            dy = (Sequence<T>)(gradients.Scratch ??= new Sequence<T>(OutputSize, 1, 0));
            TimeReversal.Reverse(outputGradient, reverse.Parts[0].Output, dy);
        }

        Sequence<T>? inner = reverse.Backward(0, dy, finalStateGradient, inputGradient, accumulate, gradients);
        Sequence<T>? dx = gradients.PrepareInput(pass.Input, inputGradient);
        if (dx is not null) TimeReversal.ReverseResult(inner!, dx);
    }

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(0, input);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var scratch = state.Scratch as ReverseScratch ?? (ReverseScratch)(state.Scratch = new ReverseScratch(OutputSize));
        TimeReversal.ReverseResult(PredictPart(0, scratch.ReversedInput.Of(input), state, scratch.Output), output);
    }

    private sealed class ReversePass(ReverseLayer<T> layer) : CompositePass<T>(layer)
    {
        public ReversedSequence<T> ReversedInput { get; } = new();

        private protected override Sequence<T> InTimeOrder(int part, Sequence<T> values) => Reversed(values);
    }

    /// <summary>What the inner layer's Predict reads and writes; held by the state.</summary>
    private sealed class ReverseScratch(int outputSize)
    {
        public ReversedSequence<T> ReversedInput { get; } = new();

        public Sequence<T> Output { get; } = new(outputSize, 1, 0);
    }
}
