using System.Numerics;
using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>
/// What a layer is without its numbers: kind and sizes. It knows the layer's tensors before there is a layer, so a file is checked
/// before anything of its size is allocated. A new kind of layer takes a class below and a line in <see cref="Of{T}(ILayer{T})"/> and
/// in <see cref="Read(DescriptionReader)"/>.
/// </summary>
internal abstract class LayerDescription(string kind, int inputSize, int outputSize)
{
    /// <summary>Layers inside one another, at most. It bounds the depth of recursion on a file from outside.</summary>
    public const int DeepestNesting = 30;

    private const string TiedField = "tied";

    public int InputSize { get; } = inputSize;

    public int OutputSize { get; } = outputSize;

    /// <summary>The whole model's tensors in the order of the file, by PyTorch's names. A parameter that several layers have is there once.</summary>
    public IEnumerable<TensorPlan> Tensors() => Plans().Where(plan => plan.Tied is null);

    /// <summary>Makes the whole model. Its weights are of no meaning.</summary>
    public ILayer<T> Create<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Create(new Making<T>());

    /// <exception cref="ArgumentException">The model, or a part of it, is of a kind that is unknown here.</exception>
    public static LayerDescription Of<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Of(model, new Describing<T>(model));

    /// <summary>Reads the description of a whole model.</summary>
    /// <exception cref="InvalidDataException">The description is wrong or of an unknown kind.</exception>
    public static LayerDescription ReadModel(DescriptionReader reader)
    {
        LayerDescription model = Read(reader);
        var before = new Dictionary<string, TensorPlan>(StringComparer.Ordinal);
        foreach (TensorPlan plan in model.Plans())
        {
            if (plan.Tied is null)
            {
                if (plan.IsWholeMatrix) before[plan.Blocks[0].Parameter] = plan;
                continue;
            }

            string tie = $"{reader.Where}: {StrictJson.Quote(plan.Name)} is tied to {StrictJson.Quote(plan.Tied)}";
            if (!before.TryGetValue(plan.Tied, out TensorPlan? shared)) throw new InvalidDataException($"{tie}, which is no matrix of a layer before it.");
            if (!shared.Shape.AsSpan().SequenceEqual(plan.Shape))
                throw new InvalidDataException($"{tie} of shape {SafetensorsTensor.Describe(shared.Shape)}, expected {SafetensorsTensor.Describe(plan.Shape)}.");
        }

        return model;
    }

    /// <summary>The tensors of this layer, those too that it shares with a layer before it.</summary>
    protected abstract IEnumerable<TensorPlan> Plans();

    /// <summary>Makes the layer, with what has been made of the model before it.</summary>
    protected abstract ILayer<T> Create<T>(Making<T> making)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    private static LayerDescription Read(DescriptionReader reader)
    {
        string kind = reader.Text("kind");
        LayerDescription description = kind switch
        {
            LstmDescription.Name => LstmDescription.ReadFields(reader),
            GruDescription.Name => GruDescription.ReadFields(reader),
            RnnDescription.Name => RnnDescription.ReadFields(reader),
            DenseDescription.Name => new DenseDescription(reader.Size("input"), reader.Size("output"), ReadTied(reader)),
            EmbeddingDescription.Name => EmbeddingDescription.ReadSizes(reader),
            StackDescription.Name => StackDescription.ReadLayers(reader),
            ResidualDescription.Name => ResidualDescription.ReadInner(reader),
            DropoutDescription.Name => DropoutDescription.ReadFields(reader),
            NormalizationDescription.Name => NormalizationDescription.ReadFields(reader),
            PoolingDescription.Name => PoolingDescription.ReadFields(reader),
            ReverseDescription.Name => new ReverseDescription(ReadParts(reader, 1)[0]),
            BidirectionalDescription.Name => BidirectionalDescription.ReadDirections(reader),
            FeedbackDescription.Name => FeedbackDescription.ReadInner(reader),
            EncoderDecoderDescription.Name => EncoderDecoderDescription.ReadParts(reader),
            _ => throw new InvalidDataException($"{reader.Where}: the kind of layer {StrictJson.Quote(kind)} is unknown."),
        };
        reader.End();
        return description;
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", kind);
        WriteFields(writer);
        writer.WriteEndObject();
    }

