using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Reversible instance normalization (Kim et al. 2022): a forecast that does not depend on the level and scale of what it is made from. Each
/// example's columns are normalized over its own steps before the inner layer, u = w (x - a) / s + b with s = √(σ² + ε), and the inner
/// layer's output v is put back with the same numbers, y = (v - b) / (w + ε²) · s + a. Here a is the mean, or the last value with
/// <see cref="SubtractsLast"/>, σ² the biased variance, and w and b are learned for each column if the layer is <see cref="IsAffine"/>.
/// <para>The own parameters are named affine_weight and affine_bias, as in the authors' code; those of the inner layer and its state leaves as in a stack
/// of only that layer: 0.weight_ih, 0.h. The layer does not stream, because its first output needs the last input. It does not accept
/// tokens. The gradient of the input includes the way through a and s, which the authors detach.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ReversibleNormalizationLayer<T> : CompositeLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Normalizes around a layer, with w = 1 and b = 0.</summary>
    /// <param name="inner">The layer. It takes features, and its output size equals its input size; the number of steps may differ.</param>
    /// <param name="isAffine">Whether each column has a learned weight and bias.</param>
    /// <param name="subtractsLast">Whether the last value is subtracted in place of the mean.</param>
    /// <param name="epsilon">ε, above 0 and within float's range.</param>
    /// <exception cref="ArgumentException">The layer is null or takes only tokens, its sizes differ, or ε is out of range.</exception>
    public ReversibleNormalizationLayer(ILayer<T> inner, bool isAffine = true, bool subtractsLast = false, double epsilon = 1e-5)
        : base(Checked(inner).InputSize, inner.OutputSize, [new LayerPart<T>("0", inner)], sharesLayers: false, isAffine ? [new("affine_weight", inner.InputSize, 1), new("affine_bias", inner.InputSize, 1)] : [])
    {
        if (!LayerNormalizationLayer<T>.Allows(epsilon)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"Expected a number above 0 within float's range, got {epsilon}.");
        Inner = inner;
        IsAffine = isAffine;
        SubtractsLast = subtractsLast;
        Epsilon = epsilon;
        Weight?.Update(T.One, static (values, one) => values.Fill(one));
    }

    /// <summary>The layer between normalization and its inverse.</summary>
    public ILayer<T> Inner { get; }

    /// <summary>Whether each column has a learned weight and bias.</summary>
    public bool IsAffine { get; }

    /// <summary>Whether the last value is subtracted in place of the mean.</summary>
    public bool SubtractsLast { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>w, columns × 1; null if the layer is not affine.</summary>
    public Parameter<T>? Weight => IsAffine ? OwnParameters[0] : null;

    /// <summary>b, columns × 1; null if the layer is not affine.</summary>
    public Parameter<T>? Bias => IsAffine ? OwnParameters[1] : null;

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new ReversiblePass(this);

    /// <inheritdoc/>
    internal override int StepsAfter(int inputSteps) => StepsAfter(Inner, inputSteps);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        int outputSteps = LayerReport<T>.Of(Inner, batch, steps).OutputSteps;
        long bytes = LayerReport<T>.Bytes((Int128)InputSize * batch * ((Int128)steps + outputSteps + InstanceStatistics<T>.Numbers));
        return LayerReport<T>.Joined(this, outputSteps, [new LayerReportPart<T>("0", Inner, steps)], bytes).With([.. IsAffine ? (string[])["affine"] : [], .. SubtractsLast ? (string[])["last"] : []]);
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
        var tape = (ReversiblePass)pass;
        tape.Statistics.Normalize(pass.Captured(), this, tape.Normalized);
        Sequence<T> output = tape.Forward(0, tape.Normalized, initialState);
        tape.Statistics.Restore(output, this, pass.Output);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var tape = (ReversiblePass)pass;
        CapturedInput<T> input = pass.Captured();
        InstanceGradients<T> sums = ScratchOf<InstanceGradients<T>>(gradients);
        Sequence<T>? inner = sums.OfRestored(tape.Statistics, this, tape.Parts[0].Output, outputGradient);
        Sequence<T> normalized = tape.Backward(0, inner, finalStateGradient, inputGradient || IsAffine, accumulate, gradients)!;
        Span<T> dx = gradients.PrepareInput(input, inputGradient);
        if (!dx.IsEmpty || IsAffine) sums.OfNormalized(tape.Statistics, this, input, normalized, dx);
        if (!IsAffine) return;
        sums.CopyTo(gradients.Begin(0, accumulate), gradients.Begin(1, accumulate));
        gradients.End();
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var scratch = state.Scratch as PredictScratch ?? (PredictScratch)(state.Scratch = new PredictScratch());
        scratch.Statistics.Normalize(new CapturedInput<T>(input, InputSize, scratch.Lengths), this, scratch.Normalized);
        scratch.Statistics.Restore(PredictPart(0, scratch.Normalized, state, scratch.Output), this, output);
    }

    private static ILayer<T> Checked(ILayer<T> inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (inner.OutputSize != inner.InputSize) throw Check.Shape(nameof(inner), $"an output size of {inner.InputSize} (the layer's input size, whose columns are put back)", $"{inner.OutputSize}");
        RequireFeatures(inner, nameof(inner), "a layer that takes features (they are normalized)");
        return inner;
    }

    private sealed class ReversiblePass(ReversibleNormalizationLayer<T> layer) : CompositePass<T>(layer)
    {
        public InstanceStatistics<T> Statistics { get; } = new();

        /// <summary>The inner layer's input.</summary>
        public Sequence<T> Normalized { get; } = new(layer.InputSize, 1, 0);
    }

    /// <summary>What the inner layer's Predict reads and writes; held by the state.</summary>
    private sealed class PredictScratch
    {
        public LengthBuffer Lengths { get; } = new();

        public InstanceStatistics<T> Statistics { get; } = new();

        public Sequence<T> Normalized { get; } = new(1, 1, 0);

        public Sequence<T> Output { get; } = new(1, 1, 0);
    }
}
