using System.Buffers;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Many to one: reduces each example's own steps to one, for example to classify whole sequences. The output is size × batch × 1 without
/// lengths; padding is ignored. An example of length 0 gives zeros and gets no gradient. The layer does not accept tokens.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class PoolingLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The steps of a block that is summed in the precision of T.
    private const int BlockSteps = 128;

    /// <summary>Creates a layer.</summary>
    /// <param name="size">Features of the input and of the output, at least 1.</param>
    /// <param name="kind">The last step, or the mean or the maximum of each feature.</param>
    /// <exception cref="ArgumentException">The size or the kind is out of range, or T is neither float nor double.</exception>
    public PoolingLayer(int size, Pooling kind)
        : base(Check.Positive(size), size)
    {
        if (kind is not (Pooling.Last or Pooling.Mean or Pooling.Max)) throw new ArgumentOutOfRangeException(nameof(kind), kind, $"Expected Last, Mean or Max, got {kind}.");
        Kind = kind;
    }

    /// <summary>How the steps are reduced. The gradient of a maximum goes to the first step that has it; NaN counts as the largest, as in PyTorch.</summary>
    public Pooling Kind { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters => [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames => [];

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new PoolingPass(this);

    /// <inheritdoc/>
    protected override int? OutputSteps(int inputSteps) => 1;

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        LayerReport<T> plain = base.Report(batch, steps);
        return (plain with { TapeBytes = plain.TapeBytes + (Kind == Pooling.Max ? (long)sizeof(int) * InputSize * batch : 0) }).With(Kind.ToString().ToLowerInvariant());
    }

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        CapturedInput<T> x = pass.Captured();
        Pool(x, Prepare(pass, x), ((PoolingPass)pass).RequireSources(InputSize * x.Batch, Kind));
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var x = new CapturedInput<T>(input, InputSize);
        Pool(x, output.ValuesFor(OutputShape(x)), default);
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        CapturedInput<T> input = pass.Captured();
        int batch = input.Batch;
        Span<T> dx = gradients.PrepareInput(input, inputGradient);
        dx.Clear();
        if (dx.IsEmpty || outputGradient is null) return;
        ReadOnlySpan<T> outputGradients = outputGradient.ValuesFor(OutputShape(input));
        for (int j = 0; j < batch; j++)
        {
            int length = input.LengthOf(j);
            ReadOnlySpan<T> dy = outputGradients.Slice(j * InputSize, InputSize);
            if (length == 0) continue;
            switch (Kind)
            {
                case Pooling.Last:
                    dy.CopyTo(Column(dx, batch, j, length - 1));
                    break;
                case Pooling.Mean:
                    Span<T> share = Column(dx, batch, j, 0);
                    dy.CopyTo(share);
                    Elementwise.Scale(share, T.One / T.CreateTruncating(length));
                    for (int t = 1; t < length; t++) share.CopyTo(Column(dx, batch, j, t));
                    break;
                default:
                    ReadOnlySpan<int> sources = ((PoolingPass)pass).Sources.Slice(j * InputSize, InputSize);
                    for (int i = 0; i < sources.Length; i++) Column(dx, batch, j, sources[i])[i] = dy[i];
                    break;
            }
        }
    }

    private Span<T> Column(Span<T> values, int batch, int example, int step) => values.Slice((step * batch + example) * InputSize, InputSize);

    private ReadOnlySpan<T> Column(in CapturedInput<T> input, int example, int step) => input.Values.Slice((step * input.Batch + example) * InputSize, InputSize);

    /// <param name="input">Features × batch × steps.</param>
    /// <param name="output">Features × batch × 1.</param>
    /// <param name="sources">[example][feature]: the step that each maximum comes from; or empty.</param>
    private void Pool(in CapturedInput<T> input, Span<T> output, Span<int> sources)
    {
        for (int j = 0; j < input.Batch; j++)
        {
            int length = input.LengthOf(j);
            Span<T> y = output.Slice(j * InputSize, InputSize);
            if (length == 0)
            {
                y.Clear();
                continue;
            }

            Column(input, j, Kind == Pooling.Last ? length - 1 : 0).CopyTo(y);
            if (Kind == Pooling.Mean)
            {
                SumSteps(input, j, length, y);
                Elementwise.Scale(y, T.One / T.CreateTruncating(length));
            }
            else if (Kind == Pooling.Max)
            {
                Span<int> from = sources.IsEmpty ? default : sources.Slice(j * InputSize, InputSize);
                from.Clear();
                for (int t = 1; t < length; t++) TakeLarger(y, Column(input, j, t), t, from);
            }
        }
    }

    /// <summary>Adds the steps after the first. Long sequences are summed in blocks, and the blocks in double precision, because a large sum rounds small addends away.</summary>
    private void SumSteps(in CapturedInput<T> input, int example, int length, Span<T> sum)
    {
        for (int t = 1; t < Math.Min(length, BlockSteps); t++) Elementwise.Add(sum, Column(input, example, t));
        if (length <= BlockSteps) return;
        T[] block = ArrayPool<T>.Shared.Rent(sum.Length);
        double[] total = ArrayPool<double>.Shared.Rent(sum.Length);
        for (int i = 0; i < sum.Length; i++) total[i] = double.CreateChecked(sum[i]);
        for (int first = BlockSteps; first < length; first += BlockSteps)
        {
            Span<T> part = block.AsSpan(0, sum.Length);
            Column(input, example, first).CopyTo(part);
            for (int t = first + 1; t < Math.Min(length, first + BlockSteps); t++) Elementwise.Add(part, Column(input, example, t));
            for (int i = 0; i < part.Length; i++) total[i] += double.CreateChecked(part[i]);
        }

        for (int i = 0; i < sum.Length; i++) sum[i] = T.CreateChecked(total[i]);
        ArrayPool<T>.Shared.Return(block);
        ArrayPool<double>.Shared.Return(total);
    }

    private static void TakeLarger(Span<T> largest, ReadOnlySpan<T> x, int step, Span<int> from)
    {
        for (int i = 0; i < x.Length; i++)
        {
            // A NaN fails the comparison, so it is taken, and then it stays.
            if (x[i] <= largest[i] || T.IsNaN(largest[i])) continue;
            largest[i] = x[i];
            if (!from.IsEmpty) from[i] = step;
        }
    }

    private sealed class PoolingPass(PoolingLayer<T> layer) : ForwardPass<T>(layer)
    {
        private int[] _sources = [];

        /// <summary>[example][feature]: the step that a maximum comes from.</summary>
        public ReadOnlySpan<int> Sources => _sources;

        /// <summary>Memory for the steps that maxima come from; empty for other kinds of pooling.</summary>
        public Span<int> RequireSources(int count, Pooling kind)
        {
            if (kind != Pooling.Max) return default;
            if (_sources.Length < count) _sources = new int[count];
            return _sources.AsSpan(0, count);
        }
    }
}
