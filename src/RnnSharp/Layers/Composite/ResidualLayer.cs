using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// A residual connection (He et al. 2016): y⟨t⟩ = x⟨t⟩ + f(x)⟨t⟩, with any layer for f. Parameters and state leaves are named as in a stack
/// of only the inner layer: 0.weight_ih, 0.h. It streams if the inner layer does. It does not accept tokens.
/// <para>If the inner layer returns a different number of steps, as a <see cref="PoolingLayer{T}"/> does, Forward and Predict throw an
/// <see cref="InvalidOperationException"/>.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ResidualLayer<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Adds a residual connection around a layer.</summary>
    /// <param name="inner">f. It takes features, its output size equals its input size, and it keeps the number of steps.</param>
    /// <exception cref="ArgumentException">The layer is null or takes only tokens, or its output size differs from its input size.</exception>
    public ResidualLayer(ILayer<T> inner)
        : base(Checked(inner).InputSize, inner.OutputSize, new LayerPart<T>("0", inner)) => Inner = inner;

    /// <summary>f.</summary>
    public ILayer<T> Inner { get; }

    /// <inheritdoc/>
    public override bool IsStreaming => PartsStream;

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var residual = (CompositePass<T>)pass;
        Sequence<T> inner = residual.Forward(0, input, initialState);
        RequireSteps(inner, input);
        CapturedInput<T> x = pass.Captured();
        Span<T> y = Prepare(pass, x);
        inner.ValuesFor(x.Shape).CopyTo(y);
        AddTo(y, x.Values, x);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        Sequence<T>? inner = ((CompositePass<T>)pass).Backward(0, outputGradient, finalStateGradient, inputGradient, accumulate, gradients);
        CapturedInput<T> x = pass.Captured();
        Span<T> dx = gradients.PrepareInput(x, inputGradient);
        if (dx.IsEmpty) return;
        inner!.ValuesFor(x.Shape).CopyTo(dx);
        if (outputGradient is not null) AddTo(dx, outputGradient.ValuesFor(x.Shape), x);
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
        PredictPart(0, input, state, output);
        RequireSteps(output, input);
        var x = new CapturedInput<T>(input, InputSize);
        AddTo(output.ValuesFor(x.Shape), x.Values, x);
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output)
    {
        Inner.Step(input, state.Parts[0], output);
        Elementwise.Add(output, input.FeatureSpan);
    }

    internal override BoundStep<T> Bind(State<T> state, int batch) => new ResidualStep(BoundStep<T>.Of(Inner, state.Parts[0], batch));

    /// <summary>Adds values in the input's shape to a sequence, whose padding stays zero.</summary>
    private static void AddTo(Span<T> target, ReadOnlySpan<T> values, in CapturedInput<T> input)
    {
        Elementwise.Add(target, values);
        SequencePadding.Clear(target, input.Lengths, input.Shape.Steps, input.Shape.Features);
    }

    private void RequireSteps(Sequence<T> output, Sequence<T> input)
    {
        if (output.Steps != input.Steps)
            throw new InvalidOperationException($"Expected as many steps as in the input, {input.Steps}, from the inner layer of a residual connection, a {Inner.GetType().Name}, got {output.Steps}.");
    }

    private static ILayer<T> Checked(ILayer<T> inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (inner.OutputSize != inner.InputSize) throw Check.Shape(nameof(inner), $"an output size of {inner.InputSize} (the layer's input size)", $"{inner.OutputSize}");
        RequireFeatures(inner, nameof(inner), "a layer that takes features (its input is added to its output)");
        return inner;
    }

    private sealed class ResidualStep(BoundStep<T> inner) : BoundStep<T>(takesTokens: false, inner.TakesFeatures)
    {
        public override void Run(StepInput<T> input, Span<T> output)
        {
            inner.Run(input, output);
            Elementwise.Add(output, input.FeatureSpan);
        }
    }
}
