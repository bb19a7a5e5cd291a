using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>An independently recurrent layer.</summary>
internal sealed class IndRnnFormat() : LayerFormat("indrnn")
{
    private const string ActivationField = "activation";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is IndRnnLayer<T> indRnn ? new Description(indRnn.InputSize, indRnn.HiddenSize, indRnn.Activation, indRnn.Options, indRnn.MaskSeed) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        IndRnnOptions options = RecurrentDescription.ReadOptions(fields, new IndRnnOptions());
        Activation activation = fields.Activation(ActivationField);
        return new Description(RecurrentDescription.ReadInputSize(fields), RecurrentDescription.ReadHiddenSize(fields), activation, options, RecurrentDescription.ReadMaskSeed(fields, options)).RequireValid(fields);
    }

    private sealed class Description(int inputSize, int hiddenSize, Activation activation, IndRnnOptions options, int? maskSeed)
        : RecurrentDescription(options.Spec(), inputSize, hiddenSize, options, maskSeed)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            base.Write(writer);
            writer.WriteActivation(ActivationField, activation);
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new IndRnnLayer<T>(InputSize, HiddenSize, Seed, activation, options);
    }
}
