using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A SegRNN layer: its sizes and options. The tensors have the names of the authors' PyTorch code.</summary>
internal sealed class SegRnnFormat() : LayerFormat("segrnn")
{
    private const string Columns = "columns";
    private const string Lookback = "lookback";
    private const string Horizon = "horizon";
    private const string Segment = "segment";
    private const string Hidden = "hidden";
    private const string Dropout = "dropout";
    private const string ColumnEmbedding = "column_embedding";
    private const string Seed = "seed";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is SegRnnLayer<T> segments ? new Description(segments.InputSize, segments.Lookback, segments.Horizon, segments.MaskSeed, segments.Options) : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        var options = new SegRnnOptions
        {
            SegmentLength = fields.Size(Segment),
            HiddenSize = fields.Size(Hidden),
            Dropout = fields.Number(Dropout),
            ColumnEmbedding = fields.Flag(ColumnEmbedding),
        };
        int lookback = fields.Size(Lookback), horizon = fields.Size(Horizon);
        return options.Fault(lookback, horizon) is { } fault
            ? throw fields.Invalid($"expected {fault.Expected}, got {fault.Actual}.")
            : new Description(fields.Size(Columns), lookback, horizon, fields.Integer(Seed), options);
    }

    private sealed class Description(int columns, int lookback, int horizon, int seed, SegRnnOptions options) : LayerDescription(columns, columns, isStreaming: false)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Columns, InputSize);
            writer.WriteNumber(Lookback, lookback);
            writer.WriteNumber(Horizon, horizon);
            writer.WriteNumber(Segment, options.SegmentLength);
            writer.WriteNumber(Hidden, options.HiddenSize);
            writer.WriteNumber(Dropout, options.Dropout);
            writer.WriteBoolean(ColumnEmbedding, options.ColumnEmbedding);
            writer.WriteNumber(Seed, seed);
        }

        protected internal override IEnumerable<TensorLayout> Tensors()
        {
            long units = options.HiddenSize, length = options.SegmentLength, gates = 3 * units;
            yield return new("valueEmbedding.0.weight", units, length);
            yield return new("valueEmbedding.0.bias", units);
            yield return new("rnn.weight_ih_l0", gates, units, "rnn.weight_ih");
            yield return new("rnn.weight_hh_l0", gates, units, "rnn.weight_hh");
            yield return new("rnn.bias_ih_l0", gates, new RowBlock("rnn.bias_ih", 0, gates));
            yield return new("rnn.bias_hh_l0", gates, new RowBlock("rnn.bias_hh", 0, gates));
            yield return new("pos_emb", horizon / length, options.ColumnEmbedding ? units / 2 : units);
            if (options.ColumnEmbedding) yield return new("channel_emb", InputSize, units / 2);
            yield return new("predict.1.weight", length, units);
            yield return new("predict.1.bias", length);
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new SegRnnLayer<T>(InputSize, lookback, horizon, seed, options);
    }
}
