using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// One to many: the inner layer runs for a number of steps, and the output of each step is the input of the next. The gradient flows back
/// through the whole chain. Parameters and state leaves are named as in a stack of only the inner layer (0.weight_ih, 0.h).
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class FeedbackLayer<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a layer that feeds the output of a layer back to its input.</summary>
    /// <param name="inner">The layer. It takes features, its output size equals its input size, and it returns one step for one step.</param>
    /// <param name="steps">Steps of the output, at least 1.</param>
    /// <exception cref="ArgumentException">The layer is null or takes only tokens, its sizes differ, or the steps are out of range.</exception>
    public FeedbackLayer(ILayer<T> inner, int steps)
        : base(Check.NotNull(inner).InputSize, inner.OutputSize, new LayerPart<T>("0", inner))
    {
        if (InputSize != OutputSize) throw Check.Shape(nameof(inner), $"an output size of {InputSize} (the layer's input size, because the output is fed back)", $"{OutputSize}");
        RequireFeatures(inner, nameof(inner), "a layer that takes features (its output is fed back)");
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
        if (input.Steps != 1) throw Check.Shape(nameof(input), $"{InputSize} x batch x 1 (the one step that all others follow from)", input.Describe());
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

            // Each step draws its own masks, even those for whole sequences, because it is a sequence of its own for the inner layer.
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

    /// <summary>An example without its input step has no output steps either.</summary>
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
        : throw new InvalidOperationException($"Expected one step from the layer whose output is fed back, a {Inner.GetType().Name}, got {output.Steps}.");

    /// <summary>The passes of the steps. The final state of the last one is that of the layer.</summary>
    private sealed class FeedbackPass(FeedbackLayer<T> layer) : ForwardPass<T>(layer)
    {
        private const string Prefix = "0.";

        public int[] Lengths = [];

        public List<ForwardPass<T>> Passes { get; } = [];

        /// <summary>The pass of a step. They are created by the first call, once it has checked the shapes.</summary>
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

        internal override IEnumerable<string> ListValues() => PassOf(0).ListValues().Select(name => Prefix + name);

        /// <summary>The values of the steps' passes, one step of each.</summary>
        internal override Sequence<T>? CopyValues(string name)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || Passes[0].FindValues(name[Prefix.Length..]) is not { } first) return null;
            var values = new Sequence<T>(first.Features, first.Batch, Passes.Count);
            for (int t = 0; t < Passes.Count; t++) layer.RequireOneStep(Passes[t].FindValues(name[Prefix.Length..])!).CopyTo(values.Step(t));
            if (Output.IsRagged) values.SetLengths(Output.Lengths);
            return values;
        }
    }

    /// <summary>What Backward passes from step to step; held by the gradients.</summary>
    private sealed class BackwardScratch(ILayer<T> inner)
    {
        /// <summary>The gradient of one step's output: the caller's, plus that from the next step.</summary>
        public Sequence<T> OutputGradient { get; } = new(inner.OutputSize, 1, 1);

        public State<T> StateGradient { get; } = inner.CreateState(1);
    }

    /// <summary>What Predict passes from step to step; held by the state.</summary>
    private sealed class PredictScratch
    {
        public int[] Lengths = [];

        public Sequence<T> First { get; } = new(1, 1, 1);

        public Sequence<T> Second { get; } = new(1, 1, 1);
    }
}
