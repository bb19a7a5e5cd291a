using RnnSharp.Layers;

namespace RnnSharp.Onnx;

/// <summary>
/// The encoder reads the source, an input of the graph, and hands its state to the decoder. Inside another layer, where there is no source,
/// only the decoder runs.
/// </summary>
internal sealed class EncoderDecoderExporter : OnnxLayerExporter
{
    private const int Encoder = 0;
    private const int Decoder = 1;

    protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (layer is not EncoderDecoder<T> chain) return null;
        IReadOnlyList<string> state = context.State;
        if (context.Path.Length == 0 && context.Model.DeclareSource is { } declare) context.ExportPart(Encoder, declare(chain.Encoder), state, out state);
        OnnxSequence output = context.ExportPart(Decoder, input, state, out IReadOnlyList<string> final);
        for (int i = 0; i < final.Count; i++) context.SetFinalState(i, final[i]);
        return output;
    }
}
