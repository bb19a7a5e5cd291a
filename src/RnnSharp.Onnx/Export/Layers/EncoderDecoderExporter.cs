using System.Numerics;
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
        string[] state = [.. context.State];
        if (context.Path.Length == 0 && context.Model.DeclareSource is { } declare)
        {
            IReadOnlyList<StateLeaf<T>> leaves = chain.Decoder.CreateState(1).Leaves;
            int[] memories = [.. Enumerable.Range(0, leaves.Count - 1).Where(i => leaves[i].Name is AttentionLayer<T>.MemoryLeaf && leaves[i + 1].Name is AttentionLayer<T>.MaskLeaf)];
            int[] others = [.. Enumerable.Range(0, leaves.Count).Where(i => !memories.Contains(i) && !memories.Contains(i - 1))];
            OnnxSequence read = context.ExportPart(Encoder, declare(chain.Encoder), Array.ConvertAll(others, leaf => state[leaf]), out IReadOnlyList<string> handed);
            for (int i = 0; i < others.Length; i++) state[others[i]] = handed[i];
            foreach (int leaf in memories) (state[leaf], state[leaf + 1]) = Remember(read, chain.Encoder.OutputSize, leaves[leaf + 1].Size, context);
        }

        OnnxSequence output = context.ExportPart(Decoder, input, state, out IReadOnlyList<string> final);
        for (int i = 0; i < final.Count; i++) context.SetFinalState(i, final[i]);
        return output;
    }

    /// <summary>The encoder's output as a memory of a number of steps, [batch, steps · size], and which of them there are, [batch, steps].</summary>
    private static (string Memory, string Mask) Remember<T>(OnnxSequence read, int size, int steps, OnnxLayerContext<T> context)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string values = context.ClearPadding(read).Values;
        string flags = context.Mask(read) is { } mask
            ? context.Add("Cast", [context.Add("Squeeze", [mask, context.Whole(2)])], OnnxAttribute.Of("to", (long)GraphBuilder.TypeOf<T>()))
            : context.Add("Expand", [context.Number(T.One), context.Add("Shape", [values], OnnxAttribute.Of("start", 0), OnnxAttribute.Of("end", 2))]);
        return (context.Add("Reshape", [Fitted(values, 3), context.Whole(0, steps * size)]), Fitted(flags, 2));

        // Zeros after the last step, or fewer steps where only padding follows, and the examples first.
        string Fitted(string sequence, int rank)
        {
            string missing = context.Add("Sub", [context.Whole(steps), SequenceNodes.Steps(context.Graph, sequence)]);
            string padded = context.Add("Pad", [sequence, context.Add("Concat", [context.Whole([.. Enumerable.Repeat(0L, rank)]), missing, context.Whole([.. Enumerable.Repeat(0L, rank - 1)])], OnnxAttribute.Of("axis", 0)), context.Number(T.Zero)]);
            return context.Add("Transpose", [padded], OnnxAttribute.Of("perm", rank == 3 ? new long[] { 1, 0, 2 } : [1, 0]));
        }
    }
}
