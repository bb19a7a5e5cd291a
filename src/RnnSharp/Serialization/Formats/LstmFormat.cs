using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A long short-term memory layer.</summary>
internal sealed class LstmFormat() : RecurrentFormat("lstm")
{
    private const string Projection = "projection";
    private const string Peepholes = "peepholes";
    private const string CoupledGates = "coupled_gates";
    private const string CellClip = "cell_clip";
    private const string CellZoneout = "cell_zoneout";
    private const string OutputActivation = "output_activation";

    internal override RecurrentDescription? Describe<T>(ILayer<T> layer, int inputSize, int hiddenSize, int stateSize) => layer is LstmLayer<T> lstm
        ? new Description(inputSize, hiddenSize, lstm.Options with { ProjectionSize = lstm.Options.ProjectionSize is null ? null : stateSize }, lstm.MaskSeed)
        : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        LstmOptions options = RecurrentDescription.ReadOptions(fields, new LstmOptions
        {
            ProjectionSize = fields.Has(Projection) ? fields.Size(Projection) : null,
            Peepholes = fields.OptionalFlag(Peepholes),
            CoupledGates = fields.OptionalFlag(CoupledGates),
            CellClip = fields.Has(CellClip) ? fields.Number(CellClip) : null,
            CellZoneout = fields.OptionalNumber(CellZoneout),
            GateActivation = fields.OptionalActivation(RecurrentDescription.GateActivation, Activation.Sigmoid),
            CandidateActivation = fields.OptionalActivation(RecurrentDescription.CandidateActivation, Activation.Tanh),
            OutputActivation = fields.OptionalActivation(OutputActivation, Activation.Tanh),
        });
        return new Description(RecurrentDescription.ReadInputSize(fields), RecurrentDescription.ReadHiddenSize(fields), options, RecurrentDescription.ReadMaskSeed(fields, options)).RequireValid(fields);
    }

    private sealed class Description(int inputSize, int hiddenSize, LstmOptions options, int? maskSeed)
        : SizedRecurrentDescription(options.Spec(), inputSize, hiddenSize, options, maskSeed)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            base.Write(writer);
            if (options.ProjectionSize is { } size) writer.WriteNumber(Projection, size);
            writer.WriteOption(Peepholes, options.Peepholes);
            writer.WriteOption(CoupledGates, options.CoupledGates);
            writer.WriteOption(CellClip, options.CellClip ?? 0);
            writer.WriteOption(CellZoneout, options.CellZoneout);
            writer.WriteOption(GateActivation, options.GateActivation, Activation.Sigmoid);
            writer.WriteOption(CandidateActivation, options.CandidateActivation, Activation.Tanh);
            writer.WriteOption(OutputActivation, options.OutputActivation, Activation.Tanh);
        }

        internal override RecurrentLayer<T> Create<T>(int inputSize, int hiddenSize, int stateSize) =>
            new LstmLayer<T>(inputSize, hiddenSize, Seed, options with { ProjectionSize = options.ProjectionSize is null ? null : stateSize });
    }
}
