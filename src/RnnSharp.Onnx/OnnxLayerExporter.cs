using System.Numerics;

namespace RnnSharp.Onnx;

/// <summary>
/// How one kind of layer becomes nodes of an ONNX graph. To export a layer of your own, derive an exporter from this class and add it to the
/// exporters that you pass in <see cref="OnnxExportOptions.Exporters"/>: <c>OnnxLayerExporters.BuiltIn.Add(new MyExporter())</c>. A recurrent
/// layer with equations of your own needs none. An exporter holds no state, so threads can share it.
/// </summary>
public abstract class OnnxLayerExporter
{
    /// <summary>Adds a layer's nodes to the graph. Returns null, and adds nothing, if the layer is of another kind, including a subclass.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="layer">Any layer.</param>
    /// <param name="input">The layer's input.</param>
    /// <param name="context">The graph, as seen from the layer: its parameters, its state and its parts.</param>
    /// <returns>The layer's output, [steps, batch, OutputSize].</returns>
    /// <exception cref="ArgumentException">The layer cannot be exported.</exception>
    protected internal abstract OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
