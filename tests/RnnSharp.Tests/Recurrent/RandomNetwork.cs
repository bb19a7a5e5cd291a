using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Catalogue;

namespace RnnSharp.Tests.Recurrent;

/// <summary>
/// A network of layers and options drawn from a seed, small, with input, initial state and the weights of a linear loss; one of its layers
/// is a row of the catalogue, each in turn. Which layers it has depends on the seed alone; its numbers on the seed and the attempt.
/// </summary>
internal sealed class RandomNetwork
{
    public const string OneLayer = "one layer", TwoLayers = "two layers", ThreeLayers = "three layers", MixedKinds = "mixed kinds", Wide = "wide";
    public const string Embedding = "embedding", PaddingToken = "padding token", Tied = "tied dense", Dense = "dense", Tokens = "tokens", Ragged = "ragged", EmptyExample = "empty example";
    public const string DropoutEachStep = "dropout each step", DropoutWholeSequence = "dropout whole sequence", Residual = "residual", NormalizationLayer = "normalization layer";
    public const string PoolLast = "pool last", PoolMean = "pool mean", PoolMax = "pool max";
    public const string InitialState = "initial state", OutputGradient = "output gradient", FinalStateGradient = "final state gradient";

    public const string Lstm = "lstm", Gru = "gru", GruResetBefore = "gru reset before", RnnTanh = "rnn tanh", RnnRelu = "rnn relu";
    public const string Peepholes = "peepholes", Projection = "projection", Coupled = "coupled gates", Clip = "cell clip", CellZoneout = "cell zoneout";
    public const string Normalized = "normalized gates", HiddenZoneout = "hidden zoneout", RecurrentDropout = "recurrent dropout";
    public const string Forwards = "forwards", Reverse = "reverse";

    private const int Vocabulary = 4;

    private static readonly string[] Kinds = [Lstm, Gru, GruResetBefore, RnnTanh, RnnRelu];
    private static readonly string[] LstmOnly = [Peepholes, Projection, Coupled, Clip, CellZoneout];
    private static readonly string[] Directions = [Forwards, Reverse, .. Enum.GetNames<BidirectionalMerge>()];
    private static readonly string[][] Exclusive = [[OneLayer, TwoLayers, ThreeLayers], [Wide, TwoLayers, ThreeLayers], [OneLayer, MixedKinds], [Wide, MixedKinds], [PoolLast, PoolMean, PoolMax], [Dense, Tied]];

    private readonly Random _shape;
    private readonly HashSet<string> _features = [];
    private readonly List<IReadOnlySet<string>> _recurrent = [];
    private readonly bool _wide;
    private readonly string _kind;

