using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RnnSharp.Recurrent;

namespace RnnSharp.Onnx;

/// <summary>A recurrent layer as one of ONNX's recurrent operators: where its parameters go, and the attributes.</summary>
internal sealed class RecurrentNode<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private delegate void Fill(RecurrentNode<T> node, Span<T> target);

    /// <summary>RNN, GRU or LSTM.</summary>
    public required string Operator { get; init; }

    public required RecurrentLayer<T> Layer { get; init; }

    /// <summary>The layer's gate for each of the operator's; -1 for one that the layer does not have, whose weights are zero.</summary>
    public required int[] Gates { get; init; }

    /// <summary>The layer's block of peepholes for each of the operator's, -1 for none; null without peepholes.</summary>
    public int[]? Peepholes { get; init; }

    public bool HasCellState { get; init; }

    /// <summary>The operator's own attributes, the same for both directions.</summary>
    public OnnxAttribute[] Attributes { get; init; } = [];

    /// <summary>The activation of each function of the operator.</summary>
    public required Activation[] Activations { get; init; }

    /// <summary>The activations that the operator has by default.</summary>
    public required Activation[] DefaultActivations { get; init; }

    private int HiddenSize => Layer.HiddenSize;

    private bool HasBias => Layer.Options.Bias != RecurrentBias.None;

    /// <summary>The operator of a layer for an input; null if it is better exported in another way.</summary>
    public static RecurrentNode<T>? Of(ILayer<T> layer, OnnxSequence input, OnnxExportOptions options)
    {
        // The operators take no tokens, and the one-hot columns of a large vocabulary cost more than the recurrent product.
        if (options.Exporters.NodeOf(layer) is not { } node) return null;
        return input.IsTokens && layer.InputSize > node.Gates.Length * node.HiddenSize ? null : node;
    }

    /// <summary>The output of an operator as a sequence: it has zeros past each example's end.</summary>
    public static OnnxSequence Joined(OnnxSequence input, string values) => new(values, input.Lengths, IsTokens: false, HasPadding: false);

    /// <summary>Whether another layer can be the backward direction of the same operator.</summary>
    public bool Joins(RecurrentNode<T> other) =>
        string.Equals(Operator, other.Operator, StringComparison.Ordinal) && HiddenSize == other.HiddenSize && Peepholes is null == other.Peepholes is null
        && HasBias == other.HasBias && Layer.Options.Clip == other.Layer.Options.Clip && Attributes.Select(attribute => attribute.Proto).SequenceEqual(other.Attributes.Select(attribute => attribute.Proto));

    /// <summary>Adds the node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="path">The layer's place in the model.</param>
    /// <param name="input">The input.</param>
    /// <param name="backward">The backward direction, if the node has both.</param>
    /// <param name="isReverse">Whether the only direction is the backward one.</param>
    /// <param name="state">The leaves of each direction's state before the first step; on return, after the last.</param>
    /// <returns>[steps, direction, batch, units].</returns>
    public string Write(GraphBuilder graph, string path, OnnxSequence input, RecurrentNode<T>? backward, bool isReverse, string[][] state)
    {
        RecurrentNode<T>[] nodes = backward is null ? [this] : [this, backward];
        string x = input.IsTokens ? SequenceNodes.OneHot<T>(graph, path, input.Values, Layer.InputSize) : input.Values;
        int rows = checked(Gates.Length * HiddenSize);
        string[] inputs =
        [
            x,
            Stored("W", [rows, Layer.InputSize], static (node, target) => GateBlocks.Stack(node.Layer.InputWeights, node.Gates, node.HiddenSize, target)),
            Stored("R", [rows, HiddenSize], static (node, target) => GateBlocks.Stack(node.Layer.RecurrentWeights, node.Gates, node.HiddenSize, target)),
            HasBias ? Stored("B", [2 * rows], static (node, target) => node.StackBiases(target)) : "",
            input.Lengths ?? "",
            Leaf(0),
            HasCellState ? Leaf(1) : "",
            Peepholes is null ? "" : Stored("P", [Peepholes.Length * HiddenSize], static (node, target) => GateBlocks.Stack(node.Layer.UnitWeights!, node.Peepholes!, node.HiddenSize, target)),
        ];
        OnnxAttribute[] attributes =
        [
            OnnxAttribute.Of("hidden_size", HiddenSize),
            OnnxAttribute.Of("direction", backward is not null ? "bidirectional" : isReverse ? "reverse" : "forward"),
            .. nodes.All(node => node.Activations.SequenceEqual(DefaultActivations)) ? [] : OperatorActivations.Attributes([.. nodes.SelectMany(node => node.Activations)]),
            .. Layer.Options.Clip is { } clip ? new[] { OnnxAttribute.Of("clip", (float)clip) } : [],
            .. Attributes,
        ];
        string[] results = graph.AddMany(path, Operator, inputs, HasCellState ? 3 : 2, attributes);
        for (int leaf = 0; leaf < state[0].Length; leaf++) Finish(leaf, results[leaf + 1]);
        return results[0];

        // The values of one direction after those of the other.
        string Stored(string name, int[] shape, Fill fill)
        {
            int count = shape.Aggregate(1, (product, dimension) => checked(product * dimension));
            byte[] bytes = new byte[(long)nodes.Length * count * Unsafe.SizeOf<T>()];
            for (int i = 0; i < nodes.Length; i++) fill(nodes[i], MemoryMarshal.Cast<byte, T>(bytes.AsSpan()).Slice(i * count, count));
            string unique = graph.NameFor(path.Length == 0 ? name : $"{path}.{name}");
            graph.Root.Store<T>(unique, [nodes.Length, .. shape], bytes);
            return unique;
        }

        string Leaf(int leaf)
        {
            string[] leaves = Array.ConvertAll(state, direction => graph.Add(path, "Unsqueeze", [direction[leaf], graph.Whole(0)]));
            return leaves.Length == 1 ? leaves[0] : graph.Add(path, "Concat", leaves, OnnxAttribute.Of("axis", 0));
        }

        void Finish(int leaf, string values)
        {
            string[] directions = state.Length == 1 ? [values] : graph.AddMany(path, "Split", [values, graph.Whole(1, 1)], 2, OnnxAttribute.Of("axis", 0));
            for (int i = 0; i < directions.Length; i++)
            {
                string final = graph.Add(path, "Squeeze", [directions[i], graph.Whole(0)]);

                // ONNX Runtime returns zeros for an example without steps.
                state[i][leaf] = input.Lengths is null ? final : graph.Add(path, "Where", [SequenceNodes.IsEmpty(graph, input.Lengths), state[i][leaf], final]);
            }
        }
    }

    /// <summary>The input side's biases, then those of the recurrent side.</summary>
    private void StackBiases(Span<T> target)
    {
        int rows = target.Length / 2;
        GateBlocks.Stack(Layer.InputBias ?? Layer.Bias, Gates, HiddenSize, target[..rows]);
        if (Layer.HiddenBias is { } bias) GateBlocks.Stack(bias, Gates, HiddenSize, target[rows..]);

        // A merged bias leaves only the candidate's recurrent side, which is the operator's last block.
        Layer.CandidateBias?.Values.CopyTo(target[^HiddenSize..]);
    }
}
