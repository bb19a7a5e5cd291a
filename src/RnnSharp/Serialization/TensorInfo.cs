using System.Runtime.InteropServices;

namespace RnnSharp.Serialization;

/// <summary>The name, number type and shape of a tensor in a file.</summary>
public readonly record struct TensorInfo
{
    // An array, because it takes half the room of a ReadOnlyMemory, and a file may have many tensors.
    private readonly long[]? _shape;

    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Its name, unique within the file.</param>
    /// <param name="type">Its number type.</param>
    /// <param name="shape">Its sizes, each at least 0; empty for a single number. Not copied, so the caller must not change it.</param>
    /// <param name="typeName">What the file calls the type, for messages; the name of <paramref name="type"/> if null.</param>
    /// <exception cref="ArgumentException">The name is null, the type is undefined, a size is negative, or there are more than <see cref="long.MaxValue"/> elements.</exception>
    public TensorInfo(string name, TensorType type, ReadOnlyMemory<long> shape, string? typeName = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Enum.IsDefined(type)) throw new ArgumentOutOfRangeException(nameof(type), type, $"Expected a TensorType, got {type}.");
        if (!TryCount(shape.Span, out _)) throw new ArgumentException($"Expected sizes of 0 or more and at most {long.MaxValue} elements, got {ErrorText.Shape(shape.Span)}.", nameof(shape));
        Name = name;
        Type = type;
        _shape = MemoryMarshal.TryGetArray(shape, out ArraySegment<long> all) && all.Count == all.Array!.Length ? all.Array : shape.ToArray();
        TypeName = typeName ?? type.ToString();
    }

    /// <summary>The name, unique within the file.</summary>
    public string Name { get; }

    /// <summary>The number type.</summary>
    public TensorType Type { get; }

    /// <summary>What the file calls the number type, such as F32 or &lt;f4.</summary>
    public string TypeName { get; }

    /// <summary>The sizes; empty for a single number.</summary>
    public ReadOnlyMemory<long> Shape => _shape;

    /// <summary>The number of elements.</summary>
    public long Count => TryCount(Shape.Span, out long count) ? count : 0;

    /// <summary>The name, type and shape, such as "weight Float32 [4, 3]".</summary>
    public override string ToString() => $"{Name} {TypeName} {ErrorText.Shape(Shape.Span)}";

    /// <summary>Multiplies sizes from a file. False if one is negative or a product is out of range.</summary>
    internal static bool TryCount(ReadOnlySpan<long> shape, out long count)
    {
        Int128 product = 1;
        foreach (long size in shape)
        {
            product *= size;
            if (size >= 0 && product <= long.MaxValue) continue;
            count = 0;
            return false;
        }

        count = (long)product;
        return true;
    }
}
