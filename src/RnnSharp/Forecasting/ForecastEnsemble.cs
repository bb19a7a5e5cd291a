using System.Globalization;
using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Forecasting;

/// <summary>The mean of the outputs of networks that read the same input.</summary>
internal sealed class ForecastEnsemble<T>(IReadOnlyList<ILayer<T>> members)
    : CompositeLayer<T>(members[0].InputSize, members[0].OutputSize, [.. members.Select((member, i) => new LayerPart<T>(i.ToString(CultureInfo.InvariantCulture), member))])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    protected override void Run(ForwardPass<T> pass, Sequence<T> input, State<T>? initialState)
    {
        var parts = (CompositePass<T>)pass;
        for (int i = 0; i < Parts.Count; i++) Add(parts.Forward(i, input, initialState), pass.Output, i == 0);
        Elementwise.Scale(pass.Output.Values, T.One / T.CreateChecked(Parts.Count));
    }

    /// <inheritdoc/>
    protected override void RunBackward(ForwardPass<T> pass, Sequence<T>? outputGradient, State<T>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<T> gradients) =>
        throw new InvalidOperationException("The members of an ensemble are trained one by one.");

    /// <inheritdoc/>
    protected override void RunPredict(Sequence<T> input, State<T> state, Sequence<T> output)
    {
        var member = new Sequence<T>(OutputSize, 1, 1);
        for (int i = 0; i < Parts.Count; i++) Add(PredictPart(i, input, state, member), output, i == 0);
        Elementwise.Scale(output.Values, T.One / T.CreateChecked(Parts.Count));
    }

    private static void Add(Sequence<T> member, Sequence<T> sum, bool isFirst)
    {
        sum.Resize(member.Batch, member.Steps);
        if (isFirst) member.Values.CopyTo(sum.Values);
        else Elementwise.Add(sum.Values, member.Values);
    }
}

/// <summary>The file format of an ensemble: its members.</summary>
internal sealed class ForecastEnsembleFormat() : LayerFormat("forecast-ensemble")
{
    public static LayerFormats Formats { get; } = LayerFormats.BuiltIn.Add(new ForecastEnsembleFormat());

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer.GetType() == typeof(ForecastEnsemble<T>) ? new Description(describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        IReadOnlyList<PartDescription> parts = fields.NumberedParts();
        foreach (PartDescription part in parts)
        {
            if (part.Layer.InputSize != parts[0].Layer.InputSize || part.Layer.OutputSize != parts[0].Layer.OutputSize) throw fields.Invalid("the members have different sizes.");
        }

        return new Description(parts);
    }

    private sealed class Description(IReadOnlyList<PartDescription> parts) : LayerDescription(parts[0].Layer.InputSize, parts[0].Layer.OutputSize, isStreaming: false, parts)
    {
        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new ForecastEnsemble<T>(factory.Parts());
    }
}