    protected abstract void WriteFields(Utf8JsonWriter writer);

    private static LayerDescription[] ReadParts(DescriptionReader reader, int count)
    {
        LayerDescription[] layers = [.. reader.List("layers").Select(Read)];
        return layers.Length == count ? layers : throw new InvalidDataException($"{reader.Where}, layers: expected {count}, got {layers.Length}.");
    }

    private static void WriteParts(Utf8JsonWriter writer, params ReadOnlySpan<LayerDescription> layers)
    {
        writer.WriteStartArray("layers");
        foreach (LayerDescription layer in layers) layer.Write(writer);
        writer.WriteEndArray();
    }

    private static LayerDescription Of<T>(ILayer<T> model, Describing<T> at)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => model switch
        {
            LstmLayer<T> lstm => new LstmDescription(new RecurrentFields<LstmOptions>(model.InputSize, lstm.HiddenSize, lstm.Options, lstm.MaskSeed)),
            GruLayer<T> gru => new GruDescription(new RecurrentFields<GruOptions>(model.InputSize, gru.HiddenSize, gru.Options, gru.MaskSeed)),
            RnnLayer<T> rnn => new RnnDescription(new RecurrentFields<RnnOptions>(model.InputSize, rnn.HiddenSize, rnn.Options, rnn.MaskSeed), rnn.Activation),
            DenseLayer<T> dense => new DenseDescription(model.InputSize, model.OutputSize, at.Tied(dense.Weights)),
            EmbeddingLayer<T> embedding => new EmbeddingDescription(model.InputSize, model.OutputSize, embedding.PaddingToken, at.Tied(embedding.Weights)),
            DropoutLayer<T> dropout => new DropoutDescription(model.InputSize, dropout.Rate, dropout.Seed, dropout.Mask),
            LayerNormalizationLayer<T> normalization => new NormalizationDescription(model.InputSize, normalization.Epsilon),
            PoolingLayer<T> pooling => new PoolingDescription(model.InputSize, pooling.Kind),
            FeedbackLayer<T> or EncoderDecoder<T> or LayerStack<T> or ResidualLayer<T> or ReverseLayer<T> or BidirectionalLayer<T> when at.IsDeepest => throw new ArgumentException($"Expected at most {DeepestNesting} layers inside one another.", nameof(model)),
            FeedbackLayer<T> feedback => new FeedbackDescription(feedback.Steps, Of(feedback.Inner, at.Below("0."))),
            EncoderDecoder<T> pair => new EncoderDecoderDescription(Of(pair.Encoder, at.Below("encoder.")), Of(pair.Decoder, at.Below("decoder."))),
            ReverseLayer<T> reverse => new ReverseDescription(Of(reverse.Inner, at.Below(""))),
            BidirectionalLayer<T> both => new BidirectionalDescription(both.Merge, Of(both.ForwardLayer, at.Below("forward.")), Of(both.BackwardLayer, at.Below("backward."))),
            ResidualLayer<T> residual => new ResidualDescription(Of(residual.Inner, at.Below("0."))),
            LayerStack<T> stack => new StackDescription([.. stack.Layers.Select((layer, i) => Of(layer, at.Below($"{i}.")))]),
            _ => throw new ArgumentException($"Expected a model of the library's own layers (LstmLayer, GruLayer, RnnLayer, DenseLayer, EmbeddingLayer, DropoutLayer, LayerNormalizationLayer, PoolingLayer, ResidualLayer, ReverseLayer, BidirectionalLayer, FeedbackLayer, EncoderDecoder, LayerStack), got a {model.GetType().Name}.", nameof(model)),
        };

    private static string? ReadTied(DescriptionReader reader) => reader.Has(TiedField) ? reader.Text(TiedField) : null;

    private static void WriteTied(Utf8JsonWriter writer, string? tied)
    {
        if (tied is not null) writer.WriteString(TiedField, tied);
    }

    /// <summary>Writes an option that is on.</summary>
    private static void WriteOption(Utf8JsonWriter writer, string field, bool value)
    {
        if (value) writer.WriteBoolean(field, value);
    }

