using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A quantized embedding: its sizes and the type of its weights.</summary>
internal sealed class QuantizedEmbeddingFormat() : LayerFormat("quantized_embedding")
{
    private const string VocabularyField = "vocabulary";
    private const string Size = "size";

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        (object)layer is QuantizedEmbeddingLayer embedding ? new Description(embedding.Type, embedding.InputSize, embedding.OutputSize) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(QuantizedFormat.Read(fields), fields.Size(VocabularyField), fields.Size(Size));

    private sealed class Description(QuantizedType type, int vocabulary, int size) : LayerDescription(vocabulary, size)
    {
        internal override bool TakesFeatures => false;

        protected internal override void Write(Utf8JsonWriter writer)
        {
            QuantizedFormat.Write(writer, type);
            writer.WriteNumber(VocabularyField, InputSize);
            writer.WriteNumber(Size, OutputSize);
        }

        protected internal override IEnumerable<TensorLayout> Tensors() => QuantizedFormat.Matrix(type, "weight", InputSize, OutputSize, byRows: true);

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => QuantizedFormat.Create<T>(() => new QuantizedEmbeddingLayer(type, InputSize, OutputSize));
    }
}
