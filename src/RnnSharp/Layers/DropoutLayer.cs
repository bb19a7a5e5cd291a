using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Sets features to zero at random in training, so that a network does not come to rely on any one of them (Srivastava et al. 2014).
/// Forward sets a feature to zero with the probability <see cref="Rate"/> and multiplies the others by 1 / (1 - Rate), which preserves
/// their mean (inverted dropout, PyTorch's Dropout); Predict and Step change nothing. The layer is stateless, so it streams. It does not
/// accept tokens.
/// <para>The masks depend only on the layer's seed, the pass's <see cref="ForwardPass{T}.Draw"/> and the batch, and those of a longer
/// sequence begin like those of a shorter one. To keep a <see cref="DropoutMask.WholeSequence"/> mask over several windows of one sequence,
/// reset the pass's Draw before each. A pass stores one bit per element of the mask.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class DropoutLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _scale;

    /// <summary>Creates a layer.</summary>
    /// <param name="size">Features of the input and of the output, at least 1.</param>
    /// <param name="rate">The probability of a zero, at least 0 and below 1.</param>
    /// <param name="seed">The seed of the masks; random when null. Give the layers of a network different seeds.</param>
    /// <param name="mask">Whether a mask is drawn for each step or for each whole sequence.</param>
    /// <exception cref="ArgumentException">The size, the rate or the mask is out of range, or T is neither float nor double.</exception>
    public DropoutLayer(int size, double rate, int? seed = null, DropoutMask mask = DropoutMask.EachStep)
        : base(Check.Positive(size), size)
    {
        if (!(rate >= 0 && rate < 1)) throw new ArgumentOutOfRangeException(nameof(rate), rate, $"Expected at least 0 and below 1, got {rate}.");
        if (mask is not (DropoutMask.EachStep or DropoutMask.WholeSequence)) throw new ArgumentOutOfRangeException(nameof(mask), mask, $"Expected EachStep or WholeSequence, got {mask}.");
        Rate = rate;
        Seed = seed ?? Random.Shared.Next(int.MinValue, int.MaxValue);
        Mask = mask;
        _scale = T.CreateChecked(1 / (1 - rate));
    }

    /// <summary>The probability of a zero.</summary>
    public double Rate { get; }

    /// <summary>The seed of the masks, given or chosen at random.</summary>
    public int Seed { get; }

    /// <summary>Whether a mask is drawn for each step or for each whole sequence.</summary>
    public DropoutMask Mask { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters => [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames => [];

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new DropoutPass(this);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        LayerReport<T> plain = base.Report(batch, steps);
        return (plain with { TapeBytes = plain.TapeBytes + sizeof(ulong) * DropoutBits.Words(MaskLength(batch, steps)) })
            .With(FormattableString.Invariant($"{Rate}"), Mask == DropoutMask.EachStep ? "each step" : "whole sequence");
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var dropout = (DropoutPass)pass;
        CapturedInput<T> x = pass.Captured();
        Span<T> y = Prepare(pass, x);
        dropout.DrawMask(Seed, Rate, MaskLength(x.Batch, x.Shape.Steps));
        Apply(dropout, x, x.Values, y);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        CapturedInput<T> x = pass.Captured();
        Span<T> dx = gradients.PrepareInput(x, inputGradient);
        if (outputGradient is null) dx.Clear();
        else if (!dx.IsEmpty) Apply((DropoutPass)pass, x, outputGradient.ValuesFor(OutputShape(x)), dx);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var x = new CapturedInput<T>(input, InputSize);
        Span<T> y = output.ValuesFor(OutputShape(x));
        x.Values.CopyTo(y);
        SequencePadding.Clear(y, x.Lengths, x.Shape.Steps, InputSize);
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output) => input.FeatureSpan.CopyTo(output);

    /// <summary>Computes y = m∘x / (1 - rate) with a mask m of zeros and ones, and dx from dy in the same way.</summary>
    private void Apply(DropoutPass pass, in CapturedInput<T> input, ReadOnlySpan<T> from, Span<T> to)
    {
        int masked = (int)MaskLength(input.Batch, input.Shape.Steps);
        for (int at = 0; at < from.Length; at += masked) Elementwise.MapMasked(from.Slice(at, masked), pass.Dropped, to.Slice(at, masked), new Elementwise.ScaleOperator<T>(_scale));
        SequencePadding.Clear(to, input.Lengths, input.Shape.Steps, InputSize);
    }

    /// <summary>The elements of a mask, which is either drawn for each step or shared by all.</summary>
    private long MaskLength(int batch, int steps) => (long)InputSize * batch * (Mask == DropoutMask.EachStep ? steps : 1);

    private sealed class DropoutPass(DropoutLayer<T> layer) : ForwardPass<T>(layer)
    {
        private readonly DropoutBits _bits = new();

        /// <summary>One bit per element, set if it is dropped: [step][example][feature], or [example][feature] for whole sequences.</summary>
        public ReadOnlySpan<ulong> Dropped => _bits.Dropped;

        public void DrawMask(int seed, double rate, long count) => _bits.Draw(seed, Draw, rate, DropoutBits.Words(count));
    }
}
