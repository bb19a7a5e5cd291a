using System.Buffers;
using System.Diagnostics;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// A named matrix of trainable values. Layers read it; only optimizers and loaders write it, always through
/// <see cref="Update{TArgument}"/>, which increments the version, so that packed copies of an older version are never used.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Parameter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _values;
    private readonly Lock _writing = new();
    private long _version;

    /// <summary>Creates a parameter of rows × columns zeros.</summary>
    /// <param name="name">The name within its layer, such as weight_ih.</param>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    /// <exception cref="ArgumentException">The name is empty, a size is out of range, or T is neither float nor double.</exception>
    public Parameter(string name, int rows, int columns)
    {
        Check.ElementType<T>();
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        Rows = Check.Positive(rows);
        Columns = Check.Positive(columns);
        _values = new T[Check.ArrayLength((long)rows * columns, nameof(columns))];
    }

    /// <summary>The name within its layer.</summary>
    public string Name { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Number of values: Rows · Columns.</summary>
    public int Count => _values.Length;

    /// <summary>The values, column-major: element (i, j) at i + Rows·j.</summary>
    public ReadOnlySpan<T> Values => _values;

    /// <summary>A number that increases with every write.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Whether the parameter is left out of training: Backward computes no gradient for it, and optimizers do not change it.</summary>
    public bool Frozen { get; set; }

    /// <summary>Copies the values into a Rows × Columns matrix.</summary>
    public Matrix<T> ToMatrix() => MatrixCopy.FromColumns(Rows, Columns, Values);

    /// <summary>Copies a matrix of the same shape into the parameter.</summary>
    /// <exception cref="ArgumentException">The matrix is null or of another shape.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of the same parameter.</exception>
    public void Set(Matrix<T> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.RowCount != Rows || matrix.ColumnCount != Columns)
            throw Check.Shape(nameof(matrix), $"{Rows} x {Columns} for {Name}", $"{matrix.RowCount} x {matrix.ColumnCount}");
        Update(matrix, static (values, source) => MatrixCopy.ToColumns(source, values));
    }

    /// <summary>Copies column-major values into the parameter.</summary>
    /// <exception cref="ArgumentException">The number of values is not <see cref="Count"/>.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of the same parameter.</exception>
    public unsafe void Set(ReadOnlySpan<T> values)
    {
        if (values.Length != Count) throw Check.Shape(nameof(values), $"{Count} values ({Rows} x {Columns}, column-major) for {Name}", $"{values.Length}");
        fixed (T* source = values)
        {
            Update(((nint)source, values.Length), static (target, s) => new ReadOnlySpan<T>((T*)s.Item1, s.Length).CopyTo(target));
        }
    }

    /// <summary>The name and shape, such as "weight_ih 256 x 32".</summary>
    public override string ToString() => $"{Name} {Rows} x {Columns}{(Frozen ? ", frozen" : "")}";

    /// <summary>Whether this thread is inside an update, which it therefore must not wait for.</summary>
    internal bool IsWrittenByThisThread => _writing.IsHeldByCurrentThread;

    /// <summary>Writes the values (column-major) in place and increments the version. Writers wait for one another.</summary>
    /// <param name="argument">Passed to <paramref name="write"/>, so that it need not capture variables.</param>
    /// <param name="write">Writes the span. It must not use the parameter or a layer that contains it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="write"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of the same parameter.</exception>
    public void Update<TArgument>(TArgument argument, SpanAction<T, TArgument> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (IsWrittenByThisThread) throw new InvalidOperationException($"{Name} is being updated by this thread, and cannot be updated from within that update.");
        lock (_writing)
        {
            // The version is odd during the write, so that a reader that packs the values at the same time packs them again.
            Interlocked.Increment(ref _version);
            try
            {
                write(_values, argument);
            }
            finally
            {
                Interlocked.Increment(ref _version);
            }
        }
    }
}
