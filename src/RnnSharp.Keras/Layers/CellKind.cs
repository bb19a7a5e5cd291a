using System.Numerics;

namespace RnnSharp.Keras;

/// <summary>A recurrent class of Keras, alone or in a Bidirectional.</summary>
internal abstract class CellKind(params string[] classNames) : KerasKind(classNames)
{
    /// <summary>Whether the class has gates and so a recurrent_activation.</summary>
    protected virtual bool HasGates => true;

    public sealed override KerasLayer Read(KerasFields fields, KerasShape input)
    {
        KerasCell cell = ReadDirection(fields, input, out bool returnsSequences, out bool goesBackward);
        return new KerasRecurrent(cell, returnsSequences, goesBackward);
    }

    /// <summary>Reads a layer, or one direction of a Bidirectional.</summary>
    public KerasCell ReadDirection(KerasFields fields, KerasShape input, out bool returnsSequences, out bool goesBackward)
    {
        CellOptions options = CellOptions.Read(fields, input, HasGates);
        returnsSequences = fields.Boolean("return_sequences", false);
        goesBackward = fields.Boolean("go_backwards", false);
        KerasCell cell = ReadCell(fields, options);
        fields.RequireRead();
        return cell;
    }

    /// <summary>Describes a recurrent layer of the library; null if it is of another class.</summary>
    public abstract KerasCell? DescribeDirection<T>(ILayer<T> layer, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    protected abstract KerasCell ReadCell(KerasFields fields, CellOptions options);
}
