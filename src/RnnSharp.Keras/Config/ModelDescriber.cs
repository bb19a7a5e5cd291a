using System.Globalization;
using System.Numerics;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>
/// Describes a model of the library as a Keras model. A <see cref="ReverseLayer{T}"/> keeps the order of time and Keras's go_backwards does not, so
/// that the two differ in which of the following layers run backward; see <see cref="KerasRecurrent"/>.
/// </summary>
internal sealed class ModelDescriber<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<Item> _items = [];
    private readonly List<KerasLayer> _layers = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private KerasShape _shape;
    private bool _isReversed;

    private ModelDescriber(ILayer<T> model)
    {
        _shape = new KerasShape(model.InputSize, true);
        Add(model, "", "the model", isReversed: false);
    }

    /// <summary>Describes a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">Its name in Keras.</param>
    /// <param name="layerNames">The names of the layers with weights; Keras's own if null.</param>
    /// <exception cref="ArgumentException">Keras has no such layer or option; the message tells which.</exception>
    public static KerasPlan Describe(ILayer<T> model, string name = "model", IReadOnlyList<string>? layerNames = null)
    {
        var describer = new ModelDescriber<T>(model);
        for (int i = 0; i < describer._items.Count; i++)
        {
            if (describer.TryRecurrent(i, out bool pools)) i += pools ? 1 : 0;
            else describer.DescribeOther(describer._items[i]);
        }

        if (layerNames is not null) describer.SetNames(layerNames);
        var plan = KerasPlan.Of(name, describer._layers, describer._isReversed && describer._shape.IsSequence);
        Dictionary<string, Parameter<T>> parameters = WeightSource.ParametersOf(model);
        foreach (KerasWeight weight in plan.Weights)
        {
            foreach (WeightBlock block in weight.Blocks)
            {
                if (!parameters.ContainsKey(block.Parameter)) throw new ArgumentException($"Keras has no shared weights, but {block.Parameter} belongs to another layer of the model too.", nameof(model));
            }
        }

        return plan;
    }

    private void SetNames(IReadOnlyList<string> names)
    {
        KerasLayer[] layers = [.. _layers.Where(layer => layer.Weights().Count > 0)];
        if (layers.Length != names.Count) throw Refusal.Of("options", $"Expected {layers.Length} names of layers, as many as the model has with weights, got {names.Count}.");
        var unique = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < layers.Length; i++)
        {
            layers[i].Name = names[i] ?? throw Refusal.Of("options", $"The name {i} of a layer is null.");
            if (!unique.Add(names[i])) throw Refusal.Of("options", $"Expected a name for each layer, got {Serialization.ErrorText.Quote(names[i])} twice.");
        }
    }

    private void Add(ILayer<T> layer, string prefix, string path, bool isReversed)
    {
        switch (layer)
        {
            case LayerStack<T> stack:
                for (int i = 0; i < stack.Layers.Count; i++)
                {
                    string own = string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}");
                    Add(stack.Layers[i], $"{own}.", $"layer {own}", isReversed);
                }

                break;
            case ReverseLayer<T> reverse:
                Add(reverse.Inner, prefix, path, !isReversed);
                break;
            default:
                _items.Add(new Item(layer, prefix, $"{path} ({layer.GetType().Name.Split('`')[0]})", isReversed));
                break;
        }
    }

    /// <summary>Describes a recurrent layer, together with a pooling of its last step.</summary>
    private bool TryRecurrent(int index, out bool pools)
    {
        Item item = _items[index];
        pools = index + 1 < _items.Count && _items[index + 1] is { Layer: PoolingLayer<T> { Kind: Pooling.Last } } next && next.IsReversed == item.IsReversed;
        foreach (CellKind kind in KerasKinds.Cells)
        {
            if (kind.DescribeDirection(item.Layer, item.Path) is not { } cell) continue;
            RequireSteps(item);
            Add(new KerasRecurrent(cell, returnsSequences: !pools, goesBackward: _isReversed ^ item.IsReversed) { Prefix = item.Prefix });
            return true;
        }

        return false;
    }

    private void DescribeOther(Item item)
    {
        foreach (KerasKind kind in KerasKinds.All)
        {
            if (kind.Describe(item.Layer, item.Prefix, item.Path) is not { } layer) continue;
            bool needsOrder = kind is BidirectionalKind;
            if (needsOrder || kind is PoolingKind) RequireSteps(item);
            if (kind is EmbeddingKind && _layers.Count > 0) throw Refusal.OfModel($"Keras takes tokens only at the start of a model, but {item.Path} is not the first layer.");
            if (needsOrder && _isReversed != item.IsReversed) throw Refusal.OfModel($"Keras has no layer that reverses time, which it would need around {item.Path}.");
            Add(layer);
            return;
        }

        string hint = item.Layer is PoolingLayer<T> ? ", except after a recurrent layer, which Keras has as return_sequences=False" : "";
        throw Refusal.OfModel($"Keras has no layer like {item.Path}{hint}.");
    }

    private void Add(KerasLayer layer)
    {
        int number = _numbers[layer.GroupName] = _numbers.GetValueOrDefault(layer.GroupName, -1) + 1;
        layer.Name = number == 0 ? layer.GroupName : string.Create(CultureInfo.InvariantCulture, $"{layer.GroupName}_{number}");
        _isReversed = layer.IsReversedAfter(_isReversed);
        _shape = _shape with { Features = layer.Output.Features, IsSequence = _shape.IsSequence && layer.Output.IsSequence };
        _layers.Add(layer);
    }

    private void RequireSteps(Item item)
    {
        if (!_shape.IsSequence) throw Refusal.OfModel($"Keras has no steps after pooling, but {item.Path} reads them.");
    }

    /// <summary>A layer of the model that is neither a stack nor a reversal.</summary>
    private readonly record struct Item(ILayer<T> Layer, string Prefix, string Path, bool IsReversed);
}
