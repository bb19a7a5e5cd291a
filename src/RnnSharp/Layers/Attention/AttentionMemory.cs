using System.Numerics;
using System.Runtime.InteropServices;

namespace RnnSharp.Layers;

/// <summary>The steps of the memory that the mask admits, one after another, and what the layer projects them to.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class AttentionMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private int[] _starts = [0];
    private int[] _steps = [];
    private T[] _memory = [];
    private T[] _mask = [];
    private object? _layer;
    private long _version;

    /// <summary>The columns of <see cref="Columns"/> that count; those of example j start at <see cref="StartOf"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Memory size × columns × 1; a column of zeros if none counts.</summary>
    public Sequence<T> Columns { get; } = new(1, 1, 1);

    /// <summary>The keys of each column, for Predict and Step.</summary>
    public Sequence<T> Keys { get; } = new(1, 1, 1);

    /// <summary>The values of each column, for Predict and Step.</summary>
    public Sequence<T> Values { get; } = new(1, 1, 1);

    /// <summary>The first column of an example; the end of the last one for the index after it.</summary>
    public int StartOf(int example) => _starts[example];

    /// <summary>The memory step of a column.</summary>
    public int StepOf(int column) => _steps[column];

    /// <summary>Collects the steps that the mask admits.</summary>
    /// <param name="memory">[example][step][feature].</param>
    /// <param name="mask">[example][step]: above 0 for a step that counts.</param>
    /// <param name="batch">Examples.</param>
    /// <param name="size">Features.</param>
    public void Collect(ReadOnlySpan<T> memory, ReadOnlySpan<T> mask, int batch, int size)
    {
        if (_starts.Length <= batch) _starts = new int[batch + 1];
        if (_steps.Length < mask.Length) _steps = new int[mask.Length];
        int steps = mask.Length / batch, count = 0;
        for (int j = 0; j < batch; j++)
        {
            _starts[j] = count;
            for (int s = 0; s < steps; s++)
            {
                if (mask[j * steps + s] > T.Zero) _steps[count++] = s;
            }
        }

        _starts[batch] = Count = count;
        Columns.Resize(size, Math.Max(1, count), 1);
        Span<T> columns = Columns.Values;
        if (count == 0) columns.Clear();
        for (int j = 0; j < batch; j++)
        {
            for (int column = _starts[j]; column < _starts[j + 1]; column++) memory.Slice((j * steps + _steps[column]) * size, size).CopyTo(columns.Slice(column * size, size));
        }
    }

    /// <summary>No memory.</summary>
    public void CollectNone(int batch, int size)
    {
        if (_starts.Length <= batch) _starts = new int[batch + 1];
        Array.Clear(_starts);
        Count = 0;
        Columns.Resize(size, 1, 1);
        Columns.Values.Clear();
    }

    /// <summary>Whether the last projection was that of the same memory by the same layer with the same parameters.</summary>
    public bool Holds(ReadOnlySpan<T> memory, ReadOnlySpan<T> mask, object layer, long version) =>
        ReferenceEquals(layer, _layer) && version == _version && memory.Length == _memory.Length && mask.Length == _mask.Length
        && Bytes(memory).SequenceEqual(Bytes<T>(_memory)) && Bytes(mask).SequenceEqual(Bytes<T>(_mask));

    /// <summary>Remembers what the projection was made from.</summary>
    public void Remember(ReadOnlySpan<T> memory, ReadOnlySpan<T> mask, object layer, long version)
    {
        if (_memory.Length != memory.Length) _memory = new T[memory.Length];
        if (_mask.Length != mask.Length) _mask = new T[mask.Length];
        memory.CopyTo(_memory);
        mask.CopyTo(_mask);
        (_layer, _version) = (layer, version);
    }

    /// <summary>Forgets the projection while another is made.</summary>
    public void Forget() => _layer = null;

    private static ReadOnlySpan<byte> Bytes<TElement>(ReadOnlySpan<TElement> values)
        where TElement : unmanaged => MemoryMarshal.AsBytes(values);
}
