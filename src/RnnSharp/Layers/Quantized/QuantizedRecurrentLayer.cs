using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Layers;

/// <summary>
/// A recurrent layer with quantized weights: the equations and options of the layer that was quantized, applied to sums of quantized
/// products. Its states are those of that layer.
/// </summary>
internal sealed unsafe class QuantizedRecurrentLayer : QuantizedLayer
{
    // 4 columns of 4 vectors of 512 bits.
    private const int TileLength = 256;

    private readonly QuantizedCell _cell;
    private readonly PanelLayout _sums;
    private readonly QuantizedMatrix _input;
    private readonly QuantizedMatrix _hidden;
    private readonly QuantizedMatrix? _projection;
    private readonly AffineProduct? _project;
    private readonly PaddedVector? _bias;
    private readonly PaddedVector? _unitWeights;

    /// <summary>Creates a layer of zeros.</summary>
    /// <param name="type">How the weights are stored.</param>
    /// <param name="prototype">A layer of the same kind and options, of any size.</param>
    /// <param name="inputSize">Features of the input.</param>
    /// <param name="hiddenSize">Units.</param>
    /// <param name="stateSize">Features of h.</param>
    public QuantizedRecurrentLayer(QuantizedType type, RecurrentLayer<float> prototype, int inputSize, int hiddenSize, int stateSize)
        : base(type, inputSize, stateSize)
    {
        Prototype = prototype;
        HiddenSize = hiddenSize;
        _cell = QuantizedCell.Of(prototype);
        CellSpec spec = _cell.Spec;
        _input = new QuantizedMatrix(type, hiddenSize, inputSize, spec.InputBlocks);
        _hidden = new QuantizedMatrix(type, hiddenSize, stateSize, spec.HiddenBlocks);
        _sums = new PanelLayout(hiddenSize, _input.VectorLength, _input.Layout.UnitVectors, [.. Enumerable.Range(0, _cell.Sums)]);
        int padded = _sums.Panels * _sums.UnitVectors * _sums.VectorLength;
        var tensors = new List<HeldTensor>();
        tensors.AddRange(_input.Tensors(RecurrentTensors.Input));
        tensors.AddRange(_hidden.Tensors(RecurrentTensors.Hidden));
        if (prototype.Options.Bias != RecurrentBias.None) tensors.Add(_bias = new PaddedVector(RecurrentTensors.Bias, hiddenSize, _cell.Sums, padded));
        if (_cell.UnitWeights > 0) tensors.Add(_unitWeights = new PaddedVector(RecurrentTensors.UnitWeights, hiddenSize, _cell.UnitWeights, padded));
        if (prototype.ProjectionWeights is not null)
        {
            _projection = new QuantizedMatrix(type, stateSize, hiddenSize, [0]);
            _project = new AffineProduct(_projection, null);
            tensors.AddRange(_projection.Tensors(RecurrentTensors.Projection));
        }

        HeldTensors = tensors;
    }

    /// <summary>Quantizes a layer.</summary>
    public QuantizedRecurrentLayer(QuantizedType type, RecurrentLayer<float> prototype, RecurrentLayer<float> layer)
        : this(type, prototype, layer.InputSize, layer.HiddenSize, layer.OutputSize)
    {
        _input.Fill(layer.InputWeights.Values);
        _hidden.Fill(layer.RecurrentWeights.Values);
        if (layer.ProjectionWeights is { } projection) _projection!.Fill(projection.Values);
        if (layer.UnitWeights is { } unitWeights) _unitWeights!.Fill(unitWeights.Values);
        if (_bias is not null) FillBias(layer);
    }

    /// <summary>A small layer of the same kind and options.</summary>
    public RecurrentLayer<float> Prototype { get; }

    /// <summary>The number of units.</summary>
    public int HiddenSize { get; }

    public override long Bytes => _input.Bytes + _hidden.Bytes + (_projection?.Bytes ?? 0) + (_bias?.Bytes ?? 0) + (_unitWeights?.Bytes ?? 0);

    public override IReadOnlyList<HeldTensor> HeldTensors { get; }

    // The projection of the prototype has another size.
    protected override string Kind => Prototype.Options is LstmOptions { ProjectionSize: not null } lstm
        ? $"{LayerReport<float>.KindOf(Prototype)} ({string.Join(", ", (lstm with { ProjectionSize = OutputSize }).Words())})"
        : LayerReport<float>.Of(Prototype, 1, 1).Kind;

