using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A plain recurrent layer.</summary>
internal sealed class RnnFormat() : RecurrentFormat("rnn")
{
    private const string ActivationField = "activation";

    internal override RecurrentDescription? Describe<T>(ILayer<T> layer, int inputSize, int hiddenSize, int stateSize) =>
        layer is RnnLayer<T> rnn ? new Description(inputSize, hiddenSize, rnn.Activation, rnn.Options, rnn.MaskSeed) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        RnnOptions options = RecurrentDescription.ReadOptions(fields, new RnnOptions());
        Activation activation = fields.Activation(ActivationField);
        return new Description(RecurrentDescription.ReadInputSize(fields), RecurrentDescription.ReadHiddenSize(fields), activation, options, RecurrentDescription.ReadMaskSeed(fields, options)).RequireValid(fields);
    }

    private sealed class Description(int inputSize, int hiddenSize, Activation activation, RnnOptions options, int? maskSeed)
        : SizedRecurrentDescription(options.Spec(), inputSize, hiddenSize, options, maskSeed)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            base.Write(writer);
            writer.WriteActivation(ActivationField, activation);
        }

        internal override RecurrentLayer<T> Create<T>(int inputSize, int hiddenSize, int stateSize) => new RnnLayer<T>(inputSize, hiddenSize, Seed, activation, options);
    }
}
