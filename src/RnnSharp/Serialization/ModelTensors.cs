using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>Copies values between a model's parameters and the tensors of a file.</summary>
internal static class ModelTensors
{
    /// <exception cref="ArgumentException">Two parameters have the same name.</exception>
    public static Dictionary<string, Parameter<T>> ParametersByName<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parameters = new Dictionary<string, Parameter<T>>(StringComparer.Ordinal);
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            if (!parameters.TryAdd(model.ParameterNames[i], model.Parameters[i])) throw new ArgumentException($"The model has two parameters called {ErrorText.Quote(model.ParameterNames[i])}.", nameof(model));
        }

        return parameters;
    }

    /// <summary>Checks that tensors hold each of a model's parameters exactly once. Returns what is wrong, or null.</summary>
    public static string? FindMismatch<T>(IEnumerable<TensorLayout> tensors, Dictionary<string, Parameter<T>> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (TensorLayout tensor in tensors)
        {
            if (tensor.HeldAs is not null) continue;
            foreach (RowBlock block in tensor.Blocks)
            {
                if (!parameters.TryGetValue(block.Parameter, out Parameter<T>? parameter))
                    return $"Expected a model whose layers share only the weights of dense and embedding layers, got one in which {block.Parameter} belongs to another layer.";
                if (parameter.Columns != tensor.Columns || block.First + block.Count > parameter.Rows)
                    return $"Expected a tensor of {parameter.Rows} rows and {parameter.Columns} columns for {block.Parameter} from the layer's format, got {ErrorText.Quote(tensor.Name)} of shape {ErrorText.Shape(tensor.Shape.Span)}.";
                if (!block.IsAdded) rows[block.Parameter] = rows.GetValueOrDefault(block.Parameter) + block.Count;
            }
        }

        foreach ((string name, Parameter<T> parameter) in parameters)
        {
            long held = rows.GetValueOrDefault(name);
            if (held != parameter.Rows) return $"Expected tensors that hold the {parameter.Rows} rows of {name} from the layer's format, got {held}.";
        }

        return null;
    }

    /// <summary>Copies some of a tensor's row-major values, from an element on, out of the parameters.</summary>
    public static void Gather<T>(TensorLayout tensor, Dictionary<string, Parameter<T>> parameters, long first, Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (TensorPiece piece in Pieces(tensor, first, values.Length))
        {
            Span<T> target = values.Slice(piece.Start, piece.Count);
            if (piece.Block.IsAdded) target.Clear();
            else piece.Gather(parameters[piece.Block.Parameter].Values, parameters[piece.Block.Parameter].Rows, target);
        }
    }

    /// <summary>Throws if a value is not finite or out of range, so that no model is created for a file that is rejected.</summary>
    public static void Validate<T>(TensorSource file, IReadOnlyList<TensorMatch> matches, bool allowNonFinite)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Read(file, matches, allowNonFinite, new TensorChunks<T>(BytesOf<T>(matches)), static (_, _, _) => { });

    /// <summary>Throws if a value of any tensor of floating-point numbers is not finite or out of range.</summary>
    public static void Validate<T>(TensorSource file, bool allowNonFinite)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long largest = 0;
        for (int i = 0; i < file.Tensors.Count; i++) largest = Math.Max(largest, file.Tensors[i].Count);
        T[] chunk = new TensorChunks<T>(Math.Min(largest, long.MaxValue / Unsafe.SizeOf<T>()) * Unsafe.SizeOf<T>()).Next();
        for (int i = 0; i < file.Tensors.Count; i++)
        {
            TensorInfo tensor = file.Tensors[i];
            if (!TensorBytes.IsFloat(tensor.Type)) continue;
            for (long first = 0; first < tensor.Count; first += chunk.Length)
            {
                Span<T> values = chunk.AsSpan(0, (int)Math.Min(tensor.Count - first, chunk.Length));
                file.Read(i, first, values);
                if (!allowNonFinite && IndexOfNonFinite<T>(values) is >= 0 and int bad)
                    throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: expected finite numbers, got {values[bad]} at element {first + bad}. Set AllowNonFinite to load it.");
            }
        }
    }

    /// <summary>Reads tensors into the parameters of a model that no other code uses yet.</summary>
    public static void Read<T>(TensorSource file, IReadOnlyList<TensorMatch> matches, Dictionary<string, Parameter<T>> parameters, bool allowNonFinite, TensorChunks<T>? chunks = null, Dictionary<string, HeldTensor>? held = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Read(file, matches, allowNonFinite, chunks ?? new TensorChunks<T>(BytesOf<T>(matches)), (tensor, piece, chunk) =>
        {
            if (tensor.HeldAs is not null)
            {
                held![piece.Block.Parameter].CopyFrom<T>((long)piece.Row * piece.Columns + piece.Column, chunk.AsSpan(piece.Start, piece.Count));
                return;
            }

            Parameter<T> parameter = parameters[piece.Block.Parameter];
            parameter.Update((tensor, piece, chunk, parameter.Rows), static (values, part) => part.piece.Scatter(part.tensor, part.chunk, values, part.Rows));
        });

    /// <summary>Reads tensors into new column-major values for the parameters.</summary>
    public static Dictionary<string, T[]> ReadValues<T>(TensorSource file, IReadOnlyList<TensorMatch> matches, Dictionary<string, Parameter<T>> parameters, bool allowNonFinite)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Dictionary<string, T[]> values = parameters.ToDictionary(pair => pair.Key, pair => new T[pair.Value.Count], StringComparer.Ordinal);
        Read(file, matches, allowNonFinite, new TensorChunks<T>(BytesOf<T>(matches)), (tensor, piece, chunk) => piece.Scatter(tensor, chunk, values[piece.Block.Parameter], parameters[piece.Block.Parameter].Rows));
        return values;
    }

    /// <summary>The index of the first value that is not finite; -1 if all are.</summary>
    public static int IndexOfNonFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int at = 0;
        if (Vector<T>.IsSupported)
        {
            // x - x is zero for a finite number, and NaN for others.
            for (; at <= values.Length - Vector<T>.Count; at += Vector<T>.Count)
            {
                var vector = new Vector<T>(values[at..]);
                if (!Vector.EqualsAll(vector - vector, Vector<T>.Zero)) break;
            }
        }

        for (; at < values.Length; at++)
        {
            if (!T.IsFinite(values[at])) return at;
        }

        return -1;
    }

    private static void Read<T>(TensorSource file, IReadOnlyList<TensorMatch> matches, bool allowNonFinite, TensorChunks<T> chunks, Action<TensorLayout, TensorPiece, T[]> store)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((TensorLayout tensor, int index) in matches)
        {
            if (index < 0) continue;
            for (long first = 0; first < tensor.Count;)
            {
                T[] chunk = chunks.Next();
                Span<T> values = chunk.AsSpan(0, (int)Math.Min(tensor.Count - first, chunk.Length));
                file.Read(index, first, values);
                chunks.Filled(values.Length);
                if ((!allowNonFinite || tensor.HeldAs is not null) && IndexOfNonFinite<T>(values) is >= 0 and int bad)
                    throw new InvalidDataException($"Tensor {ErrorText.Quote(file.Tensors[index].Name)}: expected finite numbers, got {values[bad]} at {tensor.Position(first + bad)}.{(tensor.HeldAs is null ? " Set AllowNonFinite to load it." : "")}");
                if (tensor.Least is { } least) RequireLeast<T>(tensor, first, values, T.CreateTruncating(least));
                foreach (TensorPiece piece in Pieces(tensor, first, values.Length)) store(tensor, piece, chunk);
                first += values.Length;
            }
        }
    }

    private static void RequireLeast<T>(TensorLayout tensor, long first, ReadOnlySpan<T> values, T least)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] < least) throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: expected at least {least}, got {values[i]} at {tensor.Position(first + i)}.");
        }
    }

    /// <summary>The bytes of all values in memory; saturates.</summary>
    private static long BytesOf<T>(IReadOnlyList<TensorMatch> matches)
    {
        Int128 count = 0;
        for (int i = 0; i < matches.Count; i++) count += matches[i].Index < 0 ? 0 : matches[i].Tensor.Count;
        return long.CreateSaturating(count * Unsafe.SizeOf<T>());
    }

    /// <summary>The blocks of rows to which a run of a tensor's row-major values belongs.</summary>
    private static IEnumerable<TensorPiece> Pieces(TensorLayout tensor, long first, int count)
    {
        int columns = tensor.Columns, start = 0;
        long blockStart = 0;
        for (int i = 0; i < tensor.Blocks.Length && start < count; i++)
        {
            RowBlock block = tensor.Blocks[i];
            long blockEnd = blockStart + block.Count * columns;
            if (first < blockEnd)
            {
                int taken = (int)Math.Min(count - start, blockEnd - first);
                yield return new TensorPiece(block, (int)(block.First + (first - blockStart) / columns), (int)((first - blockStart) % columns), columns, start, taken);
                start += taken;
                first += taken;
            }

            blockStart = blockEnd;
        }
    }
}

