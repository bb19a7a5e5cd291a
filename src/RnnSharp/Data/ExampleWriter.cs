using System.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>Writes examples into batches, in memory that it keeps.</summary>
internal sealed class ExampleWriter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<Example<T>> _examples = [];
    private readonly List<long> _items = [];
    private int[] _lengths = [];

    private enum Part
    {
        Input,
        Target,
        Source,
    }

    public int Count => _examples.Count;

    public void Clear()
    {
        _examples.Clear();
        _items.Clear();
    }

    /// <summary>Adds an example that has been checked.</summary>
    /// <param name="example">The example.</param>
    /// <param name="item">Its number in the source, for messages.</param>
    public void Add(Example<T> example, long item)
    {
        _examples.Add(example);
        _items.Add(item);
    }

    /// <summary>Writes all examples that have been added.</summary>
    public void Write(Batch<T> batch)
    {
        if (_lengths.Length < Count) _lengths = new int[Math.Max(Count, 2 * _lengths.Length)];
        Write(batch.Input, Part.Input);
        Write(batch.Target, Part.Target);
        if (batch.Source is not null) Write(batch.Source, Part.Source);
        if (batch.StepWeights is not null) WriteWeights(batch.StepWeights);
    }

    private static Series<T> Of(Example<T> example, Part part) => part switch
    {
        Part.Input => example.Input,
        Part.Target => example.Target,
        _ => example.Source!,
    };

    private void Write(Sequence<T> sequence, Part part)
    {
        ReadOnlySpan<int> lengths = Shape(sequence, part);
        for (int j = 0; j < lengths.Length; j++) Of(_examples[j], part).CopyTo(0, lengths[j], sequence, j, _items[j]);
        StepCopy.SetLengths(sequence, lengths);
    }

    private void WriteWeights(Sequence<T> weights)
    {
        ReadOnlySpan<int> lengths = Shape(weights, Part.Target);
        weights.Values.Fill(T.One);
        for (int j = 0; j < lengths.Length; j++) _examples[j].StepWeights?.CopyTo(0, lengths[j], weights, j, _items[j]);
        StepCopy.SetLengths(weights, lengths);
    }

    private ReadOnlySpan<int> Shape(Sequence<T> sequence, Part part)
    {
        Span<int> lengths = _lengths.AsSpan(0, Count);
        int steps = 0;
        for (int j = 0; j < lengths.Length; j++) steps = Math.Max(steps, lengths[j] = Of(_examples[j], part).Steps);
        StepCopy.Resize(sequence, Count, steps);
        return lengths;
    }
}
