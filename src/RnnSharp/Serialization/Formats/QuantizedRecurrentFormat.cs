using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Serialization;

/// <summary>A quantized recurrent layer: the type of its weights, and what the format of the layer that was quantized writes.</summary>
/// <param name="kind">The name of the kind.</param>
/// <param name="format">The format of the layer that was quantized.</param>
internal sealed class QuantizedRecurrentFormat(string kind, RecurrentFormat format) : LayerFormat(kind)
{
    protected internal override LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer) =>
        (object)layer is QuantizedRecurrentLayer quantized && format.Describe(quantized.Prototype, quantized.InputSize, quantized.HiddenSize, quantized.OutputSize) is { } description
            ? new Description(quantized.Type, (SizedRecurrentDescription)description)
            : null;

    protected internal override LayerDescription Read(LayerFields fields)
    {
        QuantizedType type = QuantizedFormat.Read(fields);
        var layer = (SizedRecurrentDescription)format.Read(fields);
        if (layer.Options.LayerNormalization || layer.Options is GruOptions { ResetBefore: true }) throw fields.Invalid("layer normalization and the reset gate before the product are not supported in a quantized layer.");
        return new Description(type, layer);
    }

    private sealed class Description(QuantizedType type, SizedRecurrentDescription layer) : LayerDescription(layer.InputSize, layer.OutputSize)
    {
        protected internal override void Write(Utf8JsonWriter writer)
        {
            QuantizedFormat.Write(writer, type);
            layer.Write(writer);
        }

        protected internal override IEnumerable<TensorLayout> Tensors()
        {
            CellSpec spec = layer.Spec;
            int units = layer.HiddenSize;
            foreach (TensorLayout tensor in QuantizedFormat.Matrix(type, RecurrentTensors.Input, units, InputSize, spec.Gates.Count)) yield return tensor;
            foreach (TensorLayout tensor in QuantizedFormat.Matrix(type, RecurrentTensors.Hidden, units, OutputSize, spec.Gates.Count)) yield return tensor;
            if (spec.Bias != RecurrentBias.None) yield return QuantizedFormat.Vector(RecurrentTensors.Bias, units, spec.Sums.Count);
            if (spec.UnitWeights > 0) yield return QuantizedFormat.Vector(RecurrentTensors.UnitWeights, units, spec.UnitWeights);
            if (spec.ProjectionSize is null) yield break;
            foreach (TensorLayout tensor in QuantizedFormat.Matrix(type, RecurrentTensors.Projection, OutputSize, units)) yield return tensor;
        }

        protected internal override ILayer<T> Create<T>(LayerFactory<T> factory) => QuantizedFormat.Create<T>(() =>
            new QuantizedRecurrentLayer(type, layer.Create<float>(1, 1, 1), InputSize, layer.HiddenSize, OutputSize));
    }
}
