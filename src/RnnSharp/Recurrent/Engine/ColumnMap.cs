namespace RnnSharp.Recurrent;

/// <summary>
/// Which examples a call computes at each step, and in which order. In a ragged batch the examples are ordered by length, the longest first,
/// so that those that have not ended are the first columns of every step, and the columns of all steps are stored without gaps. The memory
/// belongs to a <see cref="ColumnOrder"/>.
/// </summary>
internal readonly unsafe struct ColumnMap
{
    private readonly int* _examples;
    private readonly int* _ranks;
    private readonly int* _first;
    private readonly int _start;

    /// <summary>A batch whose examples all have the same length.</summary>
    public ColumnMap(int batch, int steps) => (Batch, Steps) = (batch, steps);

    /// <param name="batch">Examples.</param>
    /// <param name="steps">The length of the longest example.</param>
    /// <param name="examples">[column].</param>
    /// <param name="ranks">[example]: its column.</param>
    /// <param name="first">[step], and all columns after the last.</param>
    public ColumnMap(int batch, int steps, int* examples, int* ranks, int* first)
        : this(batch, steps)
    {
        _examples = examples;
        _ranks = ranks;
        _first = first;
    }

    private ColumnMap(in ColumnMap whole, int first, int end)
        : this(whole.Batch, end - first)
    {
        _examples = whole._examples;
        _ranks = whole._ranks;
        _first = whole._first == null ? null : whole._first + first;
        _start = whole.First(first);
    }

    public readonly int Batch;

    /// <summary>The length of the longest example.</summary>
    public readonly int Steps;

    /// <summary>Whether examples end at different steps, so that columns are reordered and stored without gaps.</summary>
    public bool IsPacked => _examples != null;

    /// <summary>The columns of all steps.</summary>
    public int Count => First(Steps);

    /// <summary>The columns of a step; all examples for step -1, which stands for the initial state, and none for the one after the last.</summary>
    public int Active(int step) => step < 0 ? Batch : step >= Steps ? 0 : _first == null ? Batch : _first[step + 1] - _first[step];

    /// <summary>The number of columns of all steps before this one.</summary>
    public int First(int step) => _first == null ? step * Batch : _first[step] - _start;

    /// <summary>Some of the steps, as steps from 0 on.</summary>
    public ColumnMap Slice(int first, int end) => new(this, first, end);

    /// <summary>The example of a column.</summary>
    public int Example(int column) => _examples == null ? column : _examples[column];

    /// <summary>The column of an example.</summary>
    public int Rank(int example) => _ranks == null ? example : _ranks[example];

    /// <summary>Copies [example][value] to [column][value].</summary>
    public void Order<T>(ReadOnlySpan<T> examples, Span<T> columns, int size)
    {
        for (int j = 0; j < Batch; j++) examples.Slice(Example(j) * size, size).CopyTo(columns[(j * size)..]);
    }

    /// <summary>Copies [column][value] to [example][value].</summary>
    public void Restore<T>(ReadOnlySpan<T> columns, Span<T> examples, int size)
    {
        for (int j = 0; j < Batch; j++) columns.Slice(j * size, size).CopyTo(examples[(Example(j) * size)..]);
    }
}
