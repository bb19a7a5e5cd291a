using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>Where a decoder's state has memories for the output of an encoder, and its other leaves, which the encoder's state initializes.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class DecoderMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly (int Leaf, int Steps)[] _memories;
    private readonly int[] _others;
    private readonly int _size;
    private readonly int _steps = int.MaxValue;

    /// <summary>Finds the leaves.</summary>
    /// <param name="state">A state of the decoder.</param>
    /// <param name="size">The output size of the encoder.</param>
    /// <exception cref="ArgumentException">A memory is for another size.</exception>
    public DecoderMemory(State<T> state, int size)
    {
        var memories = new List<(int Leaf, int Steps)>();
        var others = new List<int>();
        for (int i = 0; i < state.Leaves.Count; i++)
        {
            if (!IsMemory(state.Leaves, i))
            {
                others.Add(i);
                continue;
            }

            int units = state.Leaves[i].Size, steps = state.Leaves[i + 1].Size;
            if (units != (long)size * steps) throw Check.Shape("decoder", $"a memory of {size} features (the encoder's output size) for each of its {steps} steps", $"{units / steps}");
            memories.Add((i++, steps));
            _steps = Math.Min(_steps, steps);
        }

        (_memories, _others, _size) = ([.. memories], [.. others], size);
    }

    public bool Exists => _memories.Length > 0;

    /// <summary>The leaves that are not those of a memory.</summary>
    public IEnumerable<StateLeaf<T>> Others(State<T> state) => _others.Select(i => state.Leaves[i]);

    /// <summary>Copies the decoder's other leaves to the encoder's state, however they are nested.</summary>
    public void CopyOthers(State<T> decoder, State<T> encoder)
    {
        for (int i = 0; i < _others.Length; i++) decoder.LeafArray[_others[i]].Values.CopyTo(encoder.LeafArray[i].Values);
    }

    /// <summary>Copies the encoder's state to the decoder's other leaves.</summary>
    public void CopyToOthers(State<T> encoder, State<T> decoder)
    {
        for (int i = 0; i < _others.Length; i++) encoder.LeafArray[i].Values.CopyTo(decoder.LeafArray[_others[i]].Values);
    }

    /// <summary>Throws if a source is longer than the memory. An encoder that shortens its input may read a longer one.</summary>
    /// <exception cref="ArgumentException">The source is too long.</exception>
    public void RequireRoom(Sequence<T> source, ILayer<T> encoder)
    {
        int longest = Longest(source);
        if (longest <= _steps || Layer<T>.StepsAfter(encoder, longest) <= _steps) return;

        // A layer of your own may tell only in its report, which allocates.
        if (LayerReport<T>.Of(encoder, 1, longest).OutputSteps <= _steps) return;
        throw Check.Shape("source", $"at most {_steps} steps (the decoder's memory)", $"{longest}");
    }

    /// <summary>Throws if the encoder's output, which was not known to be longer than the memory, is.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    public void Require(Sequence<T> output)
    {
        if (Longest(output) > _steps) throw Check.Shape("source", $"one for which the encoder returns at most {_steps} steps (the decoder's memory)", $"one for which it returns {Longest(output)}");
    }

    /// <summary>Writes the encoder's output to the memories.</summary>
    public void Fill(Sequence<T> output, State<T> decoder)
    {
        int batch = output.Batch;
        foreach ((int leaf, int steps) in _memories)
        {
            Span<T> memory = decoder.LeafArray[leaf].ValuesFor(batch), mask = decoder.LeafArray[leaf + 1].ValuesFor(batch);
            memory.Clear();
            mask.Clear();
            for (int j = 0; j < batch; j++)
            {
                for (int s = 0; s < output.LengthOf(j); s++)
                {
                    output.Step(s).Slice(j * _size, _size).CopyTo(memory.Slice((j * steps + s) * _size, _size));
                    mask[j * steps + s] = T.One;
                }
            }
        }
    }

    /// <summary>The gradient of the encoder's output: the sum of those of the memories; null if there is none.</summary>
    public Sequence<T>? Gather(State<T> gradient, Sequence<T> output, Sequence<T> target)
    {
        if (!Exists) return null;
        int batch = output.Batch;
        target.Resize(_size, batch, output.Steps);
        target.TakeLengths(output);
        target.Clear();
        foreach ((int leaf, int steps) in _memories)
        {
            ReadOnlySpan<T> memory = gradient.LeafArray[leaf].ValuesFor(batch);
            for (int j = 0; j < batch; j++)
            {
                for (int s = 0; s < output.LengthOf(j); s++) Elementwise.Add(target.Step(s).Slice(j * _size, _size), memory.Slice((j * steps + s) * _size, _size));
            }
        }

        return target;
    }

    private static int Longest(Sequence<T> sequence)
    {
        if (!sequence.IsRagged) return sequence.Steps;
        int longest = 0;
        foreach (int length in sequence.Lengths) longest = Math.Max(longest, length);
        return longest;
    }

    private static bool IsMemory(IReadOnlyList<StateLeaf<T>> leaves, int index) => index + 1 < leaves.Count
        && string.Equals(leaves[index].Name, AttentionLayer<T>.MemoryLeaf, StringComparison.Ordinal) && string.Equals(leaves[index + 1].Name, AttentionLayer<T>.MaskLeaf, StringComparison.Ordinal);
}
