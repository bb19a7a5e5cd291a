using System.Numerics;
using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Extensions.Tests;

/// <summary>
/// A user-defined layer: a causal convolution over time of each feature by itself, as it stands before the recurrence in Mamba and Griffin:
/// y⟨t⟩ = b + w₀ ∘ x⟨t⟩ + w₁ ∘ x⟨t−1⟩ + … for a width of K steps. What it remembers from one step to the next are the last K − 1 inputs.
/// <para>The base class checks arguments and shapes; here is the mathematics. Token inputs are declined.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class CausalConvolutionLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The state's only leaf: for each example the last K − 1 inputs, the latest first.</summary>
    private const string Past = "x";

    /// <summary>Makes a layer with weights that are uniform in ±1/√K.</summary>
    /// <param name="size">Features of the input and of the output, at least 1.</param>
    /// <param name="width">K, the steps that an output depends on, at least 2.</param>
    /// <param name="seed">The seed of the initial weights; random when null.</param>
    public CausalConvolutionLayer(int size, int width, int? seed = null)
        : base(size, size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 2);
        Width = width;
        Weights = new Parameter<T>("weight", size, width);
        Bias = new Parameter<T>("bias", size, 1);
        Parameters = [Weights, Bias];
        Initializers.Uniform(Weights, 1 / Math.Sqrt(width), seed is { } given ? new Random(given) : new Random());
    }

    /// <summary>K.</summary>
    public int Width { get; }

    /// <summary>w, size × K: column k is that of the input k steps ago.</summary>
    public Parameter<T> Weights { get; }

    /// <summary>b, size × 1.</summary>
    public Parameter<T> Bias { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    private int PastSize => (Width - 1) * InputSize;

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => new(batch, (Past, PastSize));

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new Pass(this);

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        // Backward needs the inputs before the first step, too. The initial state may be the final state, so it is copied before that is written.
        State<T> initial = ((Pass)pass).InitialState;
        initial.Resize(input.Batch);
        if (initialState is null) initial.Clear();
        else initial.CopyFrom(initialState);

        Prepare(pass, input);
        pass.FinalState.CopyFrom(initial);
        Convolve(input, pass.FinalState, pass.Output);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output) => Convolve(input, state, output);

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output)
    {
        for (int j = 0; j < state.Batch; j++) ConvolveStep(Example(input.FeatureSpan, j, InputSize), Example(state[Past].Values, j, PastSize), Example(output, j, InputSize));
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        Sequence<T> input = pass.Input;
        ReadOnlySpan<T> w = Weights.Values, initial = ((Pass)pass).InitialState[Past].Values;
        Span<T> dw = gradients.Begin(0, accumulate), db = gradients.Begin(1, accumulate); // empty where the parameter is frozen
        Span<T> dx = gradients.PrepareInput(input, inputGradient) is { } sequence ? sequence.Values : default; // empty where nobody asks for it
        Span<T> dInitial = gradients.InitialState[Past].Values;
        dw.Clear();
        db.Clear();
        dx.Clear();
        dInitial.Clear();
        for (int j = 0; j < input.Batch; j++)
        {
            int length = input.LengthOf(j);
            for (int t = 0; outputGradient is not null && t < length; t++)
            {
                for (int i = 0; i < InputSize; i++)
                {
                    T dy = outputGradient[i, j, t];
                    if (!db.IsEmpty) db[i] += dy;
                    for (int k = 0; k < Width; k++)
                    {
                        (T x, bool isInput, int at) = t >= k ? (input[i, j, t - k], true, At(input.Batch, i, j, t - k)) : (initial[PastAt(i, j, k - t - 1)], false, PastAt(i, j, k - t - 1));
                        if (!dw.IsEmpty) dw[i + InputSize * k] += dy * x;
                        if (!isInput) dInitial[at] += dy * w[i + InputSize * k];
                        else if (!dx.IsEmpty) dx[at] += dy * w[i + InputSize * k];
                    }
                }
            }

            // The final state is the last inputs, and what is left of the initial state before them.
            for (int k = 0; finalStateGradient is not null && k < Width - 1; k++)
            {
                for (int i = 0; i < InputSize; i++)
                {
                    T gradient = finalStateGradient[Past].Values[PastAt(i, j, k)];
                    int t = length - 1 - k;
                    if (t < 0) dInitial[PastAt(i, j, -t - 1)] += gradient;
                    else if (!dx.IsEmpty) dx[At(input.Batch, i, j, t)] += gradient;
                }
            }
        }

        gradients.End();
    }

    /// <summary>Every example's own steps; the output past them is zero.</summary>
    private void Convolve(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        Span<T> past = state[Past].Values;
        for (int t = 0; t < input.Steps; t++)
        {
            for (int j = 0; j < input.Batch; j++)
            {
                Span<T> y = Example(output.Step(t), j, InputSize);
                if (t < input.LengthOf(j)) ConvolveStep(Example(input.Step(t), j, InputSize), Example(past, j, PastSize), y);
                else y.Clear();
            }
        }
    }

    /// <summary>One step of one example, after which its past ends with the input of this step. Predict, Forward and Step all come here, so they agree to the last bit.</summary>
    private void ConvolveStep(ReadOnlySpan<T> x, Span<T> past, Span<T> y)
    {
        ReadOnlySpan<T> w = Weights.Values, b = Bias.Values;
        for (int i = 0; i < y.Length; i++)
        {
            T sum = b[i] + w[i] * x[i];
            for (int k = 1; k < Width; k++) sum += w[i + InputSize * k] * past[i + InputSize * (k - 1)];
            y[i] = sum;
        }

        past[..^InputSize].CopyTo(past[InputSize..]);
        x.CopyTo(past);
    }

    private static Span<T> Example(Span<T> values, int example, int size) => values.Slice(example * size, size);

    private static ReadOnlySpan<T> Example(ReadOnlySpan<T> values, int example, int size) => values.Slice(example * size, size);

    private int At(int batch, int feature, int example, int step) => feature + InputSize * (example + batch * step);

    private int PastAt(int feature, int example, int stepsBefore) => feature + InputSize * stepsBefore + PastSize * example;

    /// <summary>What Backward needs besides input and output.</summary>
    private sealed class Pass(CausalConvolutionLayer<T> layer) : ForwardPass<T>(layer)
    {
        public State<T> InitialState { get; } = layer.CreateState(1);
    }
}

/// <summary>How model files hold the layer: its two sizes, and a tensor for each parameter.</summary>
public sealed class CausalConvolutionFormat() : LayerFormat("causal-convolution")
{
    /// <inheritdoc/>
    protected override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is CausalConvolutionLayer<T> convolution ? new Description(convolution.InputSize, convolution.Width) : null;

    /// <inheritdoc/>
    protected override LayerDescription Read(LayerFields fields) => new Description(fields.Size("size"), fields.Integer("width", least: 2));

    private sealed class Description(int size, int width) : LayerDescription(size, size)
    {
        protected override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber("size", InputSize);
            writer.WriteNumber("width", width);
        }

        protected override IEnumerable<TensorLayout> Tensors() => [new("weight", InputSize, width), new("bias", InputSize)];

        protected override ILayer<T> Create<T>(LayerFactory<T> factory) => new CausalConvolutionLayer<T>(InputSize, width, seed: 0);
    }
}