    /// <summary>Writes a number that is not 0, which stands for an option that is off.</summary>
    private static void WriteOption(Utf8JsonWriter writer, string field, double value)
    {
        if (value != 0) writer.WriteNumber(field, value);
    }

    /// <summary>Where a description is in the model that is described.</summary>
    private sealed class Describing<T>(IReadOnlyDictionary<Parameter<T>, string> names, string prefix, int nesting)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public Describing(ILayer<T> model)
            : this(model.Parameters.Zip(model.ParameterNames).ToDictionary(pair => pair.First, pair => pair.Second), "", DeepestNesting)
        {
        }

        /// <summary>The name of the parameter that stands in the place of a layer's weight, where it is another layer's first.</summary>
        public string? Tied(Parameter<T> weight) => string.Equals(names[weight], $"{prefix}weight", StringComparison.Ordinal) ? null : names[weight];

        public bool IsDeepest => nesting == 0;

        public Describing<T> Below(string part) => new(names, prefix + part, nesting - 1);
    }

    /// <summary>The model that is being made: its matrices so far, by their names in it.</summary>
    protected sealed class Making<T>(Dictionary<string, Parameter<T>> made, string prefix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public Making()
            : this(new Dictionary<string, Parameter<T>>(StringComparer.Ordinal), "")
        {
        }

        /// <summary>A parameter of a layer that is made already.</summary>
        public Parameter<T> this[string name] => made[name];

        /// <summary>Makes a part of the layer here, and notes its parameters.</summary>
        public ILayer<T> Part(LayerDescription description, string part)
        {
            ILayer<T> layer = description.Create(new Making<T>(made, prefix + part));
            for (int i = 0; i < layer.Parameters.Count; i++) made[prefix + part + layer.ParameterNames[i]] = layer.Parameters[i];
            return layer;
        }
    }

    /// <summary>What a recurrent layer of any kind is.</summary>
    private sealed record RecurrentFields<TOptions>(int InputSize, int HiddenSize, TOptions Options, int? MaskSeed)
        where TOptions : RecurrentOptions
    {
        private const string Input = "input";
        private const string Hidden = "hidden";
        private const string LayerNormalization = "layer_norm";
        private const string RecurrentDropout = "recurrent_dropout";
        private const string HiddenZoneout = "hidden_zoneout";
        private const string Seed = "seed";

        /// <summary>Reads them, given the options of the kind's own, and refuses options that a layer refuses.</summary>
        public static RecurrentFields<TOptions> Read(DescriptionReader reader, TOptions own)
        {
            int inputSize = reader.Size(Input), hiddenSize = reader.Size(Hidden);
            RecurrentOptions options = own with
            {
                LayerNormalization = reader.OptionalFlag(LayerNormalization),
                RecurrentDropout = reader.OptionalNumber(RecurrentDropout),
                HiddenZoneout = reader.OptionalNumber(HiddenZoneout),
            };
            if (options.Fault(hiddenSize) is { } fault) throw new InvalidDataException($"{reader.Where}: expected {fault.Expected}, got {fault.Actual}.");
            return new RecurrentFields<TOptions>(inputSize, hiddenSize, (TOptions)options, options.DrawsMasks ? reader.Integer(Seed) : null);
        }

        /// <summary>Writes what is on, so that a plain layer's description has its sizes alone.</summary>
        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Input, InputSize);
            writer.WriteNumber(Hidden, HiddenSize);
            WriteOption(writer, LayerNormalization, Options.LayerNormalization);
            WriteOption(writer, RecurrentDropout, Options.RecurrentDropout);
            WriteOption(writer, HiddenZoneout, Options.HiddenZoneout);
            if (MaskSeed is { } seed) writer.WriteNumber(Seed, seed);
        }
    }

    /// <summary>What recurrent layers share: PyTorch's four tensors, gates stacked by rows, and those that options add.</summary>
    /// <param name="kind">The kind's name.</param>
    /// <param name="gates">Blocks of rows of the weights.</param>
    /// <param name="sums">Blocks of rows of the gains, where sums are normalised.</param>
    /// <param name="fields">Sizes and options.</param>
    /// <param name="stateSize">Features of h.</param>
    private abstract class RecurrentDescription<TOptions>(string kind, int gates, int sums, RecurrentFields<TOptions> fields, int stateSize) : RecurrentDescription(kind, fields.InputSize, stateSize)
        where TOptions : RecurrentOptions
    {
        protected RecurrentFields<TOptions> Fields { get; } = fields;

        protected TOptions Options => Fields.Options;

        protected int HiddenSize => Fields.HiddenSize;

        protected long Rows { get; } = (long)gates * fields.HiddenSize;

        /// <summary>The seed to make the layer with: that of its masks, and of weights that are overwritten.</summary>
        protected int Seed => Fields.MaskSeed ?? 0;

        protected override IEnumerable<TensorPlan> Plans()
        {
            yield return new TensorPlan("weight_ih_l0", [Rows, InputSize], new RowBlock("weight_ih", 0, Rows));
            yield return new TensorPlan("weight_hh_l0", [Rows, OutputSize], new RowBlock("weight_hh", 0, Rows));
            yield return new TensorPlan("bias_ih_l0", [Rows], new RowBlock("bias", 0, Rows));
            yield return new TensorPlan("bias_hh_l0", [Rows], RecurrentBias());
            foreach (TensorPlan plan in OwnPlans()) yield return plan;
            if (Options.LayerNormalization) yield return Column("weight_norm", (long)sums * HiddenSize);
        }

        /// <summary>PyTorch has a second bias, which is the first one's twin wherever both are only added.</summary>
        protected virtual RowBlock[] RecurrentBias() => [new("bias", 0, Rows, Added: true)];

        /// <summary>What the kind's own options add.</summary>
        protected virtual IEnumerable<TensorPlan> OwnPlans() => [];

        protected override void WriteFields(Utf8JsonWriter writer) => Fields.Write(writer);

        /// <summary>A parameter of one column that PyTorch does not have.</summary>
        protected static TensorPlan Column(string name, long rows) => new(name, [rows], new RowBlock(name, 0, rows));
    }

    /// <summary>A layer that is one of PyTorch's in a bidirectional one.</summary>
    private abstract class RecurrentDescription(string kind, int inputSize, int outputSize) : LayerDescription(kind, inputSize, outputSize);

    private sealed class LstmDescription(RecurrentFields<LstmOptions> fields)
        : RecurrentDescription<LstmOptions>(Name, GatesOf(fields.Options), GatesOf(fields.Options), fields, fields.Options.ProjectionSize ?? fields.HiddenSize)
    {
        public const string Name = "lstm";

        private const string Projection = "projection";
        private const string Peepholes = "peepholes";
        private const string CoupledGates = "coupled_gates";
        private const string CellClip = "cell_clip";
        private const string CellZoneout = "cell_zoneout";

        public static LstmDescription ReadFields(DescriptionReader reader) => new(RecurrentFields<LstmOptions>.Read(reader, new LstmOptions
        {
            ProjectionSize = reader.Has(Projection) ? reader.Size(Projection) : null,
            Peepholes = reader.OptionalFlag(Peepholes),
            CoupledGates = reader.OptionalFlag(CoupledGates),
            CellClip = reader.Has(CellClip) ? reader.Number(CellClip) : null,
            CellZoneout = reader.OptionalNumber(CellZoneout),
        }));

        protected override ILayer<T> Create<T>(Making<T> making) => new LstmLayer<T>(InputSize, HiddenSize, Seed, Options);

        protected override IEnumerable<TensorPlan> OwnPlans()
        {
            if (Options.ProjectionSize is { } size) yield return new TensorPlan("weight_hr_l0", [size, HiddenSize], new RowBlock("weight_hr", 0, size));
            if (Options.Peepholes) yield return Column("weight_peephole", Rows - HiddenSize);
        }

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            base.WriteFields(writer);
            if (Options.ProjectionSize is { } size) writer.WriteNumber(Projection, size);
            WriteOption(writer, Peepholes, Options.Peepholes);
            WriteOption(writer, CoupledGates, Options.CoupledGates);
            WriteOption(writer, CellClip, Options.CellClip ?? 0);
            WriteOption(writer, CellZoneout, Options.CellZoneout);
        }

        private static int GatesOf(LstmOptions options) => options.CoupledGates ? 3 : 4;
    }

    private sealed class GruDescription(RecurrentFields<GruOptions> fields) : RecurrentDescription<GruOptions>(Name, gates: 3, sums: 4, fields, fields.HiddenSize)
    {
        public const string Name = "gru";

        private const string ResetBefore = "reset_before";

        public static GruDescription ReadFields(DescriptionReader reader) =>
            new(RecurrentFields<GruOptions>.Read(reader, new GruOptions { ResetBefore = reader.OptionalFlag(ResetBefore) }));

        protected override ILayer<T> Create<T>(Making<T> making) => new GruLayer<T>(InputSize, HiddenSize, Seed, Options);

        // The reset gate multiplies the candidate's recurrent bias and not its other one, unless it comes before both.
        protected override RowBlock[] RecurrentBias() =>
            Options.ResetBefore ? base.RecurrentBias() : [new("bias", 0, Rows - HiddenSize, Added: true), new("bias_hn", 0, HiddenSize)];

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            base.WriteFields(writer);
            WriteOption(writer, ResetBefore, Options.ResetBefore);
        }
    }

    private sealed class RnnDescription(RecurrentFields<RnnOptions> fields, RnnActivation activation) : RecurrentDescription<RnnOptions>(Name, gates: 1, sums: 1, fields, fields.HiddenSize)
    {
        public const string Name = "rnn";

        private const string Tanh = "tanh";
        private const string Relu = "relu";

        public static RnnDescription ReadFields(DescriptionReader reader)
        {
            RecurrentFields<RnnOptions> fields = RecurrentFields<RnnOptions>.Read(reader, new RnnOptions());
            string activation = reader.Text("activation");
            return activation switch
            {
                Tanh => new RnnDescription(fields, RnnActivation.Tanh),
                Relu => new RnnDescription(fields, RnnActivation.Relu),
                _ => throw new InvalidDataException($"{reader.Where}: the activation {StrictJson.Quote(activation)} is unknown."),
            };
        }

        protected override ILayer<T> Create<T>(Making<T> making) => new RnnLayer<T>(InputSize, HiddenSize, Seed, activation, Options);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            base.WriteFields(writer);
            writer.WriteString("activation", activation == RnnActivation.Relu ? Relu : Tanh);
        }
    }

    private sealed class DenseDescription(int inputSize, int outputSize, string? tied) : LayerDescription(Name, inputSize, outputSize)
    {
        public const string Name = "dense";

        protected override IEnumerable<TensorPlan> Plans() =>
        [
            new("weight", [OutputSize, InputSize], new RowBlock("weight", 0, OutputSize)) { Tied = tied },
            new("bias", [OutputSize], new RowBlock("bias", 0, OutputSize)),
        ];

        protected override ILayer<T> Create<T>(Making<T> making) => tied is null ? new DenseLayer<T>(InputSize, OutputSize, seed: 0) : new DenseLayer<T>(making[tied], seed: 0);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            writer.WriteNumber("input", InputSize);
            writer.WriteNumber("output", OutputSize);
            WriteTied(writer, tied);
        }
    }

    private sealed class EmbeddingDescription(int vocabulary, int size, int? paddingToken, string? tied) : LayerDescription(Name, vocabulary, size)
    {
        public const string Name = "embedding";

        private const string Padding = "padding";

        public static EmbeddingDescription ReadSizes(DescriptionReader reader)
        {
            int vocabulary = reader.Size("vocabulary"), size = reader.Size("size");
            long? paddingToken = reader.Has(Padding) ? reader.Natural(Padding) : null;
            if (paddingToken >= vocabulary) throw new InvalidDataException($"{reader.Where}, {Padding}: expected 0 to {vocabulary - 1}, got {paddingToken}.");
            return new EmbeddingDescription(vocabulary, size, (int?)paddingToken, ReadTied(reader));
        }

        protected override IEnumerable<TensorPlan> Plans() => [new("weight", [InputSize, OutputSize], new RowBlock("weight", 0, InputSize)) { Tied = tied }];

        protected override ILayer<T> Create<T>(Making<T> making) =>
            tied is null ? new EmbeddingLayer<T>(InputSize, OutputSize, paddingToken, seed: 0) : new EmbeddingLayer<T>(making[tied], paddingToken);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            writer.WriteNumber("vocabulary", InputSize);
            writer.WriteNumber("size", OutputSize);
            if (paddingToken is { } token) writer.WriteNumber(Padding, token);
            WriteTied(writer, tied);
        }
    }

    private sealed class FeedbackDescription(int steps, LayerDescription inner) : LayerDescription(Name, inner.InputSize, inner.OutputSize)
    {
        public const string Name = "feedback";

        public static FeedbackDescription ReadInner(DescriptionReader reader)
        {
            int steps = reader.Size("steps");
            LayerDescription inner = Read(reader.Object("layer"));
            if (inner.InputSize != inner.OutputSize) throw new InvalidDataException($"{reader.Where}: the layer has {inner.InputSize} inputs and {inner.OutputSize} outputs, which cannot be fed back.");
            return new FeedbackDescription(steps, inner);
        }

        protected override IEnumerable<TensorPlan> Plans() => inner.Plans().Select(plan => plan.Below("0."));

        protected override ILayer<T> Create<T>(Making<T> making) => new FeedbackLayer<T>(making.Part(inner, "0."), steps);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            writer.WriteNumber("steps", steps);
            writer.WritePropertyName("layer");
            inner.Write(writer);
        }
    }

    private sealed class EncoderDecoderDescription(LayerDescription encoder, LayerDescription decoder) : LayerDescription(Name, decoder.InputSize, decoder.OutputSize)
    {
        public const string Name = "encoder-decoder";

        public static EncoderDecoderDescription ReadParts(DescriptionReader reader)
        {
            LayerDescription encoder = Read(reader.Object("encoder")), decoder = Read(reader.Object("decoder"));
            return new EncoderDecoderDescription(encoder, decoder);
        }

        protected override IEnumerable<TensorPlan> Plans() => [.. encoder.Plans().Select(plan => plan.Below("encoder.")), .. decoder.Plans().Select(plan => plan.Below("decoder."))];

        protected override ILayer<T> Create<T>(Making<T> making)
        {
            ILayer<T> first = making.Part(encoder, "encoder.");
            ILayer<T> second = making.Part(decoder, "decoder.");
            try
            {
                return new EncoderDecoder<T>(first, second);
            }
            catch (ArgumentException exception)
            {
                throw new InvalidDataException($"The model's encoder and decoder do not fit: {exception.Message}", exception);
            }
        }

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            writer.WritePropertyName("encoder");
            encoder.Write(writer);
            writer.WritePropertyName("decoder");
            decoder.Write(writer);
        }
    }

    private sealed class StackDescription(LayerDescription[] layers) : LayerDescription(Name, layers[0].InputSize, layers[^1].OutputSize)
    {
        public const string Name = "stack";

        public static StackDescription ReadLayers(DescriptionReader reader)
        {
            LayerDescription[] layers = [.. reader.List("layers").Select(Read)];
            if (layers.Length == 0) throw new InvalidDataException($"{reader.Where}: a stack has at least one layer.");
            for (int i = 0; i < layers.Length; i++)
            {
                if (i > 0 && layers[i].InputSize != layers[i - 1].OutputSize)
                    throw new InvalidDataException($"{reader.Where}: layer {i} has {layers[i].InputSize} inputs, and the layer before it {layers[i - 1].OutputSize} outputs.");
            }

            return new StackDescription(layers);
        }

        protected override IEnumerable<TensorPlan> Plans() => layers.SelectMany((layer, i) => layer.Plans().Select(plan => plan.Below($"{i}.")));

        protected override ILayer<T> Create<T>(Making<T> making) => new LayerStack<T>([.. layers.Select((layer, i) => making.Part(layer, $"{i}."))]);

        protected override void WriteFields(Utf8JsonWriter writer) => WriteParts(writer, layers);
    }

    private sealed class ReverseDescription(LayerDescription layer) : LayerDescription(Name, layer.InputSize, layer.OutputSize)
    {
        public const string Name = "reverse";

        protected override IEnumerable<TensorPlan> Plans() => layer.Plans();

        protected override ILayer<T> Create<T>(Making<T> making) => new ReverseLayer<T>(making.Part(layer, ""));

        protected override void WriteFields(Utf8JsonWriter writer) => WriteParts(writer, layer);
    }

    private sealed class BidirectionalDescription(BidirectionalMerge merge, LayerDescription forward, LayerDescription backward)
        : LayerDescription(Name, forward.InputSize, merge == BidirectionalMerge.Concatenate ? forward.OutputSize + backward.OutputSize : forward.OutputSize)
    {
        public const string Name = "bidirectional";

        // What PyTorch adds to the tensor names of the direction that runs backwards.
        private const string Reverse = "_reverse";

        private static readonly string[] Merges = [.. Enum.GetNames<BidirectionalMerge>().Select(name => name.ToLowerInvariant())];

        public static BidirectionalDescription ReadDirections(DescriptionReader reader)
        {
            string merge = reader.Text("merge");
            int number = Array.IndexOf(Merges, merge);
            if (number < 0) throw new InvalidDataException($"{reader.Where}: the way to merge {StrictJson.Quote(merge)} is unknown.");
            LayerDescription[] layers = ReadParts(reader, 2);
            (LayerDescription forward, LayerDescription backward) = (layers[0], layers[1]);
            if (backward.InputSize != forward.InputSize)
                throw new InvalidDataException($"{reader.Where}: the forward layer has {forward.InputSize} inputs, and the backward layer {backward.InputSize}.");
            if (number != (int)BidirectionalMerge.Concatenate && backward.OutputSize != forward.OutputSize)
                throw new InvalidDataException($"{reader.Where}: the forward layer has {forward.OutputSize} outputs, and the backward layer {backward.OutputSize}, which are not concatenated.");
            if ((long)forward.OutputSize + backward.OutputSize > Array.MaxLength)
                throw new InvalidDataException($"{reader.Where}: the two layers have {(long)forward.OutputSize + backward.OutputSize} outputs, more than {Array.MaxLength}.");
            return new BidirectionalDescription((BidirectionalMerge)number, forward, backward);
        }

        /// <summary>PyTorch's names for what is one layer of PyTorch's; else the directions stand below their names.</summary>
        protected override IEnumerable<TensorPlan> Plans()
        {
            bool one = forward is RecurrentDescription && backward is RecurrentDescription;
            return
            [
                .. forward.Plans().Select(tensor => one ? tensor.Below("forward.", tensor.Name) : tensor.Below("forward.")),
                .. backward.Plans().Select(tensor => one ? tensor.Below("backward.", tensor.Name + Reverse) : tensor.Below("backward.")),
            ];
        }

        protected override ILayer<T> Create<T>(Making<T> making) => new BidirectionalLayer<T>(making.Part(forward, "forward."), making.Part(backward, "backward."), merge);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            writer.WriteString("merge", Merges[(int)merge]);
            WriteParts(writer, forward, backward);
        }
    }

    private sealed class ResidualDescription(LayerDescription inner) : LayerDescription(Name, inner.InputSize, inner.OutputSize)
    {
        public const string Name = "residual";

        public static ResidualDescription ReadInner(DescriptionReader reader)
        {
            // A list, as a stack's layers are, so that both count alike in the depth of a description.
            LayerDescription[] layers = [.. reader.List("layers").Select(Read)];
            if (layers.Length != 1) throw new InvalidDataException($"{reader.Where}: a residual layer has one layer, got {layers.Length}.");
            LayerDescription inner = layers[0];
            if (inner.InputSize != inner.OutputSize)
                throw new InvalidDataException($"{reader.Where}: the inner layer has {inner.InputSize} inputs and {inner.OutputSize} outputs, which a residual layer could not add.");
            return new ResidualDescription(inner);
        }

        protected override IEnumerable<TensorPlan> Plans() => inner.Plans().Select(tensor => tensor.Below("0."));

        protected override ILayer<T> Create<T>(Making<T> making) => new ResidualLayer<T>(making.Part(inner, "0."));

        protected override void WriteFields(Utf8JsonWriter writer) => WriteParts(writer, inner);
    }

    /// <summary>What layers share that give as many features as they take.</summary>
    private abstract class SizedDescription(string kind, int size) : LayerDescription(kind, size, size)
    {
        protected override IEnumerable<TensorPlan> Plans() => [];

        protected override void WriteFields(Utf8JsonWriter writer) => writer.WriteNumber("size", InputSize);
    }

    private sealed class DropoutDescription(int size, double rate, int seed, DropoutMask mask) : SizedDescription(Name, size)
    {
        public const string Name = "dropout";

        private const string EachStep = "each_step";
        private const string WholeSequence = "whole_sequence";

        public static DropoutDescription ReadFields(DescriptionReader reader)
        {
            int size = reader.Size("size");
            double rate = reader.Number("rate");
            if (!(rate >= 0 && rate < 1)) throw new InvalidDataException($"{reader.Where}, rate: expected 0 to below 1, got {rate}.");
            int seed = reader.Integer("seed");
            string mask = reader.Text("mask");
            return mask switch
            {
                EachStep => new DropoutDescription(size, rate, seed, DropoutMask.EachStep),
                WholeSequence => new DropoutDescription(size, rate, seed, DropoutMask.WholeSequence),
                _ => throw new InvalidDataException($"{reader.Where}: the mask {StrictJson.Quote(mask)} is unknown."),
            };
        }

        protected override ILayer<T> Create<T>(Making<T> making) => new DropoutLayer<T>(InputSize, rate, seed, mask);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            base.WriteFields(writer);
            writer.WriteNumber("rate", rate);
            writer.WriteNumber("seed", seed);
            writer.WriteString("mask", mask == DropoutMask.WholeSequence ? WholeSequence : EachStep);
        }
    }

    private sealed class NormalizationDescription(int size, double epsilon) : SizedDescription(Name, size)
    {
        public const string Name = "layer_norm";

        public static NormalizationDescription ReadFields(DescriptionReader reader)
        {
            int size = reader.Size("size");
            double epsilon = reader.Number("epsilon");
            if (!LayerNormalizationLayer<double>.Allows(epsilon)) throw new InvalidDataException($"{reader.Where}, epsilon: expected a number above 0 within float's range, got {epsilon}.");
            return new NormalizationDescription(size, epsilon);
        }

        protected override IEnumerable<TensorPlan> Plans() =>
        [
            new("weight", [InputSize], new RowBlock("weight", 0, InputSize)),
            new("bias", [InputSize], new RowBlock("bias", 0, InputSize)),
        ];

        protected override ILayer<T> Create<T>(Making<T> making) => new LayerNormalizationLayer<T>(InputSize, epsilon);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            base.WriteFields(writer);
            writer.WriteNumber("epsilon", epsilon);
        }
    }

    private sealed class PoolingDescription(int size, Pooling pooling) : SizedDescription(Name, size)
    {
        public const string Name = "pooling";

        private const string Last = "last";
        private const string Mean = "mean";
        private const string Max = "max";

        public static PoolingDescription ReadFields(DescriptionReader reader)
        {
            int size = reader.Size("size");
            string pooling = reader.Text("pooling");
            return pooling switch
            {
                Last => new PoolingDescription(size, Pooling.Last),
                Mean => new PoolingDescription(size, Pooling.Mean),
                Max => new PoolingDescription(size, Pooling.Max),
                _ => throw new InvalidDataException($"{reader.Where}: the pooling {StrictJson.Quote(pooling)} is unknown."),
            };
        }

        protected override ILayer<T> Create<T>(Making<T> making) => new PoolingLayer<T>(InputSize, pooling);

        protected override void WriteFields(Utf8JsonWriter writer)
        {
            base.WriteFields(writer);
            writer.WriteString("pooling", pooling switch { Pooling.Last => Last, Pooling.Mean => Mean, _ => Max });
        }
    }
}
