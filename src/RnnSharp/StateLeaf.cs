using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>One matrix of a <see cref="State{T}"/>: the hidden state or the cell state of a layer, units × batch.</summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class StateLeaf<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly AlignedBuffer<T> None = new();

    // Replaced by a longer buffer when it grows, so that whoever has read the reference has a buffer that does not change. None before the
    // first use: many states are only asked for their shape, which a model file may claim to be large.
    private AlignedBuffer<T> _values = None;

    internal StateLeaf(string name, int size, int batch)
    {
        Check.ArrayLength((long)size * batch, nameof(batch));
        Name = name;
        Size = size;
        Batch = batch;
    }

    /// <summary>The name within the layer: h for the hidden state, c for the cell state.</summary>
    public string Name { get; }

    /// <summary>Number of units.</summary>
    public int Size { get; }

    /// <summary>Number of examples.</summary>
    public int Batch { get; private set; }

    /// <summary>
    /// The memory of the values, which does not move from now on. It starts on a cache line and has room for a whole vector after the last
    /// value, so that a step of a single example needs no masks.
    /// </summary>
    internal unsafe AlignedBuffer<T> Pinned => _values.Pointer != null ? _values : Pin();

    /// <summary>The values, [example][unit]: a column-major Size × Batch matrix.</summary>
    public Span<T> Values => ValuesFor(Batch);

    /// <summary>Copies the values into a Size × Batch matrix, such as the notebook's a or c of one time step.</summary>
    public Matrix<T> ToMatrix()
    {
        int batch = Batch;
        return MatrixCopy.FromColumns(Size, batch, ValuesFor(batch));
    }

    /// <summary>Copies the values into an array indexed [example, unit], such as one layer of PyTorch's h_n.</summary>
    public T[,] ToArray()
    {
        int batch = Batch;
        ReadOnlySpan<T> from = ValuesFor(batch);
        var values = new T[batch, Size];
        for (int j = 0; j < batch; j++)
        {
            for (int i = 0; i < Size; i++) values[j, i] = from[i + Size * j];
        }

        return values;
    }

    /// <summary>Copies a Size × Batch matrix into the state.</summary>
    /// <exception cref="ArgumentException">The matrix is null or of another shape.</exception>
    public void Set(Matrix<T> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        int batch = Batch;
        if (matrix.RowCount != Size || matrix.ColumnCount != batch)
            throw Check.Shape(nameof(matrix), $"{Size} x {batch} (units x batch) for {Name}", $"{matrix.RowCount} x {matrix.ColumnCount}");
        MatrixCopy.ToColumns(matrix, ValuesFor(batch));
    }

    /// <summary>Copies an array indexed [example, unit] into the state, such as one layer of PyTorch's h_0.</summary>
    /// <exception cref="ArgumentException">The array is null or of another shape.</exception>
    public void Set(T[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int batch = Batch;
        if (values.GetLength(0) != batch || values.GetLength(1) != Size)
            throw Check.Shape(nameof(values), $"{batch} x {Size} (batch x units) for {Name}", $"{values.GetLength(0)} x {values.GetLength(1)}");
        Span<T> to = ValuesFor(batch);
        for (int j = 0; j < batch; j++)
        {
            for (int i = 0; i < Size; i++) to[i + Size * j] = values[j, i];
        }
    }

    /// <summary>The name and shape, such as "h 64 x 2 (units x batch)".</summary>
    public override string ToString() => $"{Name} {Size} x {Batch} (units x batch)";

    /// <summary>
    /// The values of a batch that was read earlier. The span lies within one buffer even if another thread resizes the state in the meantime;
    /// the values are then undefined.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread resized the state: its memory does not hold this batch.</exception>
    internal Span<T> ValuesFor(int batch)
    {
        AlignedBuffer<T> values = _values;
        long length = (long)Size * batch;
        if (length > Capacity(values)) values = Create();
        return length <= Capacity(values)
            ? values.Span[..(int)length]
            : throw new InvalidOperationException($"Another thread resized the state during the call: {Name} does not hold {Size} x {batch} (units x batch).");
    }

    /// <summary>The values of some examples, [example][unit], of a batch that was read earlier.</summary>
    internal Span<T> Examples(int batch, int first, int count) => ValuesFor(batch).Slice(Size * first, Size * count);

    /// <summary>Changes the batch, which the state has validated.</summary>
    internal void Resize(int batch)
    {
        int length = Size * batch;
        if (batch != Batch && Capacity(_values) < length) _values = AlignedBuffer<T>.Movable(Size * Math.Max(batch, Batch));
        Batch = batch;
    }

    private static unsafe int Capacity(AlignedBuffer<T> values) => values.Pointer == null ? values.Length : values.Length - AlignedBuffer<T>.Slack;

    /// <summary>The values; zeros before the first use, which several threads may make at once.</summary>
    private AlignedBuffer<T> Create()
    {
        AlignedBuffer<T> values = _values;
        if (!ReferenceEquals(values, None)) return values;
        AlignedBuffer<T> created = AlignedBuffer<T>.Movable(Size * Batch);
        values = Interlocked.CompareExchange(ref _values, created, None);
        return ReferenceEquals(values, None) ? created : values;
    }

    private AlignedBuffer<T> Pin()
    {
        AlignedBuffer<T> values = Create(), pinned = AlignedBuffer<T>.Zeros((long)values.Length + AlignedBuffer<T>.Slack);
        values.Span.CopyTo(pinned.Span);
        return _values = pinned;
    }
}
