using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A recurrent layer of any kind: its parameters follow from the spec of its cell, under PyTorch's names where PyTorch has them.</summary>
/// <param name="spec">The cell's gates and parameters, with the layer's options.</param>
/// <param name="inputSize">Features of the input.</param>
/// <param name="hiddenSize">Units.</param>
/// <param name="options">The layer's options.</param>
/// <param name="maskSeed">The seed of its masks; null without masks.</param>
internal abstract class RecurrentDescription(CellSpec spec, int inputSize, int hiddenSize, RecurrentOptions options, int? maskSeed) : LayerDescription(inputSize, spec.ProjectionSize ?? hiddenSize)
{
    public const string GateActivation = "gate_activation";
    public const string CandidateActivation = "candidate_activation";

    private const string Input = "input";
    private const string Hidden = "hidden";
    private const string LayerNormalization = "layer_norm";
    private const string RecurrentDropout = "recurrent_dropout";
    private const string HiddenZoneout = "hidden_zoneout";
    private const string Clip = "clip";
    private const string CheckpointSteps = "checkpoint_steps";
    private const string MaskSeed = "seed";
    private const string Bias = "bias";

    // In the order of RecurrentBias.
    private static readonly string[] Biases = ["merged", "separate", "none"];

    /// <summary>The cell's gates and parameters.</summary>
    internal CellSpec Spec => spec;

    internal int HiddenSize => hiddenSize;

    internal RecurrentOptions Options => options;

    /// <summary>The seed to create the layer with: that of its masks, or any if only the weights depend on it.</summary>
    protected int Seed => maskSeed ?? 0;

    public static int ReadInputSize(LayerFields fields) => fields.Size(Input);

    public static int ReadHiddenSize(LayerFields fields) => fields.Size(Hidden);

    /// <summary>Reads the options that all kinds share, adds them to those of the kind, and validates all of them.</summary>
    public static TOptions ReadOptions<TOptions>(LayerFields fields, TOptions own)
        where TOptions : RecurrentOptions
    {
        RecurrentOptions options = own with
        {
            LayerNormalization = fields.OptionalFlag(LayerNormalization),
            RecurrentDropout = fields.OptionalNumber(RecurrentDropout),
            HiddenZoneout = fields.OptionalNumber(HiddenZoneout),
            Clip = fields.Has(Clip) ? fields.Number(Clip) : null,
            CheckpointSteps = fields.Has(CheckpointSteps) ? fields.Integer(CheckpointSteps) : null,
            Bias = fields.Has(Bias) ? (RecurrentBias)fields.Choice(Bias, Biases) : RecurrentBias.Merged,
        };
        return options.Fault(ReadHiddenSize(fields)) is { } fault ? throw fields.Invalid($"expected {fault.Expected}, got {fault.Actual}.") : (TOptions)options;
    }

    public static int? ReadMaskSeed(LayerFields fields, RecurrentOptions options) => options.DrawsMasks ? fields.Integer(MaskSeed) : null;

    /// <summary>Returns this description after checking that the cell can be combined with its options, as the layer's constructor does.</summary>
    public RecurrentDescription RequireValid(LayerFields fields) =>
        spec.Fault(options.RecurrentDropout) is { } fault ? throw fields.Invalid($"expected {fault.Expected}, got {fault.Actual}.") : this;

    /// <summary>Writes the sizes and the options in use.</summary>
    protected internal override void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber(Input, InputSize);
        writer.WriteNumber(Hidden, HiddenSize);
        writer.WriteOption(LayerNormalization, options.LayerNormalization);
        writer.WriteOption(RecurrentDropout, options.RecurrentDropout);
        writer.WriteOption(HiddenZoneout, options.HiddenZoneout);
        writer.WriteOption(Clip, options.Clip ?? 0);
        if (options.Bias != RecurrentBias.Merged) writer.WriteString(Bias, Biases[(int)options.Bias]);
        if (options.CheckpointSteps is { } steps) writer.WriteNumber(CheckpointSteps, steps);
        if (maskSeed is { } seed) writer.WriteNumber(MaskSeed, seed);
    }

    protected internal override IEnumerable<TensorLayout> Tensors()
    {
        foreach (ParameterSpec parameter in spec.Parameters(InputSize, HiddenSize))
        {
            switch (parameter.Role)
            {
                case ParameterRole.InputWeights or ParameterRole.RecurrentWeights or ParameterRole.Projection:
                    yield return new TensorLayout($"{parameter.Name}_l0", parameter.Rows, parameter.Columns, parameter.Name);
                    break;
                case ParameterRole.Bias when options.Bias == RecurrentBias.Merged:
                    yield return new TensorLayout("bias_ih_l0", parameter.Rows, new RowBlock(parameter.Name, 0, parameter.Rows));
                    if (spec.HasRecurrentWeights) yield return new TensorLayout("bias_hh_l0", parameter.Rows, SecondBias(parameter));
                    break;
                case ParameterRole.RecurrentBias when options.Bias == RecurrentBias.Merged:
                    break; // part of bias_hh_l0
                case ParameterRole.Bias or ParameterRole.RecurrentBias:
                    yield return new TensorLayout($"{parameter.Name}_l0", parameter.Rows, new RowBlock(parameter.Name, 0, parameter.Rows));
                    break;
                default:
                    yield return new TensorLayout(parameter.Name, parameter.Rows);
                    break;
            }
        }
    }

    /// <summary>What PyTorch's second bias holds if the layer has a merged one: only the recurrent side of a split gate.</summary>
    private RowBlock[] SecondBias(ParameterSpec bias)
    {
        if (!spec.SplitsLastGate) return [new(bias.Name, 0, bias.Rows, IsAdded: true)];
        long shared = bias.Rows - HiddenSize;
        var split = new RowBlock(spec.Parameters(InputSize, HiddenSize).Single(parameter => parameter.Role == ParameterRole.RecurrentBias).Name, 0, HiddenSize);
        return shared > 0 ? [new(bias.Name, 0, shared, IsAdded: true), split] : [split];
    }
}

/// <summary>Options that are omitted from a file if they are off.</summary>
internal static class OptionalFields
{
    public static bool OptionalFlag(this LayerFields fields, string field) => fields.Has(field) && fields.Flag(field);

    public static double OptionalNumber(this LayerFields fields, string field) => fields.Has(field) ? fields.Number(field) : 0;

    public static void WriteOption(this Utf8JsonWriter writer, string field, bool value)
    {
        if (value) writer.WriteBoolean(field, value);
    }

    public static void WriteOption(this Utf8JsonWriter writer, string field, double value)
    {
        if (value != 0) writer.WriteNumber(field, value);
    }
}
