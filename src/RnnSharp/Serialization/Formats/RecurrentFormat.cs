using System.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A kind of recurrent layer that can be described at other sizes: its options are also those of its quantized kind.</summary>
internal abstract class RecurrentFormat(string kind) : LayerFormat(kind)
{
    /// <summary>Describes a layer of this kind and options with the given sizes; null if the layer is of another kind.</summary>
    internal abstract RecurrentDescription? Describe<T>(ILayer<T> layer, int inputSize, int hiddenSize, int stateSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        layer is RecurrentLayer<T> recurrent ? Describe(layer, recurrent.InputSize, recurrent.HiddenSize, recurrent.OutputSize) : null;
}

/// <summary>The description of a layer that can be created at other sizes.</summary>
/// <inheritdoc/>
internal abstract class SizedRecurrentDescription(CellSpec spec, int inputSize, int hiddenSize, RecurrentOptions options, int? maskSeed)
    : RecurrentDescription(spec, inputSize, hiddenSize, options, maskSeed)
{
    /// <summary>Creates a layer of this kind and options with the given sizes.</summary>
    internal abstract RecurrentLayer<T> Create<T>(int inputSize, int hiddenSize, int stateSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => Create<T>(InputSize, HiddenSize, OutputSize);
}
