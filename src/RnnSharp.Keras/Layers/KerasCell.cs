using System.Globalization;
using System.Numerics;
using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Keras;

/// <summary>The options that all recurrent classes of Keras have.</summary>
/// <param name="Name">The name of the layer.</param>
/// <param name="Inputs">Features of the input.</param>
/// <param name="Units">Features of the output.</param>
/// <param name="Activation">The activation of the candidate and of the output.</param>
/// <param name="GateActivation">The activation of the gates: Keras's recurrent_activation. Sigmoid for a class without gates.</param>
/// <param name="Dropout">The fraction of the input that is dropped in training, with one mask for all steps.</param>
/// <param name="RecurrentDropout">The fraction of h that is dropped in training.</param>
/// <param name="Bias">The library's biases.</param>
/// <param name="IsTrainable">Whether training changes the weights.</param>
internal sealed record CellOptions(string Name, int Inputs, int Units, KerasActivation Activation, KerasActivation GateActivation, double Dropout, double RecurrentDropout, RecurrentBias Bias, bool IsTrainable)
{
    /// <summary>Whether Keras starts a batch with the state in which the one before it ended.</summary>
    public bool IsStateful { get; init; }

    public bool HasBias => Bias != RecurrentBias.None;

    /// <summary>The library's function for <see cref="Activation"/>.</summary>
    public Activation Function => KerasActivations.InLibrary(Activation)!.Value;

    /// <summary>The library's function for <see cref="GateActivation"/>.</summary>
    public Activation GateFunction => KerasActivations.InLibrary(GateActivation)!.Value;

    /// <inheritdoc cref="KerasLayer.TensorFlowJsFault"/>
    public string? TensorFlowJsFault => KerasActivations.TensorFlowJsFault(Activation) ?? KerasActivations.TensorFlowJsFault(GateActivation);

    /// <summary>Reads the options.</summary>
    /// <param name="fields">The configuration.</param>
    /// <param name="input">What enters the layer.</param>
    /// <param name="hasGates">Whether the class has gates.</param>
    public static CellOptions Read(KerasFields fields, KerasShape input, bool hasGates)
    {
        fields.RequireOff("time_major", "return_state");
        if (!input.IsSequence) throw fields.Refused("needs steps, but what enters it has none");
        KerasActivation activation = fields.Activation("activation", KerasActivation.Tanh), gates = hasGates ? fields.RecurrentActivation() : KerasActivation.Sigmoid;
        fields.RequireRecurrent("activation", activation);
        fields.RequireRecurrent("recurrent_activation", gates);
        return new CellOptions(
            fields.Name,
            input.Features,
            fields.Size("units"),
            activation,
            gates,
            fields.Rate("dropout"),
            fields.Rate("recurrent_dropout"),
            fields.Boolean("use_bias", true) ? RecurrentBias.Merged : RecurrentBias.None,
            fields.IsTrainable)
        {
            IsStateful = fields.Boolean("stateful", false),
        };
    }

    /// <summary>Describes a layer of the library.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="activation">The activation of its candidate and of its output.</param>
    /// <param name="gates">The activation of its gates.</param>
    /// <param name="path">The layer, for exceptions.</param>
    /// <exception cref="ArgumentException">It has an option that no recurrent layer of Keras has.</exception>
    public static CellOptions Of<T>(RecurrentLayer<T> layer, Activation activation, Activation gates, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentOptions options = layer.Options;
        if (options.LayerNormalization) throw Unknown(path, "layer normalization");
        if (options.HiddenZoneout > 0) throw Unknown(path, "zoneout");
        if (options.Clip is not null) throw Unknown(path, "clipped sums");
        return new CellOptions(
            "recurrent",
            layer.InputSize,
            layer.HiddenSize,
            KerasActivations.Of(activation) ?? throw Unknown(path, $"the activation {activation}"),
            KerasActivations.Of(gates) ?? throw Unknown(path, $"the activation {gates}"),
            Dropout: 0,
            options.RecurrentDropout,
            options.Bias,
            !layer.InputWeights.Frozen);
    }

    public static ArgumentException Unknown(string path, string option) => Refusal.OfModel($"Keras has no recurrent layer like {path}, which has {option}.");
}