    protected override long MultiplyAdds => (long)_input.Rows * _input.Columns + (long)_hidden.Rows * _hidden.Columns + (_projection is null ? 0 : (long)OutputSize * HiddenSize);

    private double Cycles => _input.Cycles + _hidden.Cycles + 64.0 * _sums.Panels;

    public override State<float> CreateState(int batch) => _cell.HasCellState
        ? new State<float>(batch, ("h", OutputSize), ("c", HiddenSize))
        : new State<float>(batch, ("h", OutputSize));

    protected override void RunPredict(Sequence<float> input, State<float> state, Sequence<float> output)
    {
        Scratch scratch = ScratchOf<Scratch>(state);
        var captured = new CapturedInput<float>(input, InputSize, scratch.Lengths);
        int batch = captured.Batch, steps = captured.LongestLength();
        Span<float> values = output.ValuesFor(OutputShape(captured));
        Span<float> hidden = state.Leaves[0].ValuesFor(batch), cell = _cell.HasCellState ? state.Leaves[1].ValuesFor(batch) : default;
        fixed (float* x = captured.Values, y = values, h = hidden, c = cell)
        fixed (int* tokens = captured.Tokens, lengths = captured.Lengths)
        {
            var run = new CellRun { Hidden = h, Cell = c, Output = y, Lengths = lengths };
            for (; run.Step < steps; run.Step++)
            {
                nint column = (nint)run.Step * batch;
                Advance(x == null ? null : x + column * InputSize, captured.IsTokens ? tokens + column : null, batch, run, scratch);
                run.Hidden = run.Output;
                run.Output += (nint)batch * OutputSize;
            }
        }

        values[(steps * batch * OutputSize)..].Clear();
        for (int j = 0; j < batch; j++)
        {
            int length = captured.LengthOf(j);
            if (length > 0) values.Slice(((length - 1) * batch + j) * OutputSize, OutputSize).CopyTo(hidden[(j * OutputSize)..]);
        }
    }

    protected override void RunStep(StepInput<float> input, State<float> state, Span<float> output)
    {
        int batch = output.Length / OutputSize;
        Span<float> hidden = state.LeafArray[0].ValuesFor(batch), cell = _cell.HasCellState ? state.LeafArray[1].ValuesFor(batch) : default;
        fixed (float* x = input.FeatureSpan, y = output, h = hidden, c = cell)
        fixed (int* tokens = input.TokenSpan) Advance(x, input.IsTokens ? tokens : null, batch, new CellRun { Hidden = h, Cell = c, Output = y }, ScratchOf<Scratch>(state));
        output.CopyTo(hidden);
    }

    /// <summary>Stacks the biases by sums: those of the input side in the order of the sums, then a split gate's recurrent side.</summary>
    private void FillBias(RecurrentLayer<float> layer)
    {
        bool separate = layer.InputBias is not null;
        ReadOnlySpan<float> bias = (layer.InputBias ?? layer.Bias).Values, second = separate ? layer.HiddenBias!.Values : default;
        int[] blocks = _cell.Spec.InputBlocks;
        int last = blocks.Length - 1;
        bool splits = _cell.Spec.SplitsLastGate;
        for (int sum = 0; sum < blocks.Length; sum++)
        {
            for (int unit = 0; unit < HiddenSize; unit++)
            {
                int row = blocks[sum] * HiddenSize + unit;
                _bias![sum * HiddenSize + unit, 0] = bias[row] + (separate && !(splits && blocks[sum] == last) ? second[row] : 0);
            }
        }

        if (splits)
        {
            ReadOnlySpan<float> split = separate ? second[(last * HiddenSize)..] : layer.CandidateBias!.Values;
            for (int unit = 0; unit < HiddenSize; unit++) _bias![blocks.Length * HiddenSize + unit, 0] = split[unit];
        }

        _bias!.RequireFinite();
    }

