using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>Keras's Dropout, with a mask for each step or, by its noise_shape, one for all; and SpatialDropout1D, which always has one for all.</summary>
internal sealed class DropoutKind() : KerasKind("Dropout", Spatial)
{
    private const string Spatial = "SpatialDropout1D";

    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        bool isSpatial = string.Equals(fields.ClassName, Spatial, StringComparison.Ordinal);
        if (fields.Find("noise_shape") is { } shape && !isSpatial) isSpatial = IsOneMask(fields, shape, input);
        return new KerasDropout(fields.Name, input, fields.Rate("rate"), isSpatial ? DropoutMask.WholeSequence : DropoutMask.EachStep, fields.Find("seed") is { } seed ? unchecked((int)seed.Int64()) : null);
    }

    public override KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path) => layer is DropoutLayer<T> dropout
        ? new KerasDropout("dropout", new KerasShape(dropout.InputSize, true), dropout.Rate, dropout.Mask, dropout.Seed)
        : null;

    /// <summary>Whether a noise_shape has one mask for all steps.</summary>
    private static bool IsOneMask(KerasFields fields, KerasJson noise, KerasShape input)
    {
        List<KerasJson> sizes = noise.ShortList();
        bool isFull = sizes.Count > 0 && (sizes[^1].IsNull || sizes[^1].Int64() == input.Features) && sizes[0].IsNull;
        if (isFull && sizes.Count == 2 && !input.IsSequence) return false;
        if (isFull && sizes.Count == 3 && input.IsSequence && sizes[1].IsNull) return false;
        if (isFull && sizes.Count == 3 && input.IsSequence && sizes[1].Int64() == 1) return true;
        throw fields.Refused("has a noise_shape which is not supported: expected [null, 1, features]");
    }

    private sealed class KerasDropout(string name, KerasShape input, double rate, DropoutMask mask, int? seed) : KerasLayer(name, mask == DropoutMask.WholeSequence ? Spatial : "Dropout")
    {
        public override string GroupName => "dropout";

        public override KerasShape Output => input;

        public override IReadOnlyList<ILayer<T>> Create<T>(int ownSeed) => [new DropoutLayer<T>(input.Features, rate, seed ?? ownSeed, mask)];

        public override void WriteConfig(Utf8JsonWriter writer) => writer.WriteNumber("rate", rate);
    }
}
