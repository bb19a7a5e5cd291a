using System.Numerics;
using System.Text.Json;
using RnnSharp.Layers;

namespace RnnSharp.Keras;

/// <summary>
/// A recurrent layer of Keras. With go_backwards, Keras reads the last step first and returns the steps in the order in which it computed
/// them. The library keeps the input's order of time instead (<see cref="ReverseLayer{T}"/>), so that the steps of the following layers are
/// those of Keras in reverse, until a layer runs backward again or returns only one step.
/// </summary>
/// <param name="cell">The cell.</param>
/// <param name="returnsSequences">Whether it returns every step and not only the last that it computes.</param>
/// <param name="goesBackward">Whether it reads the last step first.</param>
internal sealed class KerasRecurrent(KerasCell cell, bool returnsSequences, bool goesBackward) : KerasLayer(cell.Options.Name, cell.ClassName)
{
    private bool _isReversed;

    public override string GroupName => cell.GroupName;

    public override bool IsTrainable => cell.Options.IsTrainable;

    public override bool IsStateful => cell.Options.IsStateful;

    public override KerasShape Output => new(cell.Options.Units, returnsSequences);

    public override string? TensorFlowJsFault => cell.TensorFlowJsFault;

    public override int Layers => _isReversed ? 1 : Parts;

    private bool DropsInput => cell.Options.Dropout > 0;

    private int Parts => 1 + (DropsInput ? 1 : 0) + (returnsSequences ? 0 : 1);

    public override bool IsReversedAfter(bool isReversed) => (isReversed ^ goesBackward) && returnsSequences;

    public override void Place(int first, bool isReversed)
    {
        _isReversed = isReversed ^ goesBackward;
        int own = DropsInput ? 1 : 0;
        Prefix = !_isReversed ? At(first + own) : At(first) + InnerPrefix(own, Parts);
    }

    public override IReadOnlyList<ILayer<T>> Create<T>(int seed)
    {
        IReadOnlyList<ILayer<T>> layers = Create<T>(cell, returnsSequences, seed);
        return _isReversed ? [new ReverseLayer<T>(One(layers))] : layers;
    }

    public override IReadOnlyList<KerasWeight> Weights() => [.. cell.Weights(Name, "", "cell", Prefix)];

    public override void WriteConfig(Utf8JsonWriter writer)
    {
        cell.WriteConfig(writer);
        writer.WriteBoolean("return_sequences", returnsSequences);
        writer.WriteBoolean("go_backwards", goesBackward);
    }

    /// <summary>The layers of one direction: dropout of the input, the recurrent layer, and the choice of its last step.</summary>
    public static IReadOnlyList<ILayer<T>> Create<T>(KerasCell cell, bool returnsSequences, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CellOptions options = cell.Options;
        var layers = new List<ILayer<T>>();
        if (options.Dropout > 0) layers.Add(new DropoutLayer<T>(options.Inputs, options.Dropout, ~seed, DropoutMask.WholeSequence));
        layers.Add(cell.Create<T>(seed));
        if (!returnsSequences) layers.Add(new PoolingLayer<T>(options.Units, Pooling.Last));
        return layers;
    }

    /// <summary>A single layer, or a stack of several.</summary>
    public static ILayer<T> One<T>(IReadOnlyList<ILayer<T>> layers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => layers.Count == 1 ? layers[0] : new LayerStack<T>(layers);

    /// <summary>The start of the names of a layer's parameters in what <see cref="One{T}"/> makes.</summary>
    public static string InnerPrefix(int index, int count) => count == 1 ? "" : At(index);
}
