using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>An encoder and a decoder.</summary>
internal sealed class EncoderDecoderFormat() : LayerFormat("encoder-decoder")
{
    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is EncoderDecoder<T> ? new Description(describer.Parts()) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(fields.Parts("encoder", "decoder"));

    // The sizes are those of the decoder; the encoder's input is a separate argument.
    private sealed class Description(IReadOnlyList<PartDescription> parts)
        : LayerDescription(parts[1].Layer.InputSize, parts[1].Layer.OutputSize, parts[1].Layer.IsStreaming, parts)
    {
        internal override bool TakesFeatures => Parts[1].Layer.TakesFeatures;

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory)
        {
            IReadOnlyList<ILayer<T>> created = factory.Parts();
            return new EncoderDecoder<T>(created[0], created[1]);
        }
    }
}
