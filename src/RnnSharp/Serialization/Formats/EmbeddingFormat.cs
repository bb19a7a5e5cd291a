using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>An embedding: vocabulary, size, the padding token, and the weights that it may share.</summary>
internal sealed class EmbeddingFormat() : LayerFormat("embedding")
{
    private const string VocabularyField = "vocabulary";
    private const string Size = "size";
    private const string Padding = "padding";
    private const string Weight = "weight";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) => layer is EmbeddingLayer<T> embedding
        ? new Description(embedding.InputSize, embedding.OutputSize, embedding.PaddingToken, describer.TiedName(embedding.Weights, Weight))
        : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        int vocabulary = fields.Size(VocabularyField);
        return new Description(vocabulary, fields.Size(Size), fields.Has(Padding) ? fields.Integer(Padding, 0, vocabulary - 1) : null, fields.TiedName());
    }

    private sealed class Description(int vocabulary, int size, int? paddingToken, string? tied) : LayerDescription(vocabulary, size)
    {
        internal override bool TakesFeatures => false;

        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(VocabularyField, InputSize);
            writer.WriteNumber(Size, OutputSize);
            if (paddingToken is { } token) writer.WriteNumber(Padding, token);
            LayerFields.WriteTied(writer, tied);
        }

        protected internal override IEnumerable<TensorLayout> Tensors() => [new(Weight, InputSize, OutputSize) { TiedTo = tied }];

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) =>
            tied is null ? new EmbeddingLayer<T>(InputSize, OutputSize, seed: 0, paddingToken) : new EmbeddingLayer<T>(factory.Tied(tied), paddingToken);
    }
}
