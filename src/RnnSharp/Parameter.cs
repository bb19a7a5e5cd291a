using System.Buffers;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// A matrix of trainable numbers with a name. Layers read it; only optimizers and loaders write it, always through
/// <see cref="Update{TArgument}"/>, which moves the version, so that packed copies of an older version are never used.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Parameter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _values;
    private readonly Lock _writing = new();
    private long _version;

    /// <summary>Makes a parameter of rows × columns zeros.</summary>
    /// <param name="name">The name within its layer, such as weight_ih.</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="columns">At least 1.</param>
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

    /// <summary>Rows of the matrix.</summary>
    public int Rows { get; }

    /// <summary>Columns of the matrix.</summary>
    public int Columns { get; }

    /// <summary>Rows · Columns.</summary>
    public int Count => _values.Length;

    /// <summary>The values, column-major: element (i, j) at i + Rows·j.</summary>
    public ReadOnlySpan<T> Values => _values;

    /// <summary>Moves with every write.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>When set, Backward computes no gradient for this parameter and optimizers leave it alone.</summary>
    public bool Frozen { get; set; }

    /// <summary>A copy of the values as a matrix.</summary>
    public Matrix<T> ToMatrix() => MatrixCopy.FromColumns(Rows, Columns, Values);

    /// <summary>Copies a matrix of the same shape into the parameter.</summary>
    /// <exception cref="ArgumentException">The shape differs.</exception>
    public void Set(Matrix<T> matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.RowCount != Rows || matrix.ColumnCount != Columns)
            throw Check.Shape(nameof(matrix), $"{Rows} x {Columns} for {Name}", $"{matrix.RowCount} x {matrix.ColumnCount}");
        Update(matrix, static (values, source) => MatrixCopy.ToColumns(source, values));
    }

    /// <summary>Copies column-major values into the parameter.</summary>
    /// <exception cref="ArgumentException">The number of values differs.</exception>
    public unsafe void Set(ReadOnlySpan<T> values)
    {
        if (values.Length != Count) throw Check.Shape(nameof(values), $"{Count} values ({Rows} x {Columns}, column-major) for {Name}", $"{values.Length}");
        fixed (T* source = values)
        {
            Update(((nint)source, values.Length), static (target, s) => new ReadOnlySpan<T>((T*)s.Item1, s.Length).CopyTo(target));
        }
    }

    /// <summary>Whether this thread is inside an update: waiting for it would never end.</summary>
    internal bool IsWrittenByThisThread => _writing.IsHeldByCurrentThread;

    /// <summary>Writes the values (column-major) in place and moves the version. Writers wait for one another.</summary>
    /// <param name="argument">Handed to <paramref name="write"/>, so that it need not capture anything.</param>
    /// <param name="write">Writes the span that it is given. It must not use the parameter or its layer.</param>
    /// <exception cref="InvalidOperationException">The call comes from within an update of the same parameter.</exception>
    public void Update<TArgument>(TArgument argument, SpanAction<T, TArgument> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        if (IsWrittenByThisThread) throw new InvalidOperationException($"An update of {Name} is under way on this thread.");
        lock (_writing)
        {
            // Odd while being written: a reader that packs the values meanwhile sees that and packs again.
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
