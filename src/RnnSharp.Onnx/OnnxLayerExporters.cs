using System.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>The kinds of layers that can be exported. Immutable, so threads can share it.</summary>
public sealed partial class OnnxLayerExporters
{
    private readonly OnnxLayerExporter[] _exporters;

    private OnnxLayerExporters(OnnxLayerExporter[] exporters) => _exporters = exporters;

    /// <summary>Returns these exporters with others added, which are asked after them. This object does not change.</summary>
    /// <param name="exporters">Exporters of kinds that are not included yet.</param>
    /// <exception cref="ArgumentException">An exporter is null.</exception>
    public OnnxLayerExporters Add(params OnnxLayerExporter[] exporters)
    {
        ArgumentNullException.ThrowIfNull(exporters);
        foreach (OnnxLayerExporter exporter in exporters) ArgumentNullException.ThrowIfNull(exporter, nameof(exporters));
        return new OnnxLayerExporters([.. _exporters, .. exporters]);
    }

    /// <summary>Exports a layer by the first exporter that supports it; null if none does.</summary>
    internal OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (OnnxLayerExporter exporter in _exporters)
        {
            if (exporter.Export(layer, input, context) is { } output) return output;
        }

        return null;
    }

    /// <summary>The operator that a recurrent layer is exported as; null if it is exported in another way.</summary>
    internal RecurrentNode<T>? NodeOf<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layer is not RecurrentLayer<T>) return null;
        foreach (OnnxLayerExporter exporter in _exporters)
        {
            if (exporter is RecurrentExporter recurrent && recurrent.NodeOf(layer) is { } node) return node;
        }

        return null;
    }
}
