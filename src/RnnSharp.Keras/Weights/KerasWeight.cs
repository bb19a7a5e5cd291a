namespace RnnSharp.Keras;

/// <summary>A weight of a Keras layer, and which elements of the library's parameters it holds.</summary>
/// <param name="Layer">The name of the Keras layer.</param>
/// <param name="Part">The part of a wrapper that it belongs to: forward, backward or empty.</param>
/// <param name="Name">Its name in its layer, such as recurrent_kernel.</param>
/// <param name="Location">Where Keras 3 has it in the group of the layer, such as cell/vars/1.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Blocks">Where its elements are.</param>
internal sealed record KerasWeight(string Layer, string Part, string Name, string Location, long[] Shape, params WeightBlock[] Blocks)
{
    /// <summary>The class of the recurrent layer that the weight belongs to, as in names; empty for other layers.</summary>
    public string Cell { get; init; } = "";

    /// <summary>The group of <see cref="Location"/>.</summary>
    public string Folder => Location[..Location.LastIndexOf('/')];

    /// <summary>The rows of the weight as a matrix: 1 for a vector.</summary>
    public long Rows => Shape.Length == 1 ? 1 : Shape[0];

    /// <summary>The columns of the weight as a matrix.</summary>
    public long Columns => Shape[^1];

    public long Count => Rows * Columns;

    public override string ToString() => Part.Length == 0 ? $"{Name} of the layer {Serialization.ErrorText.Quote(Layer)}" : $"{Name} of the {Part} direction of the layer {Serialization.ErrorText.Quote(Layer)}";
}

/// <summary>How a block of a weight and the elements of a parameter correspond.</summary>
internal enum BlockUse
{
    /// <summary>They are the same numbers.</summary>
    Both,

    /// <summary>The weight is added to the elements; zeros are written for it.</summary>
    AddedToParameter,

    /// <summary>The elements are added to the weight; they are zero when it is read.</summary>
    AddedToWeight,
}

/// <summary>A block of the weight's matrix: element (r, c) of it is the parameter's element Start + r·RowStep + c·ColumnStep.</summary>
/// <param name="Parameter">The name of the parameter in the model.</param>
/// <param name="FirstRow">The first row of the block.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="FirstColumn">Its first column.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Start">The index of its first element in the parameter's column-major values.</param>
/// <param name="RowStep">From a row to the next.</param>
/// <param name="ColumnStep">From a column to the next.</param>
/// <param name="Use">Whether one is added to the other.</param>
internal readonly record struct WeightBlock(string Parameter, long FirstRow, long Rows, long FirstColumn, long Columns, long Start, long RowStep, long ColumnStep, BlockUse Use = BlockUse.Both);

/// <summary>Makes the weights that several kinds of layers have.</summary>
internal static class KerasWeights
{
    /// <summary>A kernel of inputs × outputs, which is the column-major parameter of outputs × inputs.</summary>
    public static KerasWeight Kernel(string layer, string location, long inputs, long outputs, string parameter) =>
        new(layer, "", "kernel", location, [inputs, outputs], new WeightBlock(parameter, 0, inputs, 0, outputs, 0, outputs, 1));

    /// <summary>A vector that is a parameter of one column.</summary>
    public static KerasWeight Vector(string layer, string name, string location, long size, string parameter) =>
        new(layer, "", name, location, [size], new WeightBlock(parameter, 0, 1, 0, size, 0, 0, 1));
}
