using System.Runtime.CompilerServices;

namespace RnnSharp.Serialization;

/// <summary>How a file stores a parameter: the name and shape of a tensor, and which parameter it holds, row by row.</summary>
public sealed class TensorLayout
{
    private readonly RowBlock[] _blocks;

    /// <summary>Creates a two-dimensional tensor that holds a parameter of the same shape.</summary>
    /// <param name="name">The name of the tensor within the layer; PyTorch's if PyTorch has the layer.</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="columns">At least 1.</param>
    /// <param name="parameter">The name of the parameter within the layer; that of the tensor if null.</param>
    /// <exception cref="ArgumentException">A name is empty or a size is out of range.</exception>
    public TensorLayout(string name, long rows, long columns, string? parameter = null)
        : this(name, [Positive(rows, nameof(rows)), Positive(columns, nameof(columns))], [new RowBlock(parameter ?? name, 0, rows)])
    {
    }

    /// <summary>Creates a one-dimensional tensor that holds a parameter with one column.</summary>
    /// <param name="name">The name of the tensor within the layer; PyTorch's if PyTorch has the layer.</param>
    /// <param name="rows">At least 1.</param>
    /// <exception cref="ArgumentException">The name is empty or the size is out of range.</exception>
    public TensorLayout(string name, long rows)
        : this(name, [Positive(rows, nameof(rows))], [new RowBlock(name, 0, rows)])
    {
    }

    /// <summary>Creates a one-dimensional tensor whose rows are rows of one or more parameters.</summary>
    internal TensorLayout(string name, long rows, params RowBlock[] blocks)
        : this(name, [rows], blocks)
    {
    }

    /// <summary>Creates a tensor that a layer holds besides its parameters, stored in a number type of its own.</summary>
    /// <param name="name">The name within the layer.</param>
    /// <param name="type">Its number type in a file.</param>
    /// <param name="bytes">What it takes in memory, with its padding.</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="columns">At least 1; null for a vector.</param>
    /// <param name="least">The smallest value that it may have; null without a limit.</param>
    internal static TensorLayout Held(string name, TensorType type, long bytes, long rows, long? columns, double? least) =>
        new(name, columns is { } count ? [rows, count] : [rows], [new RowBlock(name, 0, rows)]) { HeldAs = type, HeldBytes = bytes, Least = least };

    private TensorLayout(string name, long[] shape, RowBlock[] blocks)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        Shape = shape;
        _blocks = blocks;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>
    /// The name in the whole model of the parameter that the layer shares with an earlier layer (tied weights), from
    /// <see cref="LayerDescriber{T}.TiedName"/> or <see cref="LayerFields.TiedName"/>. The file then stores the values only there. Null if the
    /// parameter is the layer's own.
    /// </summary>
    public string? TiedTo { get; init; }

    /// <summary>The number type of a tensor that is not a parameter; null for parameters, which are stored in the model's type.</summary>
    internal TensorType? HeldAs { get; private init; }

    private long HeldBytes { get; init; }

    /// <summary>The smallest value that a tensor which is not a parameter may have; null without a limit.</summary>
    internal double? Least { get; init; }

    internal ReadOnlyMemory<long> Shape { get; }

    internal ReadOnlySpan<RowBlock> Blocks => _blocks;

    /// <summary>Number of elements; saturates.</summary>
    internal long Count
    {
        get
        {
            Int128 count = 1;
            foreach (long length in Shape.Span) count *= length;
            return long.CreateSaturating(count);
        }
    }

    /// <summary>Bytes that the elements take in the memory of a model of a number type; saturates.</summary>
    internal long MemoryBytesIn<T>() => HeldAs is null ? BytesIn<T>() : HeldBytes;

    /// <summary>Bytes of all elements in the file of a model of a number type; saturates.</summary>
    internal long BytesIn<T>() => long.CreateSaturating((Int128)Count * (HeldAs is { } type ? TensorBytes.SizeOf(type) : Unsafe.SizeOf<T>()));

    internal int Columns => Shape.Length == 1 ? 1 : (int)Shape.Span[1];

    /// <summary>Whether the tensor is a whole matrix parameter, which a later layer may share.</summary>
    internal bool IsWholeMatrix => Shape.Length == 2 && HeldAs is null && _blocks is [{ First: 0, IsAdded: false } block] && block.Count == Shape.Span[0];

    /// <summary>Whether the tensor is a bias, by its name.</summary>
    internal bool IsBias => Shape.Length == 1 && Name.AsSpan(Name.LastIndexOf('.') + 1).StartsWith("bias", StringComparison.Ordinal);

    /// <summary>The same tensor for a layer that is part of a model.</summary>
    internal TensorLayout Within(string parameterPrefix, string tensorPrefix, string tensorSuffix) =>
        parameterPrefix.Length == 0 && tensorPrefix.Length == 0 && tensorSuffix.Length == 0
            ? this
            : new TensorLayout($"{tensorPrefix}{Name}{tensorSuffix}", (long[])[.. Shape.Span], Array.ConvertAll(_blocks, block => block with { Parameter = parameterPrefix + block.Parameter })) { TiedTo = TiedTo, HeldAs = HeldAs, HeldBytes = HeldBytes, Least = Least };

    /// <summary>The same tensor under another name.</summary>
    internal TensorLayout Renamed(string name) => new(name, (long[])[.. Shape.Span], _blocks) { TiedTo = TiedTo, HeldAs = HeldAs, HeldBytes = HeldBytes, Least = Least };

    /// <summary>The indices of an element, from its row-major index, for a message.</summary>
    internal string Position(long element) => Shape.Length == 1 ? $"[{element}]" : $"[{element / Columns}, {element % Columns}]";

    private static long Positive(long value, string name) => value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"Expected at least 1, got {value}.");
}

/// <summary>A block of rows of a parameter.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="First">The first row.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="IsAdded">
/// Whether the rows are written as zeros and added when read: the second of PyTorch's two biases, if the layer has a merged one.
/// </param>
internal readonly record struct RowBlock(string Parameter, long First, long Count, bool IsAdded = false);
