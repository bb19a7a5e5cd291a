using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// One input, many outputs: the inner layer runs for a number of steps, each step's output being the next step's input. The gradient
/// goes back the same way, through the whole chain. Parameters and state leaves are named as in a stack of the inner layer alone
/// (0.weight_ih, 0.h).
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class FeedbackLayer<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a layer that feeds a layer's output back to it.</summary>
    /// <param name="inner">The layer: its output size is its input size, and one step gives one step.</param>
    /// <param name="steps">Steps of the output, at least 1.</param>
    /// <exception cref="ArgumentException">The layer is null, its sizes differ, or the steps are out of range.</exception>
    public FeedbackLayer(ILayer<T> inner, int steps)
        : base(Check.NotNull(inner).InputSize, inner.OutputSize, new LayerPart<T>("0", inner))
    {
        if (InputSize != OutputSize) throw Check.Shape(nameof(inner), $"an output size of {InputSize} (the layer's input size, which the output is fed back to)", $"{OutputSize}");
        Inner = inner;
        Steps = Check.Positive(steps);
    }

    /// <summary>The layer whose output is fed back.</summary>
    public ILayer<T> Inner { get; }

    /// <summary>Steps of the output.</summary>
    public int Steps { get; }

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new FeedbackPass(this);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps) =>
        LayerReport<T>.Joined(this, Steps, [new LayerReportPart<T>("0", Inner, Steps: 1, Steps)], LayerReport<T>.Bytes((Int128)OutputSize * batch * Steps));

    /// <inheritdoc/>
    protected override int? OutputSteps(int inputSteps) => Steps;

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(0, input);
        if (input.Steps != 1) throw Check.Shape(nameof(input), $"{InputSize} x batch x 1 (the one step that the others follow from)", input.Describe());
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var chain = (FeedbackPass)pass;
        Shape(pass.Output, input);
        SetLengths(input, pass.Output, ref chain.Lengths);
        Sequence<T> x = input;
        State<T>? state = initialState?.Parts[0];
        for (int t = 0; t < Steps; t++)
        {
            ForwardPass<T> step = chain.PassOf(t);

            // Masks of its own for each step, those of a whole sequence too: a step is a sequence of the inner layer's.
            step.Draw = unchecked(pass.Draw * Steps + t) & long.MaxValue;
            Check.Reused(Inner.Forward(x, state, step), step, Inner);
            x = step.Output;
            state = step.FinalState;
            RequireOneStep(x).CopyTo(pass.Output.Step(t));
        }
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var chain = (FeedbackPass)pass;
        var scratch = (BackwardScratch)(gradients.Scratch ??= new BackwardScratch(Inner));
        Gradients<T> part = gradients.Parts[0];
        int batch = pass.Input.Batch;
        Sequence<T> dy = scratch.OutputGradient;
        dy.Resize(batch, 1);
        scratch.StateGradient.Resize(batch);
        State<T>? state = finalStateGradient?.Parts[0];
        for (int t = Steps - 1; t >= 0; t--)
        {
            bool last = t == Steps - 1;
            if (outputGradient is null) dy.Clear();
            else outputGradient.Step(t).CopyTo(dy.Values);
            if (!last)
            {
                Elementwise.Add(dy.Values, part.Input!.Values);
                scratch.StateGradient.CopyFrom(part.InitialState);
                state = scratch.StateGradient;
            }

            Check.Reused(Inner.Backward(chain.Passes[t], dy, state, t > 0 || inputGradient, accumulate || !last, part), part, Inner);
        }

        gradients.ShareInput(part.Input);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        if (state.Scratch is not PredictScratch scratch) state.Scratch = scratch = new PredictScratch();
        SetLengths(input, output, ref scratch.Lengths);
        if (Inner.IsStreaming && !input.IsRagged)
        {
            Inner.Step(input.IsTokens ? input.Tokens : input.Values, state.Parts[0], output.Step(0));
            for (int t = 1; t < Steps; t++) Inner.Step(output.Step(t - 1), state.Parts[0], output.Step(t));
            return;
        }

        Sequence<T> x = input, y = scratch.First, spare = scratch.Second;
        for (int t = 0; t < Steps; t++)
        {
            PredictPart(0, x, state, y);
            RequireOneStep(y).CopyTo(output.Step(t));
            (x, y, spare) = (y, spare, y);
        }
    }

    /// <summary>An example without its one step has none of the others either.</summary>
    private void SetLengths(Sequence<T> input, Sequence<T> output, ref int[] lengths)
    {
        ReadOnlySpan<int> given = input.Lengths;
        if (given.IsEmpty) return;
        if (lengths.Length < given.Length) lengths = new int[given.Length];
        for (int j = 0; j < given.Length; j++) lengths[j] = Math.Min(given[j], 1) * Steps;
        output.SetLengths(lengths.AsSpan(0, given.Length));
    }

    private ReadOnlySpan<T> RequireOneStep(Sequence<T> output) => output.Steps == 1
        ? output.Values
        : throw new InvalidOperationException($"The layer whose output is fed back, a {Inner.GetType().Name}, gave {output.Steps} steps for one.");

    /// <summary>The passes of the steps; the last one's final state is the layer's.</summary>
    private sealed class FeedbackPass(FeedbackLayer<T> layer) : ForwardPass<T>(layer)
    {
        public int[] Lengths = [];

        public List<ForwardPass<T>> Passes { get; } = [];

        /// <summary>The pass of a step. They are created by the first call, which has checked the shapes by then.</summary>
        public ForwardPass<T> PassOf(int step)
        {
            if (step == Passes.Count) Passes.Add(CreatePassOf(layer.Inner));
            return Passes[step];
        }

        internal override void End()
        {
            JoinFinalStates(Passes[^1]);
            base.End();
        }
    }

    /// <summary>What Backward hands from step to step; kept with the gradients.</summary>
    private sealed class BackwardScratch(ILayer<T> inner)
    {
        /// <summary>Of one step: the caller's, and what comes back from the step after it.</summary>
        public Sequence<T> OutputGradient { get; } = new(inner.OutputSize, 1, 1);

        public State<T> StateGradient { get; } = inner.CreateState(1);
    }

    /// <summary>What Predict hands from step to step; kept with the state.</summary>
    private sealed class PredictScratch
    {
        public int[] Lengths = [];

        public Sequence<T> First { get; } = new(1, 1, 1);

        public Sequence<T> Second { get; } = new(1, 1, 1);
    }
}
