using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The memory of a <see cref="ColumnMap"/>; held by the pass or the state.</summary>
internal sealed unsafe class ColumnOrder
{
    private readonly IntegerBuffer _memory = new();

    /// <summary>The map of the last call; valid as long as this object lives.</summary>
    public ColumnMap Map { get; private set; }

    /// <summary>The tokens of the current and the next step, or of the current and the next few steps.</summary>
    public IntegerBuffer Tokens { get; } = new();

    /// <summary>Orders the examples of a batch. Those of equal length keep their order, so that the result depends on the lengths alone.</summary>
    public ColumnMap Arrange<T>(in CapturedInput<T> input)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int batch = input.Batch, steps = input.LongestLength();
        bool isPacked = false;
        for (int j = 0; j < batch && input.IsRagged; j++) isPacked |= input.LengthOf(j) < steps;
        if (!isPacked) return Map = new ColumnMap(batch, steps);
        int* examples = _memory.Require(2L * batch + steps + 1);
        int* ranks = examples + batch, first = ranks + batch;

        // The examples of at least t + 1 steps, which are those that are active at step t.
        new Span<int>(first, steps + 1).Clear();
        for (int j = 0; j < batch; j++)
        {
            if (input.LengthOf(j) is > 0 and var length) first[length - 1]++;
        }

        for (int t = steps - 1; t >= 0; t--) first[t] += first[t + 1];

        // An example of n steps follows those that are longer: the ones that are active at step n.
        for (int j = 0; j < batch; j++) examples[ranks[j] = first[input.LengthOf(j)]++] = j;

        // Now those of at least t steps, which are active at step t - 1.
        first[0] = 0;
        for (int t = 0; t < steps; t++) first[t + 1] += first[t];
        return Map = new ColumnMap(batch, steps, examples, ranks, first);
    }
}
