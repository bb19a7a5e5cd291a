using System.Numerics;
using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>
/// Keras's Bidirectional of a recurrent layer. Without return_sequences, the backward direction's last output is the one at the first step.
/// </summary>
/// <param name="cells">The recurrent classes.</param>
internal sealed class BidirectionalKind(IReadOnlyList<CellKind> cells) : KerasKind("Bidirectional")
{
    private static readonly (string Name, BidirectionalMerge Merge)[] Modes =
    [
        ("concat", BidirectionalMerge.Concatenate), ("sum", BidirectionalMerge.Sum), ("ave", BidirectionalMerge.Average), ("mul", BidirectionalMerge.Multiply),
    ];

    public override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        // Without a mode, Keras returns two outputs.
        string mode = fields.Find("merge_mode") is { } given ? given.Text() : throw fields.Refused("has no merge_mode, so that it has two outputs, which is not supported");
        int at = Array.FindIndex(Modes, known => string.Equals(known.Name, mode, StringComparison.Ordinal));
        if (at < 0) throw fields.Refused($"has the merge_mode {Serialization.ErrorText.Quote(mode)}, which is not supported");
        KerasCell forward = Direction(fields.Inner("layer"), input, isBackward: false, out bool returnsSequences);
        KerasCell backward = forward;
        if (fields.Find("backward_layer") is { } other)
        {
            backward = Direction(fields.Inner(other), input, isBackward: true, out bool alsoReturns);
            if (alsoReturns != returnsSequences) throw fields.Refused("has two directions of which only one has return_sequences");
            if (Modes[at].Merge != BidirectionalMerge.Concatenate && backward.Options.Units != forward.Options.Units) throw fields.Refused($"merges {forward.Options.Units} and {backward.Options.Units} units by {mode}");
        }

        return new KerasBidirectional(fields.Name, forward, backward, Modes[at].Merge, returnsSequences);
    }

    public override KerasLayer? Describe<T>(ILayer<T> layer, string prefix, string path)
    {
        if (layer is not BidirectionalLayer<T> both) return null;
        (KerasCell forward, string first, bool returnsSequences) = Direction(both.ForwardLayer, $"{prefix}forward.", $"{path}, forward");
        (KerasCell backward, string second, bool alsoReturns) = Direction(both.BackwardLayer, $"{prefix}backward.", $"{path}, backward");
        if (returnsSequences != alsoReturns) throw Refusal.OfModel($"Keras has no layer like {path}, in which only one direction ends in pooling.");
        return new KerasBidirectional("bidirectional", forward, backward, both.Merge, returnsSequences) { Prefix = first, BackwardPrefix = second };
    }

    private KerasCell Direction(KerasFields fields, KerasShape input, bool isBackward, out bool returnsSequences)
    {
        CellKind kind = cells.FirstOrDefault(cell => cell.ClassNames.Contains(fields.ClassName, StringComparer.Ordinal)) ?? throw fields.Refused("is in a Bidirectional, which is supported for LSTM, GRU and SimpleRNN");
        KerasCell read = kind.ReadDirection(fields, input, out returnsSequences, out bool goesBackward);
        if (goesBackward != isBackward) throw fields.Refused($"is the {(isBackward ? "backward" : "forward")} direction of a Bidirectional, but has a go_backwards of {goesBackward}");
        return read;
    }

    private (KerasCell Cell, string Prefix, bool ReturnsSequences) Direction<T>(ILayer<T> layer, string prefix, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // As KerasRecurrent makes it: dropout of the input, the recurrent layer, the choice of its last step.
        IReadOnlyList<ILayer<T>> layers = layer is LayerStack<T> stack ? stack.Layers : [layer];
        var dropout = layers[0] as DropoutLayer<T>;
        bool pools = layers[^1] is PoolingLayer<T> { Kind: Pooling.Last };
        int own = dropout is null ? 0 : 1;
        if (layers.Count == 1 + own + (pools ? 1 : 0) && dropout is not { Mask: DropoutMask.EachStep })
        {
            foreach (CellKind kind in cells)
            {
                if (kind.DescribeDirection(layers[own], path) is { } cell) return (cell.WithDropout(dropout?.Rate ?? 0), layer is LayerStack<T> ? $"{prefix}{own}." : prefix, !pools);
            }
        }

        throw Refusal.OfModel($"Keras's Bidirectional has no direction like {path}: expected an LSTM, GRU or RNN, alone, or after dropout with one mask for all steps, or before a pooling of the last step.");
    }

    private sealed class KerasBidirectional(string name, KerasCell forward, KerasCell backward, BidirectionalMerge merge, bool returnsSequences) : KerasLayer(name, "Bidirectional")
    {
        private bool _isReversed;

        /// <summary>The start of the names of the backward direction's parameters.</summary>
        public string BackwardPrefix { get; set; } = "";

        public override string GroupName => "bidirectional";

        public override bool IsTrainable => forward.Options.IsTrainable || backward.Options.IsTrainable;

        public override bool IsStateful => forward.Options.IsStateful || backward.Options.IsStateful;

        public override KerasShape Output => new(forward.Options.Units + (merge == BidirectionalMerge.Concatenate ? backward.Options.Units : 0), returnsSequences);

        public override string? TensorFlowJsFault => forward.TensorFlowJsFault ?? (string.Equals(forward.ClassName, backward.ClassName, StringComparison.Ordinal) && forward.Options == backward.Options && backward.TensorFlowJsFault is null ? null : "two directions of different options");

        public override void Place(int first, bool isReversed)
        {
            _isReversed = isReversed;
            Prefix = $"{At(first)}forward.{Inner(forward)}";
            BackwardPrefix = $"{At(first)}backward.{Inner(backward)}";
        }

        public override IReadOnlyList<ILayer<T>> Create<T>(int seed)
        {
            ILayer<T> first = KerasRecurrent.One(KerasRecurrent.Create<T>(forward, returnsSequences, seed));
            ILayer<T> second = KerasRecurrent.One(KerasRecurrent.Create<T>(backward, returnsSequences, seed ^ int.MinValue));
            var both = new BidirectionalLayer<T>(first, second, merge);
            return [_isReversed ? new ReverseLayer<T>(both) : both];
        }

        public override IReadOnlyList<KerasWeight> Weights() =>
        [
            .. forward.Weights(Name, "forward", "forward_layer/cell", Prefix),
            .. backward.Weights(Name, "backward", "backward_layer/cell", BackwardPrefix),
        ];

        public override void WriteConfig(Utf8JsonWriter writer)
        {
            writer.WriteString("merge_mode", Array.Find(Modes, known => known.Merge == merge).Name);
            writer.WriteStartObject("layer");
            writer.WriteString("class_name", forward.ClassName);
            writer.WriteStartObject("config");
            writer.WriteString("name", forward.GroupName);
            writer.WriteBoolean("trainable", IsTrainable);
            forward.WriteConfig(writer);
            writer.WriteBoolean("return_sequences", returnsSequences);
            writer.WriteBoolean("go_backwards", false);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        private string Inner(KerasCell cell)
        {
            int own = cell.Options.Dropout > 0 ? 1 : 0;
            return KerasRecurrent.InnerPrefix(own, 1 + own + (returnsSequences ? 0 : 1));
        }
    }
}
