using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A gated recurrent unit layer.</summary>
internal sealed class GruFormat() : RecurrentFormat("gru")
{
    private const string ResetBefore = "reset_before";

    internal override RecurrentDescription? Describe<T>(ILayer<T> layer, int inputSize, int hiddenSize, int stateSize) =>
        layer is GruLayer<T> gru ? new Description(inputSize, hiddenSize, gru.Options, gru.MaskSeed) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        GruOptions options = RecurrentDescription.ReadOptions(fields, new GruOptions
        {
            ResetBefore = fields.OptionalFlag(ResetBefore),
            GateActivation = fields.OptionalActivation(RecurrentDescription.GateActivation, Activation.Sigmoid),
            CandidateActivation = fields.OptionalActivation(RecurrentDescription.CandidateActivation, Activation.Tanh),
        });
        return new Description(RecurrentDescription.ReadInputSize(fields), RecurrentDescription.ReadHiddenSize(fields), options, RecurrentDescription.ReadMaskSeed(fields, options)).RequireValid(fields);
    }

    private sealed class Description(int inputSize, int hiddenSize, GruOptions options, int? maskSeed)
        : SizedRecurrentDescription(options.Spec(), inputSize, hiddenSize, options, maskSeed)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            base.Write(writer);
            writer.WriteOption(ResetBefore, options.ResetBefore);
            writer.WriteOption(GateActivation, options.GateActivation, Activation.Sigmoid);
            writer.WriteOption(CandidateActivation, options.CandidateActivation, Activation.Tanh);
        }

        internal override RecurrentLayer<T> Create<T>(int inputSize, int hiddenSize, int stateSize) => new GruLayer<T>(inputSize, hiddenSize, Seed, options);
    }
}
