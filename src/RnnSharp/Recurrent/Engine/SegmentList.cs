using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>The segments of steps of a pass, of which the tape holds one at a time; held by the pass. Each consists of whole blocks of Backward.</summary>
internal sealed class SegmentList
{
    private int[] _ends = [0];

    public int Count { get; private set; }

    /// <summary>Whether the tape holds all steps, so that Backward computes none again.</summary>
    public bool IsPlain => Count == 1;

    private int LongestSteps { get; set; }

    private int LongestColumns { get; set; }

    public int First(int segment) => _ends[segment];

    public int End(int segment) => _ends[segment + 1];

    /// <summary>Divides the steps of a call.</summary>
    public void Divide<T>(StepPlan<T> plan, in ColumnMap columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Count = LongestSteps = LongestColumns = 0;
        int end = columns.Steps;
        do
        {
            int first = plan.FirstOfSegment(columns, end);
            LongestSteps = Math.Max(LongestSteps, end - first);
            LongestColumns = Math.Max(LongestColumns, columns.First(end) - columns.First(first));
            Count++;
            end = first;
        }
        while (end > 0);

        if (_ends.Length < Count + 1) _ends = new int[Count + 1];
        end = columns.Steps;
        for (int s = Count; s > 0; s--)
        {
            _ends[s] = end;
            end = plan.FirstOfSegment(columns, end);
        }

        _ends[0] = 0;
    }

    /// <summary>The shape of a tape that holds any one of the segments.</summary>
    public CallShape ShapeOf<T>(in ColumnMap columns, in CapturedInput<T> input)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(columns.Batch, LongestSteps) { Columns = LongestColumns, IsTokens = input.IsTokens, IsRagged = columns.IsPacked, KeepsSteps = true, Segments = Count };
}
