using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Layer normalization (Ba, Kiros and Hinton 2016) over the features of every example at every step: y = g (x - μ) / √(σ² + ε) + b, with
/// their mean μ and biased variance σ²; PyTorch's LayerNorm over the features. It is stateless, so it streams. It does not accept tokens.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LayerNormalizationLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly NormalizationKernels<T> _kernels = NormalizationKernels<T>.Instance;
    private readonly PackCache<T, PackedNormalization> _packs;
    private readonly T _epsilon;

    /// <summary>Creates a layer with a gain of ones and a bias of zeros.</summary>
    /// <param name="size">Features of the input and of the output, at least 1.</param>
    /// <param name="epsilon">ε, above 0 and within float's range: it bounds the scale factor for an example whose features are all equal.</param>
    /// <exception cref="ArgumentException">The size or ε is out of range, or T is neither float nor double.</exception>
    public LayerNormalizationLayer(int size, double epsilon = 1e-5)
        : base(Check.Positive(size), size)
    {
        if (!Allows(epsilon)) throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, $"Expected a number above 0 within float's range, got {epsilon}.");
        Epsilon = epsilon;
        _epsilon = T.CreateChecked(epsilon);
        Gain = new Parameter<T>("weight", size, 1);
        Bias = new Parameter<T>("bias", size, 1);
        Gain.Update(T.One, static (values, one) => values.Fill(one));
        Parameters = [Gain, Bias];
        ParameterNames = [Gain.Name, Bias.Name];
        _packs = new PackCache<T, PackedNormalization>([Gain, Bias], Pack, static _ => { });
    }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>g, size × 1; PyTorch's weight.</summary>
    public Parameter<T> Gain { get; }

    /// <summary>b, size × 1.</summary>
    public Parameter<T> Bias { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new NormalizationPass(this);

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        LayerReport<T> plain = base.Report(batch, steps);
        return plain with { TapeBytes = plain.TapeBytes + LayerReport<T>.Bytes(StatisticsLength(batch, steps)) };
    }

    /// <inheritdoc/>
    protected override unsafe void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var tape = (NormalizationPass)pass;
        CapturedInput<T> x = pass.Captured();
        tape.Statistics.Require(StatisticsLength(x.Batch, x.Shape.Steps));
        pass.Begin(Normalize(x.Values, x.Batch, x.Shape.Steps, x.Lengths, Prepare(pass, x), tape.Statistics.Span));
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var x = new CapturedInput<T>(input, InputSize);
        Normalize(x.Values, x.Batch, x.Shape.Steps, x.Lengths, output.ValuesFor(OutputShape(x)), default);
    }

    /// <inheritdoc/>
    protected override void RunStep(StepInput<T> input, State<T> state, Span<T> output) => Normalize(input.FeatureSpan, output.Length / OutputSize, 1, default, output, default);

    /// <inheritdoc/>
    protected override unsafe void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        CapturedInput<T> input = pass.Captured();
        PackedNormalization packed = _packs.Acquire();
        try
        {
            if (packed.Version != pass.Version)
                throw new ArgumentException("Expected a pass made with the current parameters, but a parameter changed during the call.", nameof(pass));
            Span<T> dx = gradients.PrepareInput(input, inputGradient);
            Span<T> gainGradient = gradients.Begin(0, accumulate), biasGradient = gradients.Begin(1, accumulate);
            gainGradient.Clear();
            biasGradient.Clear();
            dx.Clear();

            // The sums of a block, or of all columns.
            bool inBlocks = ColumnSum.IsInBlocks(input.Columns);
            BlockSums? scratch = inBlocks ? (BlockSums)(gradients.Scratch ??= new BlockSums()) : null;
            Span<T> gainSum = scratch is null || gainGradient.IsEmpty ? gainGradient : Zeros(scratch.Gain);
            Span<T> biasSum = scratch is null || biasGradient.IsEmpty ? biasGradient : Zeros(scratch.Bias);
            int left = ColumnSum.Block;
            fixed (T* x = input.Values, target = dx, dg = gainSum, db = biasSum)
            fixed (T* dy = outputGradient is null ? default : outputGradient.ValuesFor(OutputShape(input)), statistics = ((NormalizationPass)pass).Statistics.Span)
            {
                for (int t = 0; dy != null && t < input.Shape.Steps; t++)
                {
                    for (int j = 0; j < input.Batch; j++)
                    {
                        if (t >= input.LengthOf(j)) continue;
                        int column = j + input.Batch * t, at = column * InputSize;
                        _kernels.Backward(x + at, (statistics[2 * column], statistics[2 * column + 1]), packed.Gain.Pointer, dy + at, InputSize, target == null ? null : target + at, dg, db);
                        if (!inBlocks || --left > 0) continue;
                        AddBlock(gainSum, gainGradient);
                        AddBlock(biasSum, biasGradient);
                        left = ColumnSum.Block;
                    }
                }
            }

            if (inBlocks) AddBlock(gainSum, gainGradient);
            if (inBlocks) AddBlock(biasSum, biasGradient);
            gradients.End();
        }
        finally
        {
            packed.Release();
        }
    }

    internal override BoundStep<T> Bind(State<T> state, int batch) => new NormalizationStep(this, batch);

    /// <summary>Whether ε is above 0 and finite in both types, so that a model can be converted to the other.</summary>
    internal static bool Allows(double epsilon) => (float)epsilon > 0 && float.IsFinite((float)epsilon);

    /// <summary>Normalizes every column that is not padding, sets the others to zero, and returns the version of the parameters.</summary>
    /// <param name="input">[step][example][feature].</param>
    /// <param name="batch">Examples.</param>
    /// <param name="steps">Steps.</param>
    /// <param name="lengths">The length of each example, or empty.</param>
    /// <param name="output">[step][example][feature].</param>
    /// <param name="statistics">[step][example][mean, 1 / √(σ² + ε)], or empty.</param>
    private long Normalize(ReadOnlySpan<T> input, int batch, int steps, ReadOnlySpan<int> lengths, Span<T> output, Span<T> statistics)
    {
        PackedNormalization packed = _packs.Acquire();
        try
        {
            Normalize(packed, input, batch, steps, lengths, output, statistics);
            return packed.Version;
        }
        finally
        {
            packed.Release();
        }
    }

    private unsafe void Normalize(PackedNormalization packed, ReadOnlySpan<T> input, int batch, int steps, ReadOnlySpan<int> lengths, Span<T> output, Span<T> statistics)
    {
        fixed (T* x = input, y = output)
        {
            for (int t = 0; t < steps; t++)
            {
                for (int j = 0; j < batch; j++)
                {
                    int column = j + batch * t, at = column * InputSize;
                    if (!lengths.IsEmpty && t >= lengths[j])
                    {
                        output.Slice(at, InputSize).Clear();
                        continue;
                    }

                    (T mean, T inverse) = _kernels.Forward(x + at, packed.Gain.Pointer, packed.Bias.Pointer, InputSize, _epsilon, y + at);
                    if (!statistics.IsEmpty) (statistics[2 * column], statistics[2 * column + 1]) = (mean, inverse);
                }
            }
        }
    }

    private unsafe Span<T> Zeros(AlignedBuffer<T> buffer)
    {
        buffer.RequireZero(InputSize);
        return buffer.Span;
    }

    /// <summary>Adds the sums of a block to those of the blocks before it, and starts the next block.</summary>
    private static void AddBlock(Span<T> sums, Span<T> gradient)
    {
        Elementwise.Add(gradient, sums);
        sums.Clear();
    }

    private unsafe void Pack(PackedNormalization target)
    {
        target.Gain.Require(InputSize);
        target.Bias.Require(InputSize);
        Gain.Values.CopyTo(target.Gain.Span);
        Bias.Values.CopyTo(target.Bias.Span);
    }

    /// <summary>Two numbers per example and step.</summary>
    private static long StatisticsLength(int batch, int steps) => 2L * batch * steps;

    private sealed class NormalizationStep(LayerNormalizationLayer<T> layer, int batch) : BoundStep<T>(takesTokens: false, takesFeatures: true)
    {
        private readonly HeldPack<T, PackedNormalization> _weights = new(layer._packs);

        public override void Run(StepInput<T> input, Span<T> output)
        {
            layer.Normalize(_weights.Current(), input.FeatureSpan, batch, 1, default, output, default);
            GC.KeepAlive(this);
        }
    }

    private sealed class NormalizationPass(LayerNormalizationLayer<T> layer) : ForwardPass<T>(layer)
    {
        /// <summary>[step][example][mean, 1 / √(σ² + ε)].</summary>
        public AlignedBuffer<T> Statistics { get; } = new();
    }

    /// <summary>The gradients of a block of columns; kept with the gradients.</summary>
    private sealed class BlockSums
    {
        public AlignedBuffer<T> Gain { get; } = new();

        public AlignedBuffer<T> Bias { get; } = new();
    }

    private sealed class PackedNormalization : PackedSnapshot
    {
        /// <summary>[feature].</summary>
        public AlignedBuffer<T> Gain { get; } = new();

        /// <summary>[feature].</summary>
        public AlignedBuffer<T> Bias { get; } = new();
    }
}
