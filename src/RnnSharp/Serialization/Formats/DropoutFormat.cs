using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Serialization;

/// <summary>A dropout layer: size, rate, and what its masks depend on.</summary>
internal sealed class DropoutFormat() : LayerFormat("dropout")
{
    private const string Size = "size";
    private const string Rate = "rate";
    private const string Seed = "seed";
    private const string Mask = "mask";

    // In the order of DropoutMask.
    private static readonly string[] Masks = ["each_step", "whole_sequence"];

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is DropoutLayer<T> dropout ? new Description(dropout.InputSize, dropout.Rate, dropout.Seed, dropout.Mask) : null;

    protected internal override LayerDescription Read(LayerFields fields) => new Description(
        fields.Size(Size), fields.Number(Rate, "at least 0 and below 1", rate => rate is >= 0 and < 1), fields.Integer(Seed), (DropoutMask)fields.Choice(Mask, Masks));

    private sealed class Description(int size, double rate, int seed, DropoutMask mask) : LayerDescription(size, size)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            writer.WriteNumber(Size, InputSize);
            writer.WriteNumber(Rate, rate);
            writer.WriteNumber(Seed, seed);
            writer.WriteString(Mask, Masks[(int)mask]);
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => new DropoutLayer<T>(InputSize, rate, seed, mask);
    }
}