/// <summary>A tensor of a model and the index of the file's tensor that it is read from; -1 for a missing bias, which is zero.</summary>
internal readonly record struct TensorMatch(TensorLayout Tensor, int Index);

/// <summary>A run of a tensor's row-major values that belong to one block of rows.</summary>
/// <param name="Block">The block.</param>
/// <param name="Row">The row of the parameter in which the run starts.</param>
/// <param name="Column">The column in which it starts.</param>
/// <param name="Columns">The tensor's columns.</param>
/// <param name="Start">Its start in the chunk of values.</param>
/// <param name="Count">Its length.</param>
internal readonly record struct TensorPiece(RowBlock Block, int Row, int Column, int Columns, int Start, int Count)
{
    /// <summary>Copies from a parameter's column-major values.</summary>
    public void Gather<T>(ReadOnlySpan<T> parameter, int rows, Span<T> target)
    {
        int row = Row, column = Column;
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = parameter[row + rows * column];
            if (++column < Columns) continue;
            column = 0;
            row++;
        }
    }

    /// <summary>Copies to a parameter's column-major values, or adds to them.</summary>
    /// <exception cref="InvalidDataException">A sum of finite values is out of T's range.</exception>
    public void Scatter<T>(TensorLayout tensor, ReadOnlySpan<T> chunk, Span<T> parameter, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> values = chunk.Slice(Start, Count);
        if (!Block.IsAdded && values.Length >= Columns)
        {
            // The rest of a row, whole rows, and the start of a row.
            int head = Column == 0 ? 0 : Columns - Column, whole = (values.Length - head) / Columns * Columns, row = Row + (head > 0 ? 1 : 0);
            ScatterEach(tensor, values[..head], parameter, rows, Row, Column);
            if (whole > 0) Transposition.ToColumns(values.Slice(head, whole), Columns, parameter[row..], rows);
            ScatterEach(tensor, values[(head + whole)..], parameter, rows, row + whole / Columns, 0);
            return;
        }

        ScatterEach(tensor, values, parameter, rows, Row, Column);
    }

    private void ScatterEach<T>(TensorLayout tensor, ReadOnlySpan<T> values, Span<T> parameter, int rows, int row, int column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (T value in values)
        {
            ref T target = ref parameter[row + rows * column];
            target = Block.IsAdded ? Sum(tensor, target, value) : value;
            if (++column < Columns) continue;
            column = 0;
            row++;
        }
    }

    // Zero is not added, because it would turn -0 into 0.
    private static T Sum<T>(TensorLayout tensor, T value, T added)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (T.IsZero(added)) return value;
        T sum = value + added;
        if (T.IsFinite(value) && T.IsFinite(added) && !T.IsFinite(sum))
            throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: the sum of two biases, {value} and {added}, is out of {typeof(T).Name}'s range.");
        return sum;
    }
}
