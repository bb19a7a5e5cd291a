using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>Keras's Embedding.</summary>
internal sealed class EmbeddingKind() : KerasKind("Embedding")
{
    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        fields.RequireOff("lora_rank", "quantization_config");
        bool masks = fields.Boolean("mask_zero", false);
        int vocabulary = fields.Size("input_dim");
        return new KerasEmbedding(fields.Name, vocabulary, fields.Size("output_dim"), masks ? 0 : null) { IsTrainable = fields.IsTrainable };
    }

    public override KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path) => layer is EmbeddingLayer<T> embedding
        ? new KerasEmbedding("embedding", embedding.InputSize, embedding.OutputSize, embedding.PaddingToken) { Prefix = prefix, IsTrainable = !embedding.Weights.Frozen }
        : null;
}

/// <summary>An embedding: the only layer that takes tokens.</summary>
/// <param name="name">Its name.</param>
/// <param name="vocabulary">The number of tokens.</param>
/// <param name="size">Features of a token.</param>
/// <param name="paddingToken">The token that fills the end of an example, 0 in Keras (mask_zero); none if null.</param>
internal sealed class KerasEmbedding(string name, int vocabulary, int size, int? paddingToken) : KerasLayer(name, "Embedding")
{
    public int Vocabulary => vocabulary;

    public int? PaddingToken => paddingToken;

    public override string GroupName => "embedding";

    public override string? TensorFlowJsFault => paddingToken is null ? null : "a padding token, which only Keras's mask_zero has, where it also skips steps";

    public override KerasShape Output => new(size, true);

    public override IReadOnlyList<ILayer<T>> Create<T>(int seed)
    {
        var layer = new EmbeddingLayer<T>(vocabulary, size, seed, paddingToken);
        layer.Weights.Frozen = !IsTrainable;
        return [layer];
    }

    public override IReadOnlyList<KerasWeight> Weights() =>
        [new(Name, "", "embeddings", "vars/0", [vocabulary, size], new WeightBlock($"{Prefix}weight", 0, vocabulary, 0, size, 0, 1, vocabulary))];

    public override void WriteConfig(Utf8JsonWriter writer)
    {
        writer.WriteNumber("input_dim", vocabulary);
        writer.WriteNumber("output_dim", size);
        writer.WriteBoolean("mask_zero", false);
    }
}
