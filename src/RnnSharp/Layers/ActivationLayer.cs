using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Layers;

/// <summary>
/// Applies a function to every feature, such as a rectifier between two dense layers: y = f(x). It is stateless, so it streams. It does not
/// accept tokens.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ActivationLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a layer.</summary>
    /// <param name="size">Features of the input and of the output, at least 1.</param>
    /// <param name="activation">f.</param>
    /// <exception cref="ArgumentException">The size is out of range, or T is neither float nor double.</exception>
    public ActivationLayer(int size, Activation activation)
        : base(Check.Positive(size), size) => Activation = activation;

    /// <summary>f.</summary>
    public Activation Activation { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters => [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames => [];

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps) => base.Report(batch, steps).With($"{Activation}");

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        CapturedInput<T> x = pass.Captured();
        Apply(x, Prepare(pass, x));
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        CapturedInput<T> x = pass.Captured();
        Span<T> dx = gradients.PrepareInput(x, inputGradient);
        if (dx.IsEmpty) return;
        if (outputGradient is null)
        {
            dx.Clear();
            return;
        }

        SequenceShape shape = OutputShape(x);
        Elementwise.Zip(outputGradient.ValuesFor(shape), pass.Output.ValuesFor(shape), dx, new GradientOperator(Activation));
        SequencePadding.Clear(dx, x.Lengths, x.Shape.Steps, InputSize);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var x = new CapturedInput<T>(input, InputSize);
        Apply(x, output.ValuesFor(OutputShape(x)));
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output) => Elementwise.Map(input.FeatureSpan, output, new ValueOperator(Activation));

    private void Apply(in CapturedInput<T> input, Span<T> output)
    {
        Elementwise.Map(input.Values, output, new ValueOperator(Activation));
        SequencePadding.Clear(output, input.Lengths, input.Shape.Steps, InputSize);
    }

    private readonly struct ValueOperator(Activation activation) : IMapOperator<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : unmanaged, ISimdVector<TVector, T> => activation.Value<T, TVector>(x);
    }

    private readonly struct GradientOperator(Activation activation) : IZipOperator<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector gradient, TVector value)
            where TVector : unmanaged, ISimdVector<TVector, T> => activation.Gradient<T, TVector>(gradient, value);
    }
}
