using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>One matrix of a <see cref="State{T}"/>: a hidden or a cell state, size × batch.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class StateLeaf<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T[] _values;

    internal StateLeaf(string name, int size, int batch)
    {
        Name = name;
        Size = size;
        Batch = batch;
        _values = new T[Check.ArrayLength((long)size * batch, nameof(batch))];
    }

    /// <summary>h for a hidden state, c for a cell state.</summary>
    public string Name { get; }

    /// <summary>Units.</summary>
    public int Size { get; }

    /// <summary>Examples.</summary>
    public int Batch { get; private set; }

    /// <summary>The values, [example][unit]: a Size × Batch matrix, column-major.</summary>
    public Span<T> Values => ValuesFor(Batch);

    /// <summary>A copy as a Size × Batch matrix (the notebook's a or c of one step).</summary>
    public Matrix<T> ToMatrix() => MatrixCopy.FromColumns(Size, Batch, Values);

    /// <summary>Copies a Size × Batch matrix into the leaf.</summary>
    /// <exception cref="ArgumentException">The shape differs.</exception>
    public void Set(Matrix<T> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.RowCount != Size || matrix.ColumnCount != Batch)
            throw Check.Shape(nameof(matrix), $"{Size} x {Batch} (units x batch) for {Name}", $"{matrix.RowCount} x {matrix.ColumnCount}");
        MatrixCopy.ToColumns(matrix, Values);
    }

    /// <summary>
    /// The values of a batch that was read before. The span lies within one array even if another thread resizes the state meanwhile;
    /// the values are then not defined.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread has resized the state: its array does not hold this batch.</exception>
    internal Span<T> ValuesFor(int batch)
    {
        T[] values = _values;
        long length = (long)Size * batch;
        return length <= values.Length
            ? values.AsSpan(0, (int)length)
            : throw new InvalidOperationException($"Another thread has resized the state during the call: {Name} does not hold the {Size} x {batch} that the call began with.");
    }

    internal void Resize(int batch)
    {
        int length = Size * batch;
        if (_values.Length < length) _values = new T[length];
        Batch = batch;
    }
}