    public RandomNetwork(int seed, int attempt = 0)
    {
        _shape = new Random(seed);
        _kind = DrawKind();
        _wide = Chance(10);
        int depth = _wide ? 1 : _shape.Next(1, 4), inputs = _shape.Next(1, 4);
        bool mixed = depth > 1 && Chance(2);
        Note(depth switch { 1 => OneLayer, 2 => TwoLayers, _ => ThreeLayers });
        if (_wide) Note(Wide);

        var layers = new List<ILayer<double>>();
        EmbeddingLayer<double>? embedding = null;
        int? padding = null;
        LayerRow<double> row = RowOf(seed);
        bool readsTokens = row.Reads == Reads.Tokens, tokens = Chance(5, 2) || readsTokens;
        if (tokens) Note(Tokens);
        if (readsTokens)
        {
            // The last token is never drawn: the layer may take it for padding.
            padding = Vocabulary - 1;
            AddRow(layers, row, Vocabulary);
        }
        else if (tokens && Chance(3, 2))
        {
            Note(Embedding);
            if (Chance(2)) padding = Vocabulary - 1;
            if (padding is not null) Note(PaddingToken);
            layers.Add(embedding = new EmbeddingLayer<double>(Vocabulary, _shape.Next(2, 5), seed: 1, padding));
        }
        else if (tokens)
        {
            inputs = Vocabulary;
        }

        string first = _kind;
        for (int i = 0; i < depth; i++)
        {
            if (mixed) _kind = DrawKind();
            if (!string.Equals(_kind, first, StringComparison.Ordinal)) Note(MixedKinds);
            int width = layers.Count > 0 ? layers[^1].OutputSize : inputs;
            bool takesTokens = tokens && layers.Count == 0;
            if (!takesTokens && Chance(i > 0 ? 2 : 6)) layers.Add(Dropout(width));
            if (!takesTokens && Chance(6)) layers.Add(Normalization(width));
            layers.Add(!takesTokens && width > 1 && Chance(4) ? ResidualBlock(width) : Block(width, _wide ? _shape.Next(7, 11) : _shape.Next(3, 6), takesTokens));
        }

        if (!readsTokens && row.InputSteps is null) AddRow(layers, row, layers[^1].OutputSize);
        Pooling? pooling = Chance(3) || row.InputSteps is not null ? (Pooling)_shape.Next(3) : null;
        bool poolFirst = Chance(2) || row.InputSteps is not null;
        if (poolFirst) AddPooling(layers, pooling);
        if (row.InputSteps is not null) AddRow(layers, row, layers[^1].OutputSize);
        if (embedding is not null && Chance(3, 2))
        {
            Note(Tied);
            if (layers[^1].OutputSize != embedding.OutputSize) layers.Add(new DenseLayer<double>(layers[^1].OutputSize, embedding.OutputSize, seed: 1));
            layers.Add(new DenseLayer<double>(embedding.Weights, seed: 1));
        }
        else if (Chance(2))
        {
            Note(Dense);
            layers.Add(new DenseLayer<double>(layers[^1].OutputSize, _shape.Next(1, 4), seed: 1));
        }

        if (!poolFirst) AddPooling(layers, pooling);
        Model = new LayerStack<double>(layers);
        int batch = _shape.Next(1, 4), steps = _shape.Next(1, _wide ? 4 : 6);
        int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => _shape.Next(steps + 1))];
        bool ragged = Chance(2), hasInitial = Chance(2);
        int gradients = _shape.Next(3);
        if (ragged) Note(Ragged);
        if (ragged && lengths.Contains(0)) Note(EmptyExample);
        if (hasInitial) Note(InitialState);
        if (gradients < 2) Note(OutputGradient);
        if (gradients != 1) Note(FinalStateGradient);

        var numbers = new Random(unchecked(seed * 31 + attempt));
        foreach (Parameter<double> parameter in Model.Parameters) parameter.Update(numbers, static (values, random) => Make.Fill(values, random));
        Input = tokens ? Make.Tokens<double>(padding is null ? Vocabulary : Vocabulary - 1, batch, steps, numbers) : Make.Sequence<double>(inputs, batch, steps, numbers);
        if (padding is not null) Input = WithVocabulary(Input);
        if (ragged)
        {
            Input.SetLengths(lengths);
            if (!tokens) Layers.Padding.Spoil(Input, lengths);
        }

        Initial = hasInitial ? Make.State(Model, batch, numbers) : null;
        OutputWeights = Make.Sequence<double>(Model.OutputSize, batch, Model.Predict(Input).Steps, numbers);
        FinalStateWeights = Make.State(Model, batch, numbers);
        if (gradients == 2) OutputWeights.Clear();
        if (gradients == 1) FinalStateWeights.Clear();
    }

    public LayerStack<double> Model { get; }

    public Sequence<double> Input { get; }

    public State<double>? Initial { get; }

    public Sequence<double> OutputWeights { get; }

    public State<double> FinalStateWeights { get; }

    /// <summary>The name of the layer that is from the catalogue.</summary>
    public string FromCatalogue { get; private set; } = "";

    /// <summary>What is in it anywhere.</summary>
    public IReadOnlySet<string> Features => _features;

    /// <summary>What each recurrent layer has in itself: its kind, its options, its direction.</summary>
    public IReadOnlyList<IReadOnlySet<string>> Recurrent => _recurrent;

    /// <summary>The rows of the catalogue that a network can contain: of the layers that read a fixed number of steps, those of one, which pooling gives.</summary>
    public static LayerRow<double>[] Rows { get; } = Array.FindAll(LayerCatalogue<double>.Rows, row => row.InputSteps is null or 1);

    public static IReadOnlyList<string> AllFeatures { get; } =
    [
        OneLayer, TwoLayers, ThreeLayers, MixedKinds, Wide, Embedding, PaddingToken, Tied, Dense, Tokens, Ragged, EmptyExample,
        DropoutEachStep, DropoutWholeSequence, Residual, NormalizationLayer, PoolLast, PoolMean, PoolMax, InitialState, OutputGradient, FinalStateGradient,
        Normalized, HiddenZoneout, RecurrentDropout, .. LstmOnly, .. Kinds, .. Directions,
    ];

    /// <summary>Whether it is a thing that a single recurrent layer has.</summary>
    public static bool IsOfLayer(string feature) => Kinds.Contains(feature) || LstmOnly.Contains(feature) || Directions.Contains(feature) || feature is Normalized or HiddenZoneout or RecurrentDropout;

    /// <summary>Whether one recurrent layer can have both.</summary>
    public static bool CanMeetInLayer(string first, string second)
    {
        return !(Are(Kinds, Kinds) || Are(Directions, Directions) || Are(Kinds[1..], LstmOnly) || Are([GruResetBefore], [Normalized]));

        bool Are(string[] one, string[] other) => (one.Contains(first) && other.Contains(second)) || (one.Contains(second) && other.Contains(first));
    }

    /// <summary>Whether one network can have both.</summary>
    public static bool CanMeet(string first, string second) => !Array.Exists(Exclusive, group => group.Contains(first) && group.Contains(second));

    public override string ToString() =>
        $"{FromCatalogue}; {string.Join(", ", _features.Except(_recurrent.SelectMany(layer => layer)))}; {string.Join("; ", _recurrent.Select(layer => string.Join(" + ", layer)))}; {Input.Features} x {Input.Batch} x {Input.Steps}, lengths {string.Join(' ', Input.Lengths.ToArray())}";

    private static Sequence<double> WithVocabulary(Sequence<double> fewer)
    {
        Sequence<double> all = Sequence<double>.ForTokens(Vocabulary, fewer.Batch, fewer.Steps);
        for (int t = 0; t < fewer.Steps; t++)
        {
            for (int j = 0; j < fewer.Batch; j++) all.SetToken(j, t, fewer.Tokens[j + fewer.Batch * t]);
        }

        return all;
    }

    /// <summary>Each row in turn, also where only every eighth seed is used.</summary>
    private static LayerRow<double> RowOf(int seed)
    {
        return Rows[(seed / 8 + 5 * (seed % 8)) % Rows.Length];
    }

    private bool Chance(int of, int times = 1) => _shape.Next(of) < times;

    private void Note(string feature) => _features.Add(feature);

    private string DrawKind() => (string[])[Lstm, Lstm, Gru, GruResetBefore, RnnTanh, RnnRelu] is var kinds ? kinds[_shape.Next(kinds.Length)] : Lstm;

    private DropoutLayer<double> Dropout(int width)
    {
        var mask = (DropoutMask)_shape.Next(2);
        Note(mask == DropoutMask.EachStep ? DropoutEachStep : DropoutWholeSequence);
        return new DropoutLayer<double>(width, 0.3, _shape.Next(), mask);
    }

    private LayerNormalizationLayer<double> Normalization(int width)
    {
        Note(NormalizationLayer);
        return new LayerNormalizationLayer<double>(width);
    }

    private void AddRow(List<ILayer<double>> layers, LayerRow<double> row, int inputs)
    {
        FromCatalogue = row.Name;
        layers.Add(row.Make(inputs, row.IsSquare ? inputs : 3 + layers.Count % 2, layers.Count));
    }

    private void AddPooling(List<ILayer<double>> layers, Pooling? kind)
    {
        if (kind is not { } pooling) return;
        Note(pooling switch { Pooling.Last => PoolLast, Pooling.Mean => PoolMean, _ => PoolMax });
        layers.Add(new PoolingLayer<double>(layers[^1].OutputSize, pooling));
    }

    /// <summary>A connection past a block, whose output is as wide as its input, with a layer of another sort before it now and then.</summary>
    private ResidualLayer<double> ResidualBlock(int width)
    {
        Note(Residual);
        ILayer<double> block = Block(width, width, takesTokens: false, width);
        return new ResidualLayer<double>(_shape.Next(4) switch
        {
            0 => new LayerStack<double>(Dropout(width), block),
            1 => new LayerStack<double>(Normalization(width), block),
            _ => block,
        });
    }

    /// <summary>A recurrent layer in some direction.</summary>
    private ILayer<double> Block(int inputs, int units, bool takesTokens, int? outputs = null)
    {
        int way = _shape.Next(8);
        if (way < 3) return Inner(Forwards, outputs);
        if (way == 3) return new ReverseLayer<double>(Inner(Reverse, outputs));
        var merge = (BidirectionalMerge)(way - 4);
        if (outputs is { } odd && odd % 2 == 1 && merge == BidirectionalMerge.Concatenate) merge = BidirectionalMerge.Sum;
        int width = outputs is not { } given ? units : merge == BidirectionalMerge.Concatenate ? given / 2 : given;
        return new BidirectionalLayer<double>(Inner(merge.ToString(), width), Inner(merge.ToString(), width), merge);

        ILayer<double> Inner(string direction, int? outputs)
        {
            Note(direction);
            ILayer<double> layer = RecurrentLayer(inputs, units, outputs, direction);
            return !takesTokens && !_wide && Chance(8) ? new LayerStack<double>(Dropout(inputs), layer) : layer;
        }
    }

    private RecurrentLayer<double> RecurrentLayer(int inputs, int units, int? outputs, string direction)
    {
        // Two numbers, normalised, are hardly more than the sign of their difference.
        var has = new HashSet<string> { _kind, direction };
        bool normalized = outputs is null or > 2 && !string.Equals(_kind, GruResetBefore, StringComparison.Ordinal) && On(Normalized, 3);
        double dropout = On(RecurrentDropout, 3) ? 0.3 : 0, zoneout = On(HiddenZoneout, 3) ? 0.3 : 0;
        int seed = _shape.Next();
        RecurrentLayer<double> layer;
        switch (_kind)
        {
            case Lstm:
                int? projection = null;
                if (On(Projection, 3))
                {
                    projection = outputs ?? _shape.Next(1, units + 1);
                    units = Math.Max(units, projection.Value + _shape.Next(2));
                }

                layer = new LstmLayer<double>(inputs, projection is null ? outputs ?? units : units, seed, new LstmOptions
                {
                    LayerNormalization = normalized,
                    RecurrentDropout = dropout,
                    HiddenZoneout = zoneout,
                    CellZoneout = On(CellZoneout, 3) ? 0.3 : 0,
                    Peepholes = On(Peepholes, 3),
                    CoupledGates = On(Coupled, 3),
                    ProjectionSize = projection,
                    CellClip = On(Clip, 3) ? 0.2 + 0.3 * _shape.NextDouble() : null,
                });
                break;
            case Gru or GruResetBefore:
                layer = new GruLayer<double>(inputs, outputs ?? units, seed, new GruOptions
                {
                    LayerNormalization = normalized,
                    RecurrentDropout = dropout,
                    HiddenZoneout = zoneout,
                    ResetBefore = string.Equals(_kind, GruResetBefore, StringComparison.Ordinal),
                });
                break;
            default:
                var options = new RnnOptions { LayerNormalization = normalized, RecurrentDropout = dropout, HiddenZoneout = zoneout };
                layer = new RnnLayer<double>(inputs, outputs ?? units, seed, string.Equals(_kind, RnnRelu, StringComparison.Ordinal) ? Activation.Relu : Activation.Tanh, options);
                break;
        }

        _recurrent.Add(has);
        _features.UnionWith(has);
        return layer;

        bool On(string feature, int of) => Chance(of) && has.Add(feature);
    }
}
