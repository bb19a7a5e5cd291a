using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A plain recurrent layer.</summary>
internal sealed class RnnFormat() : LayerFormat("rnn")
{
    private const string ActivationField = "activation";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is RnnLayer<T> rnn ? new Description(rnn.InputSize, rnn.HiddenSize, rnn.Activation, rnn.Options, rnn.MaskSeed) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        RnnOptions options = RecurrentDescription.ReadOptions(fields, new RnnOptions());
        Activation activation = fields.Activation(ActivationField);
        return new Description(RecurrentDescription.ReadInputSize(fields), RecurrentDescription.ReadHiddenSize(fields), activation, options, RecurrentDescription.ReadMaskSeed(fields, options)).RequireValid(fields);
    }

    private sealed class Description(int inputSize, int hiddenSize, Activation activation, RnnOptions options, int? maskSeed)
        : RecurrentDescription(options.Spec(), inputSize, hiddenSize, options, maskSeed)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            base.Write(writer);
            writer.WriteActivation(ActivationField, activation);
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new RnnLayer<T>(InputSize, HiddenSize, Seed, activation, options);
    }
}