/// <summary>One direction of a recurrent layer of Keras: the recurrent layer of the library, its weights and its configuration.</summary>
internal abstract class KerasCell(CellOptions options, string className, params int[] gates)
{
    public CellOptions Options { get; private set; } = options;

    public string ClassName { get; } = className;

    /// <summary>The name of its group in files of Keras 3.</summary>
    public abstract string GroupName { get; }

    /// <inheritdoc cref="KerasLayer.TensorFlowJsFault"/>
    public virtual string? TensorFlowJsFault => Options.TensorFlowJsFault;

    /// <summary>The biases of Keras: one, or two, of which the second belongs to the recurrent product.</summary>
    protected virtual int BiasRows => 1;

    /// <summary>The same cell with dropout of its input.</summary>
    public KerasCell WithDropout(double rate)
    {
        Options = Options with { Dropout = rate };
        return this;
    }

    /// <summary>Makes the layer of the library.</summary>
    public RecurrentLayer<T> Create<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentLayer<T> layer = CreateLayer<T>(seed);
        foreach (Parameter<T> parameter in layer.Parameters) parameter.Frozen = !Options.IsTrainable;
        return layer;
    }

    /// <summary>The weights, in Keras's order.</summary>
    /// <param name="layer">The name of the layer that they belong to.</param>
    /// <param name="part">The direction in that layer, or empty.</param>
    /// <param name="location">Where Keras 3 has the cell in the group of the layer.</param>
    /// <param name="prefix">The start of the names of the parameters.</param>
    public IEnumerable<KerasWeight> Weights(string layer, string part, string location, string prefix)
    {
        long units = Options.Units, columns = units * gates.Length;
        yield return Kernel("kernel", 0, Options.Inputs, "weight_ih");
        yield return Kernel("recurrent_kernel", 1, units, "weight_hh");
        if (!Options.HasBias) yield break;
        long[] shape = BiasRows == 1 ? [columns] : [BiasRows, columns];
        yield return new KerasWeight(layer, part, "bias", $"{location}/vars/2", shape, [.. BiasBlocks(prefix)]) { Cell = GroupName };

        KerasWeight Kernel(string name, int number, long rows, string parameter) => new(
            layer,
            part,
            name,
            string.Create(CultureInfo.InvariantCulture, $"{location}/vars/{number}"),
            [rows, columns],
            [.. gates.Select((gate, own) => new WeightBlock(prefix + parameter, 0, rows, gate * units, units, own * units, columns, 1))])
        {
            Cell = GroupName,
        };
    }

    public abstract void WriteConfig(Utf8JsonWriter writer);

    protected abstract RecurrentLayer<T> CreateLayer<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Where the elements of the bias are, for layers whose sums all have one bias, or two that are added.</summary>
    protected virtual IEnumerable<WeightBlock> BiasBlocks(string prefix)
    {
        if (Options.Bias == RecurrentBias.Merged) return BiasBlocks(prefix + "bias", 0, BlockUse.Both);
        return [.. BiasBlocks(prefix + "bias_ih", 0, BlockUse.Both), .. BiasBlocks(prefix + "bias_hh", 0, BlockUse.AddedToWeight)];
    }

    /// <summary>A block for each gate of one of the biases.</summary>
    protected IEnumerable<WeightBlock> BiasBlocks(string parameter, int row, BlockUse use)
    {
        for (int own = 0; own < gates.Length; own++) yield return BiasBlock(parameter, own, own, row, use);
    }

    /// <summary>A block for one gate of one of the biases.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="gate">The gate, in the library's order.</param>
    /// <param name="at">The block of the parameter.</param>
    /// <param name="row">The bias.</param>
    /// <param name="use">Whether one is added to the other.</param>
    protected WeightBlock BiasBlock(string parameter, int gate, int at, int row, BlockUse use)
    {
        long units = Options.Units;
        return new WeightBlock(parameter, row, 1, gates[gate] * units, units, at * units, 0, 1, use);
    }

    protected void WriteCommon(Utf8JsonWriter writer)
    {
        writer.WriteNumber("units", Options.Units);
        writer.WriteString("activation", KerasActivations.NameOf(Options.Activation));
        writer.WriteBoolean("use_bias", Options.HasBias);
        writer.WriteNumber("dropout", Options.Dropout);
        writer.WriteNumber("recurrent_dropout", Options.RecurrentDropout);
    }
}
