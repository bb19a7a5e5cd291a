using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// How a tensor of a file and the parameters of a layer correspond: the tensor's rows, from the top, are the rows of the blocks.
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">One or two sizes.</param>
/// <param name="Blocks">What its rows are.</param>
internal sealed record TensorPlan(string Name, long[] Shape, params RowBlock[] Blocks)
{
    /// <summary>The parameter of the whole model that the layer has in this one's place (tied weights); the file has it there, and no tensor here.</summary>
    public string? Tied { get; init; }

    /// <summary>Whether the tensor is a whole matrix parameter, number for number, which another layer may share.</summary>
    public bool IsWholeMatrix => Shape.Length == 2 && Blocks is [{ First: 0, Added: false } block] && block.Count == Shape[0];

    private int Columns => Shape.Length == 1 ? 1 : (int)Shape[1];

    /// <summary>The same for a layer whose names stand below a prefix.</summary>
    public TensorPlan Below(string prefix) => Below(prefix, prefix + Name);

    /// <summary>The same for a layer whose parameters' names stand below a prefix, with another name for the tensor.</summary>
    public TensorPlan Below(string prefix, string name) => this with { Name = name, Blocks = [.. Blocks.Select(block => block with { Parameter = prefix + block.Parameter })] };

    /// <summary>Number of elements. Saturates.</summary>
    public long Count()
    {
        Int128 count = 1;
        foreach (long length in Shape) count *= length;
        return long.CreateSaturating(count);
    }

    /// <summary>Fills the tensor's row-major values from the parameters.</summary>
    public void Gather<T>(IReadOnlyDictionary<string, Parameter<T>> parameters, Span<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = Columns;
        int at = 0;
        foreach (RowBlock block in Blocks)
        {
            Parameter<T> parameter = parameters[block.Parameter];
            ReadOnlySpan<T> values = parameter.Values;
            for (int i = 0; i < block.Count; i++)
            {
                int from = (int)block.First + i;
                for (int j = 0; j < columns; j++, from += parameter.Rows) tensor[at++] = block.Added ? T.Zero : values[from];
            }
        }
    }

    /// <summary>Takes the tensor's row-major values into column-major values of the parameters.</summary>
    /// <exception cref="InvalidDataException">A sum of finite values is out of T's range.</exception>
    public void Scatter<T>(ReadOnlySpan<T> tensor, IReadOnlyDictionary<string, ParameterValues<T>> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int columns = Columns;
        int at = 0;
        foreach (RowBlock block in Blocks)
        {
            (T[] values, int rows) = parameters[block.Parameter];
            for (int i = 0; i < block.Count; i++)
            {
                int to = (int)block.First + i;
                for (int j = 0; j < columns; j++, to += rows) values[to] = block.Added ? Sum(values[to], tensor[at++]) : tensor[at++];
            }
        }
    }

    // Zero is not added, because it would turn -0 into 0.
    private T Sum<T>(T value, T added)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (T.IsZero(added)) return value;
        T sum = value + added;
        if (T.IsFinite(value) && T.IsFinite(added) && !T.IsFinite(sum)) throw new InvalidDataException($"Tensor {StrictJson.Quote(Name)}: the sum of two biases, {value} and {added}, is out of {typeof(T).Name}'s range.");
        return sum;
    }
}

/// <summary>Rows of a parameter.</summary>
/// <param name="Parameter">Its name in the model.</param>
/// <param name="First">The first row.</param>
/// <param name="Count">Rows.</param>
/// <param name="Added">Whether the rows are written as zeros and added when read: the second of two biases that stand for one.</param>
internal readonly record struct RowBlock(string Parameter, long First, long Count, bool Added = false);

/// <summary>New values of a parameter that is not written yet: column-major, with this many rows.</summary>
internal readonly record struct ParameterValues<T>(T[] Values, int Rows);
