using System.Numerics;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>A recurrent layer: one of ONNX's recurrent operators where its options allow that, otherwise a scan of its equations.</summary>
internal abstract class RecurrentExporter : OnnxLayerExporter
{
    /// <summary>The operator for a layer of this kind; null if none computes the same.</summary>
    public abstract RecurrentNode<T>? NodeOf<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    protected internal sealed override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
    {
        if (!Supports(layer)) return null;
        if (RecurrentNode<T>.Of(layer, input, context.Model.Options) is not { } node) return ((RecurrentLayer<T>)layer).Accept(new RecurrentScan<T>((RecurrentLayer<T>)layer, input, context));
        string[][] state = [[.. context.State]];
        string output = node.Write(context.Graph, context.Path, input, backward: null, isReverse: false, state);
        for (int i = 0; i < state[0].Length; i++) context.SetFinalState(i, state[0][i]);
        return RecurrentNode<T>.Joined(input, context.Add("Squeeze", [output, context.Whole(1)]));
    }

    /// <summary>Whether a layer is of this kind.</summary>
    private protected abstract bool Supports<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Whether the operators compute what a layer's common options ask for. ONNX Runtime has them for 32 bits only.</summary>
    private protected static bool HasOperator<T>(RecurrentOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float) && !options.LayerNormalization && options.HiddenZoneout == 0;
}
