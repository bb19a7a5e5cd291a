using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Layers;

/// <summary>
/// SegRNN (Lin et al. 2023), a forecast of several columns at once: from the last steps of every column, its lookback, the next ones, the
/// horizon. Each column is a series of its own, and all share their weights: its last value is subtracted from it, its steps are cut into
/// segments, a dense layer with a ReLU embeds each segment, and a <see cref="GruLayer{T}"/> reads them. From its final h, each segment of the
/// output is one step of the same recurrent layer, whose input is a learned embedding of the segment's position and of the column; dropout and
/// a dense layer turn it into the segment's values, to which the last value is added again. All positions share the recurrent product, and
/// all examples the input product, so that a long horizon costs little.
/// <para>Input columns × batch × lookback, output columns × batch × horizon. An example of a ragged batch that is shorter is
/// read as if it had its last value at each of the steps before its first, which are zeros once that value is subtracted; one without steps
/// gives zeros and gets no gradient. The layer has no state, and does not accept tokens. Parameters are named as in the authors' PyTorch code,
/// and so are the tensors of model files. The gradient of the input includes the way through the last value, which the authors detach.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SegRnnLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Embedding = 0;
    private const int Rnn = 1;
    private const int Decoder = 2;
    private const int Output = 3;

    private static readonly string[] PartNames = ["valueEmbedding.0.", "rnn.", "", "predict.1."];

    // In the order of Backward's calls, last to first.
    private readonly Layer<T>[] _layers;

    /// <summary>Creates a layer with PyTorch's initial weights: uniform in ±1/√inputs for dense layers and ±1/√units for the recurrent one, standard normal embeddings.</summary>
    /// <param name="columns">Features of the input and of the output, at least 1.</param>
    /// <param name="lookback">Steps of the input: a multiple of the options' SegmentLength.</param>
    /// <param name="horizon">Steps of the output: a multiple of the options' SegmentLength.</param>
    /// <param name="seed">The seed of the initial weights and of the masks; random when null.</param>
    /// <param name="options">Sizes and dropout; the defaults if null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    public SegRnnLayer(int columns, int lookback, int horizon, int? seed = null, SegRnnOptions? options = null)
        : base(Check.Positive(columns), columns)
    {
        Options = options ?? new SegRnnOptions();
        Lookback = Check.Positive(lookback);
        Horizon = Check.Positive(horizon);
        if (Options.Fault(lookback, horizon) is { } fault) throw Check.Shape(nameof(options), fault.Expected, fault.Actual);
        MaskSeed = seed ?? Random.Shared.Next(int.MinValue, int.MaxValue);
        Random random = Initializers.Generator(MaskSeed);
        int length = Options.SegmentLength, units = Options.HiddenSize;
        Check.ArrayLength((long)SegmentCells<T>.Gates * units * units, nameof(options));
        Check.ArrayLength((long)SegmentCells<T>.Gates * units * columns * (horizon / length), nameof(columns));
        var rnn = new GruLayer<T>(units, units, random.Next(), new GruOptions { Bias = RecurrentBias.Separate });
        _layers =
        [
            new DenseLayer<T>(length, units, random.Next()),
            rnn,
            new SegmentDecoder<T>(rnn, columns, horizon / length, Options.ColumnEmbedding, Options.Dropout, MaskSeed, random),
            new DenseLayer<T>(units, length, random.Next()),
        ];
        var parameters = new OrderedDictionary<Parameter<T>, string>();
        foreach ((int part, Layer<T> layer) in _layers.Index())
        {
            for (int i = 0; i < layer.Parameters.Count; i++) parameters.TryAdd(layer.Parameters[i], PartNames[part] + layer.ParameterNames[i]);
        }

        Parameters = [.. parameters.Keys];
        ParameterNames = [.. parameters.Values];
    }

    /// <summary>Steps of the input.</summary>
    public int Lookback { get; }

    /// <summary>Steps of the output.</summary>
    public int Horizon { get; }

    /// <summary>Sizes and dropout.</summary>
    public SegRnnOptions Options { get; }

    /// <summary>The seed of the masks of dropout, given or chosen at random.</summary>
    public int MaskSeed { get; }

    /// <summary>Embeds the segments of the input, before the ReLU: SegmentLength to HiddenSize features.</summary>
    public DenseLayer<T> ValueEmbedding => (DenseLayer<T>)_layers[Embedding];

    /// <summary>Reads the segments, and makes a step for each segment of the output.</summary>
    public GruLayer<T> Recurrent => (GruLayer<T>)_layers[Rnn];

    /// <summary>A row for each segment of the output: the first half of a decoder step's input, or all of it without <see cref="ColumnEmbedding"/>.</summary>
    public Parameter<T> PositionEmbedding => DecoderLayer.PositionEmbedding;

    /// <summary>A row for each column: the second half of a decoder step's input; null without <see cref="SegRnnOptions.ColumnEmbedding"/>.</summary>
    public Parameter<T>? ColumnEmbedding => DecoderLayer.ColumnEmbedding;

    /// <summary>Turns the decoder's h into the values of a segment: HiddenSize to SegmentLength features.</summary>
    public DenseLayer<T> Prediction => (DenseLayer<T>)_layers[Output];

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <summary>Segments of the input.</summary>
    private int InputSegments => Lookback / Options.SegmentLength;

    private SegmentDecoder<T> DecoderLayer => (SegmentDecoder<T>)_layers[Decoder];

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    /// <inheritdoc/>
    public override Gradients<T> CreateGradients() => new(this, Array.ConvertAll(_layers, layer => layer.CreateGradients()), CreateState(1));

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new SegRnnPass(this);

    /// <inheritdoc/>
    protected override int? OutputSteps(int inputSteps) => Horizon;

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        int series = (int)Math.Min((long)batch * InputSize, int.MaxValue), units = Options.HiddenSize, length = Options.SegmentLength, positions = Horizon / length;
        LayerReport<T> embedding = LayerReport<T>.Of(_layers[Embedding], series, InputSegments), rnn = LayerReport<T>.Of(_layers[Rnn], series, InputSegments), output = LayerReport<T>.Of(_layers[Output], series, positions);
        Int128 products = InputSize * ((Int128)embedding.MultiplyAdds + rnn.MultiplyAdds + output.MultiplyAdds + SegmentCells<T>.Gates * (Int128)units * units);
        Int128 own = (Int128)series * ((Int128)length * InputSegments + units + (Int128)units * positions + Horizon + 1) + SegmentDecoder<T>.TapeElements(units, series);
        Int128 tape = (Int128)embedding.TapeBytes + rnn.TapeBytes + output.TapeBytes + LayerReport<T>.Bytes(own) + DecoderLayer.MaskBytes(series);
        return new LayerReport<T>(LayerReport<T>.KindOf(this), Horizon, long.CreateSaturating(products), long.CreateSaturating(tape), [])
            .With($"{Lookback} to {Horizon} steps", $"segments of {length}", $"{units} units");
    }

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        if (input.Steps != Lookback) throw Check.Shape(nameof(input), $"{InputSize} x batch x {Lookback} (the layer's lookback)", input.Describe());
        int segments = Math.Max(InputSegments, Horizon / Options.SegmentLength);
        Check.ArrayLength((long)input.Batch * InputSize * Options.HiddenSize * Math.Max(SegmentCells<T>.Gates + 1, segments), nameof(input));
    }

    /// <inheritdoc/>
    private protected override void CheckTape(Sequence<T> input) =>
        Check.ArrayLength((long)input.Batch * InputSize * Options.HiddenSize * (SegmentCells<T>.Gates + 1) * InputSegments, nameof(input));

    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var tape = (SegRnnPass)pass;
        CapturedInput<T> x = pass.Captured();
        Span<T> y = Prepare(pass, x);
        SegmentCopy<T> copy = tape.Copy.For(this, x);
        copy.Take(x, tape.Segments);
        Sequence<T> embedded = tape.Forward(Embedding, tape.Segments);
        Rectifier.Apply(embedded);
        tape.Forward(Rnn, embedded);
        tape.Hidden.Resize(copy.Series, 1);
        tape.Passes[Rnn].FinalState.Leaves[0].Values.CopyTo(tape.Hidden.Values);
        copy.Give(tape.Forward(Output, tape.Forward(Decoder, tape.Hidden)), y);
    }

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        if (state.Scratch is not PredictScratch scratch || !ReferenceEquals(scratch.Layer, this)) state.Scratch = scratch = new PredictScratch(this);
        var x = new CapturedInput<T>(input, InputSize, scratch.Lengths);
        SegmentCopy<T> copy = scratch.Copy.For(this, x);
        copy.Take(x, scratch.Segments);
        Sequence<T> embedded = scratch.Predict(Embedding, scratch.Segments);
        Rectifier.Apply(embedded);
        scratch.States[Rnn].Resize(copy.Series);
        scratch.States[Rnn].Clear();
        scratch.Predict(Rnn, embedded);
        scratch.Hidden.Resize(copy.Series, 1);
        scratch.States[Rnn].Leaves[0].Values.CopyTo(scratch.Hidden.Values);
        copy.Give(scratch.Predict(Output, scratch.Predict(Decoder, scratch.Hidden)), output.ValuesFor(OutputShape(x)));
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients)
    {
        var tape = (SegRnnPass)pass;
        CapturedInput<T> x = pass.Captured();
        var scratch = (BackwardScratch)(gradients.Scratch ??= new BackwardScratch(this));
        Span<T> dx = gradients.PrepareInput(x, inputGradient);
        SegmentCopy<T> copy = tape.Copy.For(this, x);
        ReadOnlySpan<T> dy = outputGradient is null ? default : outputGradient.ValuesFor(OutputShape(x));
        copy.TakeGradient(dy, scratch.Output);
        Sequence<T> decoded = Backward(Output, scratch.Output, null, true);
        Sequence<T> hidden = Backward(Decoder, decoded, null, true);
        scratch.State.Resize(copy.Series);
        hidden.Values.CopyTo(scratch.State.Leaves[0].Values);
        Sequence<T> embedded = Backward(Rnn, null, scratch.State, true);
        Rectifier.Backward(tape.Passes[Embedding].Output, embedded);
        Sequence<T>? segments = Backward(Embedding, embedded, null, inputGradient);
        if (!dx.IsEmpty) copy.GiveGradient(segments, dy, dx);

        Sequence<T> Backward(int part, Sequence<T>? gradient, State<T>? final, bool wanted)
        {
            Gradients<T> own = gradients.Parts[part];
            _layers[part].Backward(tape.Passes[part], gradient, final, wanted, accumulate, own);
            return own.Input!;
        }
    }

    private sealed class SegRnnPass : ForwardPass<T>
    {
        private readonly SegRnnLayer<T> _layer;

        public SegRnnPass(SegRnnLayer<T> layer)
            : base(layer)
        {
            _layer = layer;
            Passes = Array.ConvertAll(layer._layers, CreatePassOf);
            Segments = new Sequence<T>(layer.Options.SegmentLength, 1, 0);
            Hidden = new Sequence<T>(layer.Options.HiddenSize, 1, 0);
        }

        public ForwardPass<T>[] Passes { get; }

        public SegmentCopy<T> Copy { get; } = new();

        /// <summary>SegmentLength × series × segments.</summary>
        public Sequence<T> Segments { get; }

        /// <summary>Units × series × 1.</summary>
        public Sequence<T> Hidden { get; }

        public Sequence<T> Forward(int part, Sequence<T> input)
        {
            Passes[part].Draw = Draw;
            return _layer._layers[part].Forward(input, null, Passes[part]).Output;
        }
    }

    /// <summary>What Predict passes from part to part; held by the state.</summary>
    private sealed class PredictScratch(SegRnnLayer<T> layer)
    {
        private readonly Sequence<T>[] _outputs = Array.ConvertAll(layer._layers, part => new Sequence<T>(part.OutputSize, 1, 0));

        public SegRnnLayer<T> Layer => layer;

        public LengthBuffer Lengths { get; } = new();

        public SegmentCopy<T> Copy { get; } = new();

        public State<T>[] States { get; } = Array.ConvertAll(layer._layers, part => part.CreateState(1));

        public Sequence<T> Segments { get; } = new(layer.Options.SegmentLength, 1, 0);

        public Sequence<T> Hidden { get; } = new(layer.Options.HiddenSize, 1, 0);

        public Sequence<T> Predict(int part, Sequence<T> input)
        {
            States[part].Resize(input.Batch);
            return layer._layers[part].Predict(input, States[part], _outputs[part]);
        }
    }

    /// <summary>What Backward passes from part to part; held by the gradients.</summary>
    private sealed class BackwardScratch(SegRnnLayer<T> layer)
    {
        public Sequence<T> Output { get; } = new(layer.Options.SegmentLength, 1, 0);

        public State<T> State { get; } = layer._layers[Rnn].CreateState(1);
    }
}
