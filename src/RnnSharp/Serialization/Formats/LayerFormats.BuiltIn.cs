namespace RnnSharp.Serialization;

public sealed partial class LayerFormats
{
    /// <summary>The formats of the built-in layers.</summary>
    public static LayerFormats BuiltIn { get; } = new(
    [
        new LstmFormat(),
        new GruFormat(),
        new RnnFormat(),
        new IndRnnFormat(),
        new DenseFormat(),
        new EmbeddingFormat(),
        new DropoutFormat(),
        new ActivationFormat(),
        new AttentionFormat(),
        new LayerNormalizationFormat(),
        new PoolingFormat(),
        new StackFormat(),
        new ResidualFormat(),
        new ReverseFormat(),
        new BidirectionalFormat(),
        new FeedbackFormat(),
        new ReversibleNormalizationFormat(),
        new EncoderDecoderFormat(),
        new SegRnnFormat(),
        new QuantizedRecurrentFormat("quantized_lstm", new LstmFormat()),
        new QuantizedRecurrentFormat("quantized_gru", new GruFormat()),
        new QuantizedRecurrentFormat("quantized_rnn", new RnnFormat()),
        new QuantizedDenseFormat(),
        new QuantizedEmbeddingFormat(),
    ]);
}
