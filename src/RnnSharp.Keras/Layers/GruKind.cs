using System.Text.Json;
using RnnSharp.Recurrent;

namespace RnnSharp.Keras;

/// <summary>
/// Keras's GRU: columns z, r, h, where the library has rows r, z, n; in both, h' = z∘h + (1 - z)∘n. With reset_after, Keras has two biases, as
/// PyTorch does.
/// </summary>
internal sealed class GruKind() : CellKind("GRU", "CuDNNGRU")
{
    protected override KerasCell ReadCell(KerasFields fields, CellOptions options)
    {
        if (fields.ClassName is not "GRU") throw fields.Refused("has the layout of cuDNN, which is not supported: save it as a GRU");

        // A configuration of Keras 2 without the option is older than the option, unless it is of TensorFlow 2.
        bool resetsAfter = fields.Boolean("reset_after", fields.Version != KerasVersion.Two);
        return new KerasGru(resetsAfter && options.HasBias ? options with { Bias = RecurrentBias.Separate } : options, resetsAfter);
    }

    public override KerasCell? DescribeDirection<T>(ILayer<T> layer, string path)
    {
        if (layer is not GruLayer<T> gru) return null;
        return new KerasGru(CellOptions.Of(gru, gru.Options.CandidateActivation, gru.Options.GateActivation, path), !gru.Options.ResetBefore);
    }

    private sealed class KerasGru(CellOptions options, bool resetsAfter) : KerasCell(options, "GRU", 1, 0, 2)
    {
        private const int Candidate = 2;

        public override string GroupName => "gru";

        public override string? TensorFlowJsFault => resetsAfter ? "a reset gate after the product (set GruOptions.ResetBefore before training)" : base.TensorFlowJsFault;

        protected override int BiasRows => resetsAfter ? 2 : 1;

        public override void WriteConfig(Utf8JsonWriter writer)
        {
            WriteCommon(writer);
            writer.WriteString("recurrent_activation", KerasActivations.NameOf(Options.GateActivation));
            writer.WriteBoolean("reset_after", resetsAfter);
        }

        protected override RecurrentLayer<T> CreateLayer<T>(int seed) => new GruLayer<T>(Options.Inputs, Options.Units, seed, new GruOptions
        {
            Bias = Options.Bias,
            RecurrentDropout = Options.RecurrentDropout,
            ResetBefore = !resetsAfter,
            GateActivation = Options.GateFunction,
            CandidateActivation = Options.Function,
        });

        protected override IEnumerable<WeightBlock> BiasBlocks(string prefix)
        {
            if (!resetsAfter) return base.BiasBlocks(prefix);
            if (Options.Bias == RecurrentBias.Separate) return [.. BiasBlocks(prefix + "bias_ih", 0, BlockUse.Both), .. BiasBlocks(prefix + "bias_hh", 1, BlockUse.Both)];

            // Merged: only the candidate has a bias of its own for the recurrent product.
            return
            [
                .. BiasBlocks(prefix + "bias", 0, BlockUse.Both),
                BiasBlock(prefix + "bias", 0, 0, 1, BlockUse.AddedToParameter),
                BiasBlock(prefix + "bias", 1, 1, 1, BlockUse.AddedToParameter),
                BiasBlock(prefix + "bias_hn", Candidate, 0, 1, BlockUse.Both),
            ];
        }
    }
}
