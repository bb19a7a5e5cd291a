using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>An array to be written to a NumPy file.</summary>
/// <typeparam name="T">float (float32) or double (float64).</typeparam>
public sealed class NumpyArray<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly long[] _shape;

    /// <summary>Creates an array. The values are not copied.</summary>
    /// <param name="name">Its name in an archive; it does not matter for a single array.</param>
    /// <param name="values">The values, row-major.</param>
    /// <param name="shape">The sizes, whose product is the number of values; no sizes for a single number.</param>
    /// <exception cref="ArgumentException">The name is empty, the shape is null, a size is negative, the sizes do not fit the values, or T is neither float nor double.</exception>
    public NumpyArray(string name, ReadOnlyMemory<T> values, params long[] shape)
    {
        Check.ElementType<T>();
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (!TensorInfo.TryCount(shape, out long count) || count != values.Length) throw Check.Shape(nameof(shape), $"sizes of 0 or more whose product is {values.Length}, the number of values", ErrorText.Shape(shape));
        Name = name;
        Values = values;
        _shape = [.. shape];
    }

    /// <summary>The name in an archive.</summary>
    public string Name { get; }

    /// <summary>The values, row-major.</summary>
    public ReadOnlyMemory<T> Values { get; }

    /// <summary>The sizes.</summary>
    public ReadOnlyMemory<long> Shape => _shape;

    /// <summary>Copies a sequence of features, as PyTorch has it: steps × batch × features.</summary>
    /// <param name="name">The array's name.</param>
    /// <param name="sequence">Features. The lengths of a ragged sequence are not part of the array.</param>
    /// <exception cref="ArgumentException">The name is empty, or the sequence holds tokens.</exception>
    public static NumpyArray<T> Of(string name, Sequence<T> sequence)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        if (sequence.IsTokens) throw Check.Shape(nameof(sequence), "a sequence of features", "tokens");
        return new NumpyArray<T>(name, sequence.Values.ToArray(), sequence.Steps, sequence.Batch, sequence.Features);
    }
}
