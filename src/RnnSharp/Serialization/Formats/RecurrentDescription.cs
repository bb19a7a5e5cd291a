using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A recurrent layer of any kind: PyTorch's four tensors, with the gates stacked by rows, and those that options add.</summary>
/// <param name="shape">Sizes, gates and sums.</param>
/// <param name="options">The layer's options.</param>
/// <param name="maskSeed">The seed of its masks; null without masks.</param>
internal abstract class RecurrentDescription(RecurrentShape shape, RecurrentOptions options, int? maskSeed) : LayerDescription(shape.InputSize, shape.StateSize ?? shape.HiddenSize)
{
    private const string Input = "input";
    private const string Hidden = "hidden";
    private const string LayerNormalization = "layer_norm";
    private const string RecurrentDropout = "recurrent_dropout";
    private const string HiddenZoneout = "hidden_zoneout";
    private const string MaskSeed = "seed";

    protected int HiddenSize => shape.HiddenSize;

    protected long Rows => (long)shape.Gates * shape.HiddenSize;

    /// <summary>The seed to create the layer with: that of its masks, or any where only the weights depend on it.</summary>
    protected int Seed => maskSeed ?? 0;

    public static int ReadInputSize(LayerFields fields) => fields.Size(Input);

    public static int ReadHiddenSize(LayerFields fields) => fields.Size(Hidden);

    /// <summary>Reads the options that all kinds have, adds them to a kind's own, and validates all of them.</summary>
    public static TOptions ReadOptions<TOptions>(LayerFields fields, TOptions own)
        where TOptions : RecurrentOptions
    {
        RecurrentOptions options = own with
        {
            LayerNormalization = fields.OptionalFlag(LayerNormalization),
            RecurrentDropout = fields.OptionalNumber(RecurrentDropout),
            HiddenZoneout = fields.OptionalNumber(HiddenZoneout),
        };
        return options.Fault(ReadHiddenSize(fields)) is { } fault ? throw fields.Invalid($"expected {fault.Expected}, got {fault.Actual}.") : (TOptions)options;
    }

    public static int? ReadMaskSeed(LayerFields fields, RecurrentOptions options) => options.DrawsMasks ? fields.Integer(MaskSeed) : null;

    /// <summary>Writes sizes and the options that are on.</summary>
    protected internal override void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber(Input, InputSize);
        writer.WriteNumber(Hidden, HiddenSize);
        writer.WriteOption(LayerNormalization, options.LayerNormalization);
        writer.WriteOption(RecurrentDropout, options.RecurrentDropout);
        writer.WriteOption(HiddenZoneout, options.HiddenZoneout);
        if (maskSeed is { } seed) writer.WriteNumber(MaskSeed, seed);
    }

    protected internal override IEnumerable<TensorLayout> Tensors()
    {
        yield return new TensorLayout("weight_ih_l0", Rows, InputSize, "weight_ih");
        yield return new TensorLayout("weight_hh_l0", Rows, OutputSize, "weight_hh");
        yield return new TensorLayout("bias_ih_l0", Rows, new RowBlock("bias", 0, Rows));
        yield return new TensorLayout("bias_hh_l0", Rows, RecurrentBias());
        foreach (TensorLayout tensor in OwnTensors()) yield return tensor;
        if (options.LayerNormalization) yield return new TensorLayout("weight_norm", (long)shape.Sums * HiddenSize);
    }

    /// <summary>What PyTorch's second bias holds: nothing where both biases are only added; but a kind may keep the last gate's two products apart.</summary>
    private RowBlock[] RecurrentBias() => shape.HasCandidateBias
        ? [.. Rows > HiddenSize ? (RowBlock[])[new("bias", 0, Rows - HiddenSize, IsAdded: true)] : [], new("bias_hn", 0, HiddenSize)]
        : [new("bias", 0, Rows, IsAdded: true)];

    /// <summary>The tensors of a kind's own options.</summary>
    protected virtual IEnumerable<TensorLayout> OwnTensors() => [];
}

/// <summary>The shape of a recurrent layer's parameters.</summary>
/// <param name="InputSize">Features of the input.</param>
/// <param name="HiddenSize">Units.</param>
/// <param name="Gates">Blocks of rows of the weights.</param>
/// <param name="Sums">Blocks of rows of the gains of normalized sums.</param>
/// <param name="HasCandidateBias">Whether the last gate's recurrent product has a bias of its own.</param>
/// <param name="StateSize">Features of the hidden state where they are not the units.</param>
internal sealed record RecurrentShape(int InputSize, int HiddenSize, int Gates, int Sums, bool HasCandidateBias = false, int? StateSize = null);

/// <summary>Options that are left out of a file where they are off.</summary>
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
