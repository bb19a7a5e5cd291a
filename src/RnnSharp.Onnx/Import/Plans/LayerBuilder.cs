using System.Numerics;
using System.Runtime.InteropServices;
using RnnSharp.Layers;

namespace RnnSharp.Onnx.Import;

/// <summary>Creates the layers of a model that is completely planned, and reads their parameters from the file.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class LayerBuilder<T>(bool allowNonFinite)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkElements = 8192;
    private const int RowsOfCacheLine = 16;

    private readonly HashSet<ConstantValue> _checked = [];
    private T[] _chunk = [];

    /// <summary>Creates a layer, or a stack of several.</summary>
    public ILayer<T> Stack(IReadOnlyList<LayerPlan> plans) => plans.Count == 1 ? plans[0].Create(this) : new LayerStack<T>([.. plans.Select(plan => plan.Create(this))]);

    /// <summary>Reads all constants once, so that no layer is created for values that are refused.</summary>
    /// <exception cref="InvalidDataException">A value is not finite, or out of T's range.</exception>
    public void Check(IEnumerable<LayerPlan> plans)
    {
        const int ChunkBytes = 2048;
        Span<T> chunk = MemoryMarshal.Cast<byte, T>(stackalloc byte[ChunkBytes]);
        foreach (LayerPlan plan in plans)
        {
            foreach (ConstantValue? constant in plan.Constants)
            {
                if (constant is null || !_checked.Add(constant)) continue;
                for (long first = 0; first < constant.Count; first += chunk.Length) Read(constant, first, chunk[..(int)Math.Min(chunk.Length, constant.Count - first)]);
            }

            foreach ((_, IReadOnlyList<LayerPlan> layers) in plan.Parts) Check(layers);
        }
    }

    /// <summary>Reads values, which must be finite.</summary>
    public void Read(ConstantValue from, long first, Span<T> target)
    {
        from.Read(first, target);
        if (allowNonFinite) return;
        foreach (T value in target)
        {
            if (!T.IsFinite(value)) throw new InvalidDataException($"Expected finite numbers in the ONNX file, got {value}. Set AllowNonFinite to import it.");
        }
    }

    /// <summary>Reads a whole parameter of one column.</summary>
    public void Copy(ConstantValue from, Parameter<T> target) =>
        target.Update((this, from), static (values, source) => source.Item1.Read(source.from, 0, values));

    /// <summary>Reads rows of a tensor, which are in row-major order, into rows of a column-major matrix.</summary>
    /// <param name="from">The tensor.</param>
    /// <param name="first">The first value to read.</param>
    /// <param name="rows">Rows to read.</param>
    /// <param name="columns">Columns of either.</param>
    /// <param name="target">The matrix.</param>
    /// <param name="targetRow">The first row to write.</param>
    /// <param name="targetRows">The matrix's rows.</param>
    public void Rows(ConstantValue from, long first, int rows, int columns, Span<T> target, int targetRow, int targetRows)
    {
        // A cache line of each column at least.
        int rowsPerChunk = Math.Max(RowsOfCacheLine, ChunkElements / columns);
        int needed = Math.Min(rows, rowsPerChunk) * columns;
        if (_chunk.Length < needed) _chunk = new T[needed];
        for (int row = 0; row < rows; row += rowsPerChunk)
        {
            int count = Math.Min(rowsPerChunk, rows - row);
            Span<T> chunk = _chunk.AsSpan(0, count * columns);
            Read(from, first + (long)row * columns, chunk);
            for (int j = 0; j < columns; j++)
            {
                Span<T> column = target.Slice(targetRow + row + targetRows * j, count);
                for (int i = 0; i < count; i++) column[i] = chunk[i * columns + j];
            }
        }
    }
}
