using System.Globalization;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// A deep network: layers in sequence, the output of each being the input of the next. The names of parameters and state leaves are prefixed
/// with the index of the layer: 0.weight_ih, 1.bias, 0.h. It streams if all of its layers do.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LayerStack<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a stack.</summary>
    /// <param name="layers">The layers, from the input to the output.</param>
    /// <exception cref="ArgumentException">
    /// There is no layer, one is null or used twice, the sizes of adjacent layers do not fit, or a layer after the first takes only tokens.
    /// </exception>
    public LayerStack(params ILayer<T>[] layers)
        : this((IReadOnlyList<ILayer<T>>)layers)
    {
    }

    /// <summary>Creates a stack.</summary>
    /// <param name="layers">The layers, from the input to the output.</param>
    /// <exception cref="ArgumentException">
    /// There is no layer, one is null or used twice, the sizes of adjacent layers do not fit, or a layer after the first takes only tokens.
    /// </exception>
    public LayerStack(IReadOnlyList<ILayer<T>> layers)
        : this(Checked(layers))
    {
    }

    private LayerStack(LayerPart<T>[] parts)
        : base(parts[0].Layer.InputSize, parts[^1].Layer.OutputSize, parts) => TakesFeatures = AcceptsFeatures(PartLayers[0]);

    /// <summary>The layers, from the input to the output.</summary>
    public IReadOnlyList<ILayer<T>> Layers => PartLayers;

    /// <inheritdoc/>
    public override bool IsStreaming => PartsStream;

    /// <inheritdoc/>
    protected override bool TakesFeatures { get; }

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        var parts = new LayerReportPart<T>[Parts.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = new LayerReportPart<T>(Parts[i].Name, Parts[i].Layer, steps);
            steps = LayerReport<T>.Of(Parts[i].Layer, batch, steps).OutputSteps;
        }

        return LayerReport<T>.Joined(this, steps, parts);
    }

    /// <inheritdoc/>
    internal override int StepsAfter(int inputSteps)
    {
        foreach (ILayer<T> layer in PartLayers) inputSteps = StepsAfter(layer, inputSteps);
        return inputSteps;
    }

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(0, input);
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var stack = (CompositePass<T>)pass;
        Sequence<T> x = input;
        for (int i = 0; i < PartLayers.Length; i++) x = stack.Forward(i, x, initialState);
        stack.ShareOutput(PartLayers.Length - 1);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var stack = (CompositePass<T>)pass;
        Sequence<T>? dy = outputGradient;
        for (int i = PartLayers.Length - 1; i >= 0; i--) dy = stack.Backward(i, dy, finalStateGradient, i > 0 || inputGradient, accumulate, gradients);
        gradients.ShareInput(dy);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        StackScratch scratch = ScratchOf(state);
        Sequence<T> x = input;
        for (int i = 0; i < PartLayers.Length - 1; i++) x = PredictPart(i, x, state, scratch.Sequences[i] ??= new Sequence<T>(PartLayers[i].OutputSize, x.Batch, x.Steps));
        PredictPart(PartLayers.Length - 1, x, state, output);
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output)
    {
        ILayer<T>[] layers = PartLayers;
        T[][] columns = ScratchOf(state).Columns;
        for (int i = 0; i < columns.Length; i++)
        {
            int length = ColumnsLength(layers[i], state.Batch);
            if (columns[i].Length < length) columns[i] = new T[length];
            Span<T> y = columns[i].AsSpan(0, length);
            layers[i].Step(input, state.Parts[i], y);
            input = y;
        }

        layers[^1].Step(input, state.Parts[columns.Length], output);
    }

    internal override BoundStep<T> Bind(State<T> state, int batch) => new StackStep([.. PartLayers.Select((layer, i) => BoundStep<T>.Of(layer, state.Parts[i], batch))], [.. PartLayers.SkipLast(1).Select(layer => new T[ColumnsLength(layer, batch)])]);

    /// <summary>The length of a layer's output for one step. Layers without a state have no other limit on the batch.</summary>
    private static int ColumnsLength(ILayer<T> layer, int batch) => Check.ArrayLength((long)layer.OutputSize * batch, "state");

    private StackScratch ScratchOf(State<T> state) => state.Scratch as StackScratch ?? (StackScratch)(state.Scratch = new StackScratch(PartLayers.Length - 1));

    /// <summary>The parts for a copy of the caller's list, which may change at any time.</summary>
    private static LayerPart<T>[] Checked(IReadOnlyList<ILayer<T>> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ILayer<T>[] copy = [.. layers];
        if (copy.Length == 0) throw Check.Shape(nameof(layers), "at least one layer", "none");
        var parts = new LayerPart<T>[copy.Length];
        for (int i = 0; i < copy.Length; i++)
        {
            if (copy[i] is null) throw new ArgumentException($"Layer {i} is null.", nameof(layers));
            parts[i] = new LayerPart<T>(i.ToString(CultureInfo.InvariantCulture), copy[i]);
            if (i == 0) continue;
            if (copy[i].InputSize != copy[i - 1].OutputSize)
                throw Check.Shape(nameof(layers), $"an input size of {copy[i - 1].OutputSize} in layer {i} (the output size of layer {i - 1})", $"{copy[i].InputSize}");
            RequireFeatures(copy[i], nameof(layers), $"a layer {i} that takes features (the output of layer {i - 1})");
        }

        return RequireEachLayerOnce(parts, nameof(layers));
    }

    /// <summary>What the layers pass to one another in Predict and Step; held by the state.</summary>
    private sealed class StackScratch(int count)
    {
        public Sequence<T>?[] Sequences { get; } = new Sequence<T>?[count];

        /// <summary>[example][feature] for each layer but the last.</summary>
        public T[][] Columns { get; } = [.. Enumerable.Repeat<T[]>([], count)];
    }

    private sealed class StackStep(BoundStep<T>[] steps, T[][] columns) : BoundStep<T>(steps[0].TakesTokens, steps[0].TakesFeatures)
    {
        public override void Run(StepInput<T> input, Span<T> output)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                steps[i].Run(input, columns[i]);
                input = columns[i];
            }

            steps[^1].Run(input, output);
        }
    }
}
