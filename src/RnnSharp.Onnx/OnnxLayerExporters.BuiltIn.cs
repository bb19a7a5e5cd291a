namespace RnnSharp.Onnx;

public sealed partial class OnnxLayerExporters
{
    /// <summary>The exporters of the built-in layers and of recurrent layers with equations of your own.</summary>
    public static OnnxLayerExporters BuiltIn { get; } = new(
    [
        new LstmExporter(),
        new GruExporter(),
        new RnnExporter(),
        new EquationsExporter(),
        new DenseExporter(),
        new EmbeddingExporter(),
        new DropoutExporter(),
        new ActivationExporter(),
        new AttentionExporter(),
        new LayerNormalizationExporter(),
        new PoolingExporter(),
        new StackExporter(),
        new ResidualExporter(),
        new ReverseExporter(),
        new BidirectionalExporter(),
        new FeedbackExporter(),
        new ReversibleNormalizationExporter(),
        new EncoderDecoderExporter(),
        new SegRnnExporter(),
    ]);
}
