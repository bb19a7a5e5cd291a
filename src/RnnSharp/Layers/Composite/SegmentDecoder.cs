using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// The decoder of a <see cref="SegRnnLayer{T}"/>: from an h for each series (example and column, columns first), one step of the encoder's own
/// gated recurrent unit for each segment of the output, whose input is a learned embedding of the segment's position and of the column;
/// dropout follows. Input Units × series × 1, output Units × series × positions.
/// </summary>
internal sealed class SegmentDecoder<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Gates = SegmentCells<T>.Gates;

    // Series whose recurrent product stays in the cache until their equations have read it.
    private const int Chunk = 96;

    // The cycles that the equations take per vector of units.
    private const double ForwardCycles = 40;
    private const double BackwardCycles = 60;

    private readonly PanelKernels<T> _kernels = PanelKernels<T>.Instance;
    private readonly PanelLayout _layout;
    private readonly PanelLayout _transposedLayout;
    private readonly PackCache<T, PackedDecoder> _packs;
    private readonly GruWeights _gru;
    private readonly int _columns;
    private readonly int _positions;
    private readonly double _dropout;
    private readonly int _seed;

    /// <param name="gru">The recurrent layer, with separate biases.</param>
    /// <param name="columns">The columns of the series.</param>
    /// <param name="positions">The segments of the output.</param>
    /// <param name="columnEmbedding">Whether a half of the embedding is the column's.</param>
    /// <param name="dropout">The probability of a zero.</param>
    /// <param name="seed">The seed of the masks.</param>
    /// <param name="random">Draws the embedding.</param>
    public SegmentDecoder(Recurrent.GruLayer<T> gru, int columns, int positions, bool columnEmbedding, double dropout, int seed, Random random)
        : base(gru.HiddenSize, gru.HiddenSize)
    {
        int units = gru.HiddenSize;
        _gru = new GruWeights(gru.InputWeights, gru.RecurrentWeights, gru.InputBias!, gru.HiddenBias!);
        (_columns, _positions, _dropout, _seed) = (columns, positions, dropout, seed);
        PositionEmbedding = new Parameter<T>("pos_emb", positions, columnEmbedding ? units / 2 : units);
        Initializers.Normal(PositionEmbedding, 1, random);
        if (columnEmbedding) Initializers.Normal(ColumnEmbedding = new Parameter<T>("channel_emb", columns, units / 2), 1, random);
        _layout = PanelLayout.ForRows(Gates * units, _kernels.VectorLength);
        _transposedLayout = PanelLayout.ForRows(units, _kernels.VectorLength);
        Parameters = [_gru.Input, _gru.Recurrent, _gru.InputBias, _gru.HiddenBias, PositionEmbedding, .. ColumnEmbedding is null ? (Parameter<T>[])[] : [ColumnEmbedding]];
        _packs = new PackCache<T, PackedDecoder>([.. Parameters], Pack, PackTransposed);
    }

    /// <summary>A row for each position.</summary>
    public Parameter<T> PositionEmbedding { get; }

    /// <summary>A row for each column, or null.</summary>
    public Parameter<T>? ColumnEmbedding { get; }

    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>Rows of the embedding's two parts: positions, then columns.</summary>
    private int Rows => _positions + (ColumnEmbedding is null ? 0 : _columns);

    protected override bool TakesTokens => false;

    /// <summary>The elements of a pass's own memory, besides the output and the words of a mask.</summary>
    public static Int128 TapeElements(int units, int series) => (Int128)Gates * units * series;

    /// <summary>The bytes of a mask; 0 without dropout.</summary>
    public Int128 MaskBytes(int series) => _dropout == 0 ? 0 : (Int128)sizeof(ulong) * MaskWords(series);

    protected override int? OutputSteps(int inputSteps) => _positions;

    protected override ForwardPass<T> CreatePassCore() => new DecoderPass(this);

    protected override unsafe void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var tape = (DecoderPass)pass;
        CapturedInput<T> h = pass.Captured();
        Span<T> output = Prepare(pass, h);
        if (_dropout > 0) tape.DrawMask(_seed, _dropout, MaskWords(h.Batch));
        pass.Begin(Decode(h, tape.Products, tape.Dropped, output));
        GC.KeepAlive(tape);
    }

    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var h = new CapturedInput<T>(input, InputSize);
        Decode(h, ScratchOf<PredictScratch>(state).Products, default, output.ValuesFor(OutputShape(h)));
    }

    protected override unsafe void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var tape = (DecoderPass)pass;
        CapturedInput<T> h = pass.Captured();
        int units = InputSize, series = h.Batch, rows = Gates * units;
        Check.ArrayLength(_layout.Panels * (long)_layout.Width * Math.Max(series, Rows) + AlignedBuffer<T>.Slack, nameof(pass));
        PackedDecoder packed = _packs.Acquire();
        try
        {
            if (packed.Version != pass.Version || !_packs.EnsureTransposed(packed))
                throw new ArgumentException("Expected a pass made with the current parameters, but a parameter changed during the call.", nameof(pass));
            DecoderScratch scratch = ScratchOf<DecoderScratch>(gradients);
            Span<T> hidden = gradients.PrepareInput(h, wanted: true);
            Span<T> input = gradients.Begin(0, accumulate), recurrent = gradients.Begin(1, accumulate), inputBias = gradients.Begin(2, accumulate), hiddenBias = gradients.Begin(3, accumulate);
            double cycles = _kernels.Cycles(2.0 * rows * units * series) + (double)series * _positions * units / _kernels.VectorLength * BackwardCycles;
            int members = Team.SizeFor(cycles), gather = _kernels.GatherLength(units, Math.Max(series, Rows));
            fixed (T* x = h.Values, dh = hidden, dwi = input, dwh = recurrent, dbi = inputBias, dbh = hiddenBias)
            fixed (T* dy = outputGradient!.ValuesFor(OutputShape(h)))
            fixed (ulong* dropped = tape.Dropped)
            {
                T* sides = scratch.Inputs.Require((long)Rows * rows);
                var work = new BackwardWork
                {
                    Decoder = this,
                    Packed = packed,
                    Series = series,
                    Cells = CellsOf(packed, series, x, tape.Products.Pointer, dropped),
                    Cell = new SegmentCellGradients<T>
                    {
                        Columns = _columns,
                        Output = dy,
                        Recurrent = scratch.Recurrent.Require((long)series * rows),
                        Hidden = dh,
                        Positions = sides,
                        PerColumn = ColumnEmbedding is null ? null : sides + (nint)_positions * rows,
                        Sums = scratch.Sums.Require((long)_positions * rows),
                    },
                    RecurrentPanels = scratch.RecurrentPanels.Require((long)_layout.Panels * _layout.Width * series),
                    InputPanels = scratch.InputPanels.Require((long)_layout.Panels * _layout.Width * Rows),
                    Embedding = scratch.Embedding.Require((long)Rows * units),
                    InputGradient = dwi,
                    RecurrentGradient = dwh,
                    InputBiasGradient = dbi,
                    HiddenBiasGradient = dbh,
                    Gathered = scratch.Gathered.Require((long)gather * members),
                    GatherLength = gather,
                };
                Team.Run(ref work, members, cycles);
            }

            CopyEmbedding(scratch.Embedding.Span, 0, gradients.Begin(4, accumulate), _positions);
            if (ColumnEmbedding is not null) CopyEmbedding(scratch.Embedding.Span[(_positions * units)..], units / 2, gradients.Begin(5, accumulate), _columns);
            gradients.End();
            GC.KeepAlive(tape);
        }
        finally
        {
            packed.Release();
        }
    }

    /// <summary>Computes h after the step of every position, and the recurrent product. Returns the version of the parameters.</summary>
    private unsafe long Decode(in CapturedInput<T> hidden, AlignedBuffer<T> products, ReadOnlySpan<ulong> dropped, Span<T> output)
    {
        int units = InputSize, series = hidden.Batch;
        PackedDecoder packed = _packs.Acquire();
        try
        {
            double cycles = _kernels.Cycles((double)Gates * units * units * series) + (double)series * _positions * units / _kernels.VectorLength * ForwardCycles;
            fixed (T* h = hidden.Values, y = output)
            fixed (ulong* bits = dropped)
            {
                T* sums = products.Require((long)series * Gates * units);
                var work = new ForwardWork { Decoder = this, Packed = packed, Cells = CellsOf(packed, series, h, sums, bits), Output = y };
                Team.Share(ref work, series, cycles);
            }

            return packed.Version;
        }
        finally
        {
            packed.Release();
        }
    }

    private unsafe SegmentCells<T> CellsOf(PackedDecoder packed, int series, T* hidden, T* products, ulong* dropped) => new()
    {
        Units = InputSize,
        Series = series,
        Columns = ColumnEmbedding is null ? 1 : _columns,
        Positions = _positions,
        Hidden = hidden,
        Recurrent = products,
        Embedded = packed.Embedded.Pointer,
        Dropped = dropped,
        Scale = T.CreateChecked(1 / (1 - _dropout)),
    };

    private unsafe void RunForward(in ForwardWork work, TeamMember member)
    {
        int units = InputSize, series = work.Cells.Series, end = (int)((long)series * (member.Rank + 1) / member.Count);
        var weights = new PanelSide<T>(work.Packed.Recurrent.Pointer, (nint)units * _layout.Width, _layout.Width);
        var data = new ColumnSide<T>(work.Cells.Hidden, units, 1, units);
        for (int first = (int)((long)series * member.Rank / member.Count); first < end; first += Chunk)
        {
            int next = Math.Min(first + Chunk, end);
            _kernels.Product(_layout, Gates * units, weights, work.Packed.HiddenBias.Pointer, data, new Share(0, _layout.Panels, first, next), work.Cells.Recurrent, add: false);
            work.Cells.Forward(first, next, work.Output);
        }
    }

    private unsafe void RunBackward(in BackwardWork work, TeamMember member)
    {
        int units = InputSize, rows = Gates * units, width = _layout.Width, series = work.Series;
        work.Cells.Backward(member, work.Cell);
        if (!member.WaitForAll()) return;
        Share packing = TeamGrid.Share(member, _layout.Panels, 1);
        if (work.RecurrentGradient != null || work.HiddenBiasGradient != null) _kernels.Pack(_layout, work.Cell.Recurrent, rows, series, work.RecurrentPanels, packing.FirstPanel, packing.EndPanel);
        _kernels.Pack(_layout, work.Cell.Positions, rows, Rows, work.InputPanels, packing.FirstPanel, packing.EndPanel);
        if (!member.WaitForAll()) return;

        PanelLayout transposed = _transposedLayout;
        nint depth = (nint)rows * transposed.Width;
        T* gathered = work.Gathered + (nint)member.Rank * work.GatherLength;
        _kernels.Product(transposed, units, new PanelSide<T>(work.Packed.RecurrentTransposed.Pointer, depth, transposed.Width), null, new ColumnSide<T>(work.Cell.Recurrent, rows, 1, rows), TeamGrid.Share(member, transposed.Panels, series), work.Cell.Hidden, add: true);
        _kernels.Product(transposed, units, new PanelSide<T>(work.Packed.InputTransposed.Pointer, depth, transposed.Width), null, new ColumnSide<T>(work.Cell.Positions, rows, 1, rows), TeamGrid.Share(member, transposed.Panels, Rows), work.Embedding, add: false);

        bool inBlocks = ColumnSum.IsInBlocks(series);
        var recurrent = new PanelSide<T>(work.RecurrentPanels, (nint)series * width, width);
        var input = new PanelSide<T>(work.InputPanels, (nint)Rows * width, width);
        if (work.RecurrentGradient != null) _kernels.InputWeightGradient(member, _layout, rows, recurrent, work.Cells.Hidden, null, series, units, work.RecurrentGradient, add: false, gathered, inBlocks);
        if (work.InputGradient != null) _kernels.InputWeightGradient(member, _layout, rows, input, work.Packed.Embedding.Pointer, null, Rows, units, work.InputGradient, add: false, gathered, ColumnSum.IsInBlocks(Rows));
        if (work.HiddenBiasGradient != null) _kernels.BiasGradient(member, _layout, rows, recurrent, series, work.HiddenBiasGradient, add: false, inBlocks);
        if (work.InputBiasGradient != null) _kernels.BiasGradient(member, _layout, rows, input, _positions, work.InputBiasGradient, add: false, inBlocks: false);
    }

    /// <summary>Copies [row][unit], from a unit on, to a parameter's gradient, [unit][row].</summary>
    private void CopyEmbedding(ReadOnlySpan<T> source, int first, Span<T> target, int rows)
    {
        for (int i = 0; i < target.Length; i++) target[i] = source[i % rows * InputSize + first + i / rows];
    }

    private long MaskWords(int series) => (long)SegmentCells<T>.Words(InputSize) * series * _positions;

    /// <summary>Packs the weights, and computes the input side of the step for every column and position.</summary>
    private unsafe void Pack(PackedDecoder target)
    {
        int units = InputSize, rows = Gates * units, half = PositionEmbedding.Columns;
        _kernels.Pack(_layout, _gru.Recurrent.Values, rows, units, target.Recurrent.Require((long)_layout.Panels * _layout.Width * units));
        _kernels.Pack(_layout, _gru.HiddenBias.Values, rows, 1, target.HiddenBias.Require((long)_layout.Panels * _layout.Width));

        // The rows of positions have zeros in the columns' half, and the other way round, so that a product gives the two parts of every sum.
        T* embedding = target.Embedding.RequireZero((long)Rows * units);
        for (int i = 0; i < PositionEmbedding.Count; i++) embedding[i % _positions * units + i / _positions] = PositionEmbedding.Values[i];
        for (int i = 0; ColumnEmbedding is not null && i < ColumnEmbedding.Count; i++) embedding[(_positions + i % _columns) * units + half + i / _columns] = ColumnEmbedding.Values[i];
        T* panels = target.Input.Require((long)_layout.Panels * _layout.Width * units), sides = target.Sides.Require((long)Rows * rows);
        _kernels.Pack(_layout, _gru.Input.Values, rows, units, panels);
        _kernels.ProductTogether(_layout, rows, new PanelSide<T>(panels, (nint)units * _layout.Width, _layout.Width), null, new ColumnSide<T>(embedding, units, 1, units), Rows, sides);
        int columns = ColumnEmbedding is null ? 1 : _columns;
        target.Embedded.Require((long)columns * _positions * rows);
        for (int i = 0; i < _positions; i++)
        {
            Span<T> side = target.Sides.Span.Slice(i * rows, rows);
            Elementwise.Add(side, _gru.InputBias.Values);
            for (int c = 0; c < columns; c++)
            {
                Span<T> sum = target.Embedded.Span.Slice((c * _positions + i) * rows, rows);
                if (ColumnEmbedding is null) side.CopyTo(sum);
                else Elementwise.Add(side, target.Sides.Span.Slice((_positions + c) * rows, rows), sum);
            }
        }
    }

    private unsafe void PackTransposed(PackedDecoder target)
    {
        long length = (long)_layout.Rows * _transposedLayout.Panels * _transposedLayout.Width;
        PanelKernels<T>.PackTransposed(_layout, _gru.Recurrent.Values, _layout.Rows, _transposedLayout, target.RecurrentTransposed.Require(length));
        PanelKernels<T>.PackTransposed(_layout, _gru.Input.Values, _layout.Rows, _transposedLayout, target.InputTransposed.Require(length));
    }

    private sealed record GruWeights(Parameter<T> Input, Parameter<T> Recurrent, Parameter<T> InputBias, Parameter<T> HiddenBias);

    private unsafe struct ForwardWork : ITeamWork
    {
        public SegmentDecoder<T> Decoder;
        public PackedDecoder Packed;
        public SegmentCells<T> Cells;

        /// <summary>[position][series][unit].</summary>
        public T* Output;

        public readonly void Run(TeamMember member) => Decoder.RunForward(this, member);
    }

    private unsafe struct BackwardWork : ITeamWork
    {
        public SegmentDecoder<T> Decoder;
        public PackedDecoder Packed;
        public int Series;
        public SegmentCells<T> Cells;
        public SegmentCellGradients<T> Cell;

        /// <summary>The gradient of the recurrent product: [panel][series][vector][lane].</summary>
        public T* RecurrentPanels;

        /// <summary>That of the input side: [panel][row][vector][lane].</summary>
        public T* InputPanels;

        /// <summary>That of the embedding: [row][unit].</summary>
        public T* Embedding;

        /// <summary>[unit][row of the weights], or null.</summary>
        public T* InputGradient;

        /// <summary>[unit][row of the weights], or null.</summary>
        public T* RecurrentGradient;

        /// <summary>[row of the weights], or null.</summary>
        public T* InputBiasGradient;

        /// <summary>[row of the weights], or null.</summary>
        public T* HiddenBiasGradient;

        /// <summary>[member][…]: scratch in which a product gathers its columns.</summary>
        public T* Gathered;

        public int GatherLength;

        public readonly void Run(TeamMember member) => Decoder.RunBackward(this, member);
    }

    private sealed class DecoderPass(SegmentDecoder<T> layer) : ForwardPass<T>(layer)
    {
        private readonly DropoutBits _bits = new();

        /// <summary>The recurrent product: [series][gate][unit].</summary>
        public AlignedBuffer<T> Products { get; } = new();

        /// <summary>[position][series][word]; empty without dropout.</summary>
        public ReadOnlySpan<ulong> Dropped => _bits.Dropped;

        public void DrawMask(int seed, double rate, long words) => _bits.Draw(seed, Draw, rate, words);
    }

    private sealed class PredictScratch
    {
        /// <summary>The recurrent product: [series][gate][unit].</summary>
        public AlignedBuffer<T> Products { get; } = new();
    }

    /// <summary>The memory of Backward; see the work.</summary>
    private sealed class DecoderScratch
    {
        public AlignedBuffer<T> Recurrent { get; } = new();

        public AlignedBuffer<T> RecurrentPanels { get; } = new();

        public AlignedBuffer<T> Inputs { get; } = new();

        public AlignedBuffer<T> InputPanels { get; } = new();

        public AlignedBuffer<T> Sums { get; } = new();

        public AlignedBuffer<T> Embedding { get; } = new();

        public AlignedBuffer<T> Gathered { get; } = new();
    }

    private sealed class PackedDecoder : PackedSnapshot
    {
        /// <summary>[panel][unit][vector][lane].</summary>
        public AlignedBuffer<T> Recurrent { get; } = new();

        /// <summary>[panel][vector][lane].</summary>
        public AlignedBuffer<T> HiddenBias { get; } = new();

        /// <summary>[panel][unit][vector][lane].</summary>
        public AlignedBuffer<T> Input { get; } = new();

        /// <summary>The positions, then the columns: [row][unit], with zeros in the other's half.</summary>
        public AlignedBuffer<T> Embedding { get; } = new();

        /// <summary>The product of the input weights with each of these, to that of a position the bias is added: [row][gate][unit].</summary>
        public AlignedBuffer<T> Sides { get; } = new();

        /// <summary>The input side of the step: [column][position][gate][unit].</summary>
        public AlignedBuffer<T> Embedded { get; } = new();

        /// <summary>[panel of units][gate][unit][vector][lane].</summary>
        public AlignedBuffer<T> RecurrentTransposed { get; } = new();

        /// <summary>[panel of units][gate][unit][vector][lane].</summary>
        public AlignedBuffer<T> InputTransposed { get; } = new();
    }
}
