using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Attention over a memory, such as the output of an encoder: every step of the input is a query that is scored against each step of the
/// memory, and the softmax of the scores weights a sum of the memory, the context. The output is the context followed by the query, [c; h], so
/// that a <see cref="DenseLayer{T}"/> and a tanh <see cref="ActivationLayer{T}"/> after it give Luong's attentional state tanh(W [c; h]); or the
/// context alone (<see cref="AttentionOptions.ContextOnly"/>).
/// <para>The memory is the layer's state: <see cref="MemoryLeaf"/> holds its steps, [example][step][feature], and <see cref="MaskLeaf"/> is above
/// 0 for each step that counts. No call changes it, and its gradient is that of the initial state. An <see cref="EncoderDecoder{T}"/> fills the
/// memory of all such layers of its decoder with the output of its encoder. Without any step that counts, the weighted sum is zero.</para>
/// <para>The layer streams; Predict and Step project a memory once and keep the result while it does not change. It does not accept tokens.
/// The weights of a pass can be read by <see cref="ForwardPass{T}.GetValues"/> under <see cref="WeightsName"/>: heads · memory steps features for
/// every step of the input.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed partial class AttentionLayer<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The name of the state's leaf with the memory, steps · size units.</summary>
    public const string MemoryLeaf = "memory";

    /// <summary>The name of the state's leaf that tells which steps of the memory count; it follows the memory.</summary>
    public const string MaskLeaf = "memory_mask";

    /// <summary>The name of the attention weights in a pass.</summary>
    public const string WeightsName = "attention_weights";

    private readonly DenseLayer<T>? _query;
    private readonly DenseLayer<T>? _key;
    private readonly DenseLayer<T>? _value;
    private readonly DenseLayer<T>? _output;
    private readonly Parameter<T>? _score;
    private readonly T _scale = T.One;

    /// <summary>Creates a layer. Its parameters start as those of dense layers; the vector of additive scores is uniform in ±1/√units.</summary>
    /// <param name="querySize">Features of the input, at least 1.</param>
    /// <param name="memorySize">Features of the memory, at least 1: the output size of an encoder.</param>
    /// <param name="memorySteps">The most steps that the memory has, at least 1. The state has room for all of them.</param>
    /// <param name="seed">The seed of the initial parameters; random when null.</param>
    /// <param name="options">The kind of score, and its sizes; <see cref="AttentionScore.General"/> when null.</param>
    /// <exception cref="ArgumentException">A size is out of range or does not fit the options, or T is neither float nor double.</exception>
    public AttentionLayer(int querySize, int memorySize, int memorySteps, int? seed = null, AttentionOptions? options = null)
        : base(querySize, OutputSizeFor(querySize, memorySize, memorySteps, options ??= new AttentionOptions()))
    {
        Options = options;
        MemorySize = memorySize;
        MemorySteps = memorySteps;
        int units = KeySizeFor(querySize, memorySize, options);
        Heads = options.Score == AttentionScore.MultiHead ? options.Heads : 1;
        if (options.Score != AttentionScore.Dot) _query = new DenseLayer<T>(querySize, units, seed);
        if (options.Score is AttentionScore.Additive or AttentionScore.MultiHead) _key = new DenseLayer<T>(memorySize, units, seed + 1);
        if (options.Score == AttentionScore.Additive)
        {
            _score = new Parameter<T>("score", units, 1);
            Initializers.Uniform(_score, 1 / Math.Sqrt(units), Initializers.Generator(seed + 2));
        }

        if (options.Score == AttentionScore.MultiHead)
        {
            _value = new DenseLayer<T>(memorySize, units, seed + 2);
            _output = new DenseLayer<T>(units, units, seed + 3);
            _scale = T.CreateChecked(1 / Math.Sqrt(units / Heads));
        }

        var parameters = new List<Parameter<T>>();
        var names = new List<string>();
        foreach ((string name, DenseLayer<T>? part) in Projections)
        {
            if (part is null) continue;
            parameters.AddRange(part.Parameters);
            names.AddRange([$"{name}.weight", $"{name}.bias"]);
        }

        if (_score is not null) parameters.Add(_score);
        if (_score is not null) names.Add(_score.Name);
        (Parameters, ParameterNames) = (parameters, names);
    }

    /// <summary>The kind of score, and its sizes.</summary>
    public AttentionOptions Options { get; }

    /// <summary>How steps of the memory are scored.</summary>
    public AttentionScore Score => Options.Score;

    /// <summary>Features of the memory.</summary>
    public int MemorySize { get; }

    /// <summary>The most steps that the memory has.</summary>
    public int MemorySteps { get; }

    /// <summary>The heads: 1 except for <see cref="AttentionScore.MultiHead"/>.</summary>
    public int Heads { get; }

    /// <summary>The projection of queries; null for <see cref="AttentionScore.Dot"/>.</summary>
    public DenseLayer<T>? QueryProjection => _query;

    /// <summary>The projection of the memory that is scored; null for <see cref="AttentionScore.Dot"/> and <see cref="AttentionScore.General"/>.</summary>
    public DenseLayer<T>? KeyProjection => _key;

    /// <summary>The projection of the memory that is summed; null except for <see cref="AttentionScore.MultiHead"/>.</summary>
    public DenseLayer<T>? ValueProjection => _value;

    /// <summary>The projection of the sums of all heads to the context; null except for <see cref="AttentionScore.MultiHead"/>.</summary>
    public DenseLayer<T>? OutputProjection => _output;

    /// <summary>v, units × 1; null except for <see cref="AttentionScore.Additive"/>.</summary>
    public Parameter<T>? ScoreVector => _score;

    /// <summary>Features of the context, with which each step of the output begins; those of the query follow, unless the output is the context alone.</summary>
    public int ContextSize => Options.ContextOnly ? OutputSize : OutputSize - InputSize;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public override bool IsStreaming => true;

    /// <inheritdoc/>
    protected override bool TakesTokens => false;

    private int KeySize => (_query?.OutputSize ?? MemorySize) / Heads;

    private int ValueSize => (_value?.OutputSize ?? MemorySize) / Heads;

    private (string Name, DenseLayer<T>? Layer)[] Projections => [("query", _query), ("key", _key), ("value", _value), ("output", _output)];

    /// <inheritdoc/>
    public override State<T> CreateState(int batch) => new(batch, (MemoryLeaf, MemorySteps * MemorySize), (MaskLeaf, MemorySteps));

    /// <inheritdoc/>
    internal override IEnumerable<string> StepValueNames => [WeightsName];

    /// <inheritdoc/>
    internal override Sequence<T>? CopyStepValues(ForwardPass<T> pass, string name) =>
        string.Equals(name, WeightsName, StringComparison.Ordinal) ? ((AttentionPass)pass).CopyWeights() : null;

    /// <inheritdoc/>
    protected override ForwardPass<T> CreatePassCore() => new AttentionPass(this);

    /// <inheritdoc/>
    protected override void CheckInput(Sequence<T> input)
    {
        base.CheckInput(input);
        int largest = Math.Max(OutputSize, Heads * Math.Max(KeySize, ValueSize));
        Check.ArrayLength((long)input.Batch * input.Steps * largest, nameof(input));
    }

    /// <inheritdoc/>
    private protected override void CheckTape(Sequence<T> input) =>
        Check.ArrayLength(long.CreateSaturating((Int128)input.Batch * input.Steps * Heads * MemorySteps), nameof(input));

    /// <inheritdoc/>
    protected override LayerReport<T> Report(int batch, int steps)
    {
        LayerReport<T> plain = base.Report(batch, steps);
        Int128 perStep = Size(_query) + Size(_output) + (Int128)MemorySteps * Heads * (KeySize + ValueSize), columns = (Int128)batch * steps, memory = (Int128)batch * MemorySteps;
        Int128 elements = columns * (Heads * (Int128)MemorySteps + Heads * ValueSize + (_query?.OutputSize ?? 0) + (_output?.OutputSize ?? 0))
            + memory * (MemorySize + (_key?.OutputSize ?? 0) + (_value?.OutputSize ?? 0));
        return (plain with
        {
            MultiplyAdds = long.CreateSaturating(perStep * steps + (Size(_key) + Size(_value)) * MemorySteps),
            TapeBytes = long.CreateSaturating((Int128)plain.TapeBytes + LayerReport<T>.Bytes(elements) + sizeof(int) * memory),
        }).With(Words());

        static Int128 Size(DenseLayer<T>? projection) => projection?.Weights.Count ?? 0;
    }

    private IEnumerable<string> Words()
    {
        yield return Options.Score switch
        {
            AttentionScore.Dot => "dot",
            AttentionScore.General => "general",
            AttentionScore.Additive => "additive",
            _ => FormattableString.Invariant($"{Heads} head{(Heads == 1 ? "" : "s")}"),
        };
        if (_key is not null) yield return FormattableString.Invariant($"{_key.OutputSize} units");
        if (Options.ContextOnly) yield return "context only";
        yield return FormattableString.Invariant($"memory {MemorySize} x {MemorySteps}");
    }

    /// <summary>Validates all arguments, before the base class allocates anything.</summary>
    private static int OutputSizeFor(int querySize, int memorySize, int memorySteps, AttentionOptions options)
    {
        Check.ElementType<T>();
        Check.Positive(querySize);
        Check.Positive(memorySize);
        Check.Positive(memorySteps);
        Check.ArrayLength((long)memorySize * memorySteps, nameof(memorySteps));
        if (options.Score is < AttentionScore.Dot or > AttentionScore.MultiHead) throw new ArgumentOutOfRangeException(nameof(options), options.Score, $"Expected a Score of Dot, General, Additive or MultiHead, got {options.Score}.");
        int units = KeySizeFor(querySize, memorySize, options);
        int context = options.Score == AttentionScore.MultiHead ? units : memorySize;
        return options.ContextOnly ? context : Check.ArrayLength((long)context + querySize, nameof(memorySize));
    }

    private static int KeySizeFor(int querySize, int memorySize, AttentionOptions options)
    {
        if (options.Heads < 1 || (options.Heads > 1 && options.Score != AttentionScore.MultiHead)) throw Check.Shape(nameof(options), options.Score == AttentionScore.MultiHead ? "at least 1 of Heads" : $"1 of Heads for {options.Score}", $"{options.Heads}");
        if (options.Score is AttentionScore.Dot or AttentionScore.General)
        {
            if (options.Units is { } given) throw Check.Shape(nameof(options), $"no Units for {options.Score}", $"{given}");
            if (options.Score == AttentionScore.Dot && querySize != memorySize) throw Check.Shape(nameof(querySize), $"{memorySize} (the memory's size, for Dot)", $"{querySize}");
            return memorySize;
        }

        int units = options.Units ?? memorySize;
        if (units < 1 || units % options.Heads != 0) throw Check.Shape(nameof(options), $"Units of at least 1 that {options.Heads} Heads divide", $"{units}");
        return units;
    }
}
