using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Serialization;

namespace RnnSharp.Extensions.Tests;

/// <summary>
/// A user-defined layer that is made of other layers: a highway (Srivastava et al. 2015). A gate decides for each feature how much of
/// the input is transformed and how much passes by: y⟨t⟩ = g⟨t⟩ ∘ f(x)⟨t⟩ + (1 − g⟨t⟩) ∘ x⟨t⟩ with g = σ(gate(x)).
/// <para>The base class names and joins the parts' parameters, states, gradients and passes; here is how values flow through them. Any
/// layers may be the two parts, recurrent ones too.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class HighwayLayer<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int TransformPart = 0;
    private const int GatePart = 1;

    /// <summary>Makes a layer of two layers, each with as many outputs as inputs.</summary>
    /// <param name="transform">f.</param>
    /// <param name="gate">What the gate is the logistic function of.</param>
    public HighwayLayer(ILayer<T> transform, ILayer<T> gate)
        : base((transform ?? throw new ArgumentNullException(nameof(transform))).InputSize, transform.InputSize, new LayerPart<T>("transform", transform), new LayerPart<T>("gate", gate))
    {
        if (transform.OutputSize != InputSize) throw new ArgumentException($"Expected as many outputs as inputs ({InputSize}), got {transform.OutputSize}.", nameof(transform));
        if (gate.InputSize != InputSize || gate.OutputSize != InputSize) throw new ArgumentException($"Expected {InputSize} inputs and outputs, got {gate.InputSize} and {gate.OutputSize}.", nameof(gate));
    }

    /// <inheritdoc/>
    public override bool IsStreaming => PartsStream;

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        CheckPart(TransformPart, input);
        CheckPart(GatePart, input);
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var parts = (CompositePass<T>)pass;
        Sequence<T> transformed = parts.Forward(TransformPart, input, initialState);
        Sequence<T> sums = parts.Forward(GatePart, input, initialState);
        Shape(pass.Output, input);
        Mix(transformed.Values, sums.Values, input.Values, pass.Output.Values);
        pass.Output.ClearPadding();
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        Scratch scratch = ScratchOf<Scratch>(state);
        Sequence<T> transformed = PredictPart(TransformPart, input, state, scratch.Transformed);
        Sequence<T> sums = PredictPart(GatePart, input, state, scratch.Sums);
        Mix(transformed.Values, sums.Values, input.Values, output.Values);
        output.ClearPadding();
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output)
    {
        Scratch scratch = ScratchOf<Scratch>(state);
        Span<T> sums = scratch.StepSums(OutputSize * state.Batch);
        StepPart(GatePart, input, state, sums);
        StepPart(TransformPart, input, state, output);
        Mix(output, sums, input.FeatureSpan, output);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var parts = (CompositePass<T>)pass;
        Scratch scratch = ScratchOf<Scratch>(gradients);
        Sequence<T>? dTransformed = null, dSums = null;
        if (outputGradient is not null)
        {
            Shape(dTransformed = scratch.Transformed, pass.Input);
            Shape(dSums = scratch.Sums, pass.Input);
            ReadOnlySpan<T> dy = outputGradient.Values, f = parts.Parts[TransformPart].Output.Values, s = parts.Parts[GatePart].Output.Values, x = pass.Input.Values;
            for (int i = 0; i < dy.Length; i++)
            {
                T g = Logistic(s[i]);
                dTransformed.Values[i] = dy[i] * g;
                dSums.Values[i] = dy[i] * (f[i] - x[i]) * g * (T.One - g);
            }
        }

        // From the last part to the first, so that parameters that both have are summed.
        Sequence<T>? dxOfGate = parts.Backward(GatePart, dSums, finalStateGradient, inputGradient, accumulate, gradients);
        Sequence<T>? dxOfTransform = parts.Backward(TransformPart, dTransformed, finalStateGradient, inputGradient, accumulate, gradients);
        if (gradients.PrepareInput(pass.Input, inputGradient) is not { } dx) return;
        for (int i = 0; i < dx.Values.Length; i++)
        {
            dx.Values[i] = dxOfTransform!.Values[i] + dxOfGate!.Values[i];
            if (outputGradient is not null) dx.Values[i] += outputGradient.Values[i] * (T.One - Logistic(parts.Parts[GatePart].Output.Values[i]));
        }

        dx.ClearPadding();
    }

    private static void Mix(ReadOnlySpan<T> transformed, ReadOnlySpan<T> sums, ReadOnlySpan<T> input, Span<T> output)
    {
        if (transformed.Length != output.Length || sums.Length != output.Length) throw new InvalidOperationException("Expected outputs of the input's steps from both parts.");
        for (int i = 0; i < output.Length; i++)
        {
            T g = Logistic(sums[i]);
            output[i] = g * transformed[i] + (T.One - g) * input[i];
        }
    }

    private static T Logistic(T value) => T.One / (T.One + T.Exp(-value));

    /// <summary>What the parts' outputs, or their gradients, are written to; kept from call to call, so that a call allocates nothing.</summary>
    private sealed class Scratch
    {
        private T[] _stepSums = [];

        public Sequence<T> Transformed { get; } = new(1, 1, 0);

        public Sequence<T> Sums { get; } = new(1, 1, 0);

        public Span<T> StepSums(int length)
        {
            if (_stepSums.Length < length) _stepSums = new T[length];
            return _stepSums.AsSpan(0, length);
        }
    }
}

/// <summary>How model files hold the layer: it has nothing but its parts.</summary>
public sealed class HighwayFormat() : LayerFormat("highway")
{
    /// <inheritdoc/>
    protected override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) => layer is HighwayLayer<T> ? new Description(describer.Parts()) : null;

    /// <inheritdoc/>
    protected override LayerDescription Read(LayerFields fields)
    {
        IReadOnlyList<PartDescription> parts = fields.Parts("transform", "gate");
        int size = parts[0].Layer.InputSize;
        return parts.All(part => part.Layer.InputSize == size && part.Layer.OutputSize == size) ? new Description(parts) : throw fields.Invalid($"expected {size} inputs and outputs of both parts.");
    }

    private sealed class Description(IReadOnlyList<PartDescription> parts)
        : LayerDescription(parts[0].Layer.InputSize, parts[0].Layer.OutputSize, parts.All(part => part.Layer.IsStreaming), parts)
    {
        protected override ILayer<T> Create<T>(LayerFactory<T> factory) => new HighwayLayer<T>(factory.Parts()[0], factory.Parts()[1]);
    }
}