    /// <summary>Runs one step.</summary>
    private void Advance(float* x, int* tokens, int batch, CellRun run, Scratch scratch)
    {
        float* output = run.Output;
        if (_project is not null) run.Output = scratch.Units.Require((long)HiddenSize * batch);
        var work = new Work
        {
            Layer = this,
            Input = tokens == null ? _input.Prepare(x, batch, scratch.Input) : default,
            Tokens = tokens,
            Hidden = _hidden.Prepare(run.Hidden, batch, scratch.Hidden),
            Run = run,
            Batch = batch,
            Backwards = scratch.Backwards = !scratch.Backwards,
        };
        double cycles = Cycles * batch;
        Team.Share(ref work, int.MaxValue, cycles);
        if (_project is not null)
        {
            _project.Run(run.Output, batch, output, scratch.Projected);
            Finish(run, output, batch);
        }

        GC.KeepAlive(this);
        GC.KeepAlive(scratch);
    }

    /// <summary>Zoneout of a projected h, and zeros for examples that have ended.</summary>
    private void Finish(in CellRun run, float* output, int batch)
    {
        for (int j = 0; j < batch; j++)
        {
            float* h = output + (nint)j * OutputSize;
            if (run.Lengths != null && run.Step >= run.Lengths[j]) new Span<float>(h, OutputSize).Clear();
            else _cell.MixHidden(run.Hidden + (nint)j * OutputSize, h, OutputSize);
        }
    }

    private void Advance(in Work work, TeamMember member)
    {
        Share share = TeamGrid.Share(member, _sums.Panels, work.Batch);
        float* reserved = stackalloc float[TileLength + 16];
        float* tile = (float*)(((nint)reserved + 63) & ~63);
        int width = _sums.Width;
        float* hiddenSums = tile + width - _hidden.Layout.Width;
        int panels = share.EndPanel - share.FirstPanel;
        for (int i = 0; i < panels; i++)
        {
            // The direction alternates, so that a step starts with the weights that the previous one left in the cache.
            int p = work.Backwards ? share.EndPanel - 1 - i : share.FirstPanel + i;
            for (int column = share.FirstColumn, block; column < share.EndColumn; column += block)
            {
                block = ColumnBlock.Next(share.EndColumn - column, _input.MostColumns);
                for (int j = 0; j < block; j++)
                {
                    Begin(tile + j * width, p);
                    if (work.Tokens != null && (uint)work.Tokens[column + j] < (uint)InputSize) _input.AddColumn(p, work.Tokens[column + j], tile + j * width);
                }

                if (work.Tokens == null) _input.Multiply(p, work.Input, column, block, tile, width);
                _hidden.Multiply(p, work.Hidden, column, block, hiddenSums, width);
                _cell.Apply(p, _sums, tile, column, block, _unitWeights, work.Run);
            }
        }
    }

    /// <summary>Starts the sums of a panel with the biases.</summary>
    private void Begin(float* tile, int panel)
    {
        int slot = _sums.UnitVectors * _sums.VectorLength, padded = _sums.Panels * slot;
        for (int sum = 0; sum < _sums.Slots; sum++)
        {
            var target = new Span<float>(tile + sum * slot, slot);
            if (_bias is null) target.Clear();
            else new ReadOnlySpan<float>(_bias.Pointer + (nint)sum * padded + (nint)panel * slot, slot).CopyTo(target);
        }
    }

    private struct Work : ITeamWork
    {
        public QuantizedRecurrentLayer Layer;
        public ActivationWords Input;
        public int* Tokens;
        public ActivationWords Hidden;
        public CellRun Run;
        public int Batch;
        public bool Backwards;

        readonly void ITeamWork.Run(TeamMember member) => Layer.Advance(this, member);
    }

    private sealed class Scratch
    {
        public LengthBuffer Lengths { get; } = new();

        public ActivationBuffer Input { get; } = new();

        public ActivationBuffer Hidden { get; } = new();

        public ActivationBuffer Projected { get; } = new();

        /// <summary>[example][unit]: what is projected.</summary>
        public AlignedBuffer<float> Units { get; } = new();

        public bool Backwards { get; set; }
    }
}

/// <summary>The names of a quantized recurrent layer's tensors: PyTorch's weights, and biases stacked by the sums of the equations.</summary>
internal static class RecurrentTensors
{
    public const string Input = "weight_ih_l0";
    public const string Hidden = "weight_hh_l0";
    public const string Projection = "weight_hr_l0";
    public const string Bias = "bias";
    public const string UnitWeights = "weight_unit";
}
