using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>
/// Batches of sliding windows of one or more series, for forecasting. A window and its target lie within one series. Windows are read from
/// the series as they are needed, so that the memory does not grow with their number. Those of the first series come first, in order of
/// time, unless the source shuffles.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class WindowBatches<T> : IndexedBatches<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Series<T>[] _series;
    private readonly int[] _firstWindows;
    private readonly int _length;
    private readonly WindowOptions _windows;
    private readonly int[]? _inputColumns;
    private readonly int[]? _targetColumns;
    private readonly int[]? _starts;

    /// <summary>Creates a source of the windows of one series.</summary>
    /// <param name="series">Features or tokens.</param>
    /// <param name="length">Number of steps of a window, at least 1.</param>
    /// <param name="windows">The windows; the defaults when null.</param>
    /// <param name="options">How the windows are put into batches; the defaults when null.</param>
    /// <exception cref="ArgumentException">The series is null, no window fits, a column is no feature of the series, or the options do not fit.</exception>
    public WindowBatches(Series<T> series, int length, WindowOptions? windows = null, BatchOptions? options = null)
        : this((IReadOnlyList<Series<T>>)[Check.NotNull(series)], length, windows, options)
    {
    }

    /// <summary>Creates a source of the windows of several series.</summary>
    /// <param name="series">At least one; all of the same features or vocabulary.</param>
    /// <param name="length">Number of steps of a window, at least 1.</param>
    /// <param name="windows">The windows; the defaults when null.</param>
    /// <param name="options">How the windows are put into batches; the defaults when null.</param>
    /// <exception cref="ArgumentException">There is no series, one is null or not like the first, no window fits, a column is no feature of the series, or the options do not fit.</exception>
    public WindowBatches(IReadOnlyList<Series<T>> series, int length, WindowOptions? windows = null, BatchOptions? options = null)
        : this(WindowLayout<T>.Of(series, length, windows ?? new WindowOptions()), [.. series], length, windows ?? new WindowOptions(), options)
    {
    }

    private WindowBatches(WindowLayout<T> layout, Series<T>[] series, int length, WindowOptions windows, BatchOptions? options)
        : base(layout.Count, options)
    {
        (_series, _length, _windows) = (series, length, windows);
        (_inputColumns, _targetColumns, _firstWindows, _starts) = (layout.InputColumns, layout.TargetColumns, layout.FirstWindows, layout.Starts);
        Check.ArrayLength((long)TargetWidth * (_windows.Target == WindowTarget.FollowingFeatures ? _windows.Horizon : 1), nameof(windows));
    }

    private int TargetWidth => _targetColumns?.Length ?? _series[0].Features;

    private protected override string Settings => $"{base.Settings}, windows of {_length} steps, horizon {_windows.Horizon}, stride {_windows.Stride}, target {_windows.Target}{(_windows.SkipMissing ? ", without gaps" : "")}";

    /// <inheritdoc/>
    public override Batch<T> CreateBatch() => _series[0].IsTokens
        ? new Batch<T>(Sequence<T>.ForTokens(_series[0].Features, 1, 0), Sequence<T>.ForTokens(_series[0].Features, 1, 0))
        : new Batch<T>(new Sequence<T>(_inputColumns?.Length ?? _series[0].Features, 1, 0), new Sequence<T>(TargetWidth * (_windows.Target == WindowTarget.FollowingFeatures ? _windows.Horizon : 1), 1, 0));

    /// <summary>The series of a window and its first step there.</summary>
    /// <param name="window">0 to <see cref="IndexedBatches{T}.Count"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is out of range.</exception>
    public (int Series, int Step) Locate(int window)
    {
        if ((uint)window >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(window), window, $"Expected 0 to {Count - 1}, got {window}.");

        // The last series that starts at or before the window; those without windows start where the next one does.
        int low = 0, high = _firstWindows.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_firstWindows[middle] <= window) low = middle;
            else high = middle - 1;
        }

        return (low, _starts is null ? (window - _firstWindows[low]) * _windows.Stride : _starts[window]);
    }

    /// <inheritdoc/>
    protected override void Fill(Batch<T> batch, ReadOnlySpan<int> items, FastRandom random)
    {
        (int offset, int steps) = WindowLayout<T>.TargetOf(_windows, _length);
        StepCopy.Resize(batch.Input, items.Length, _length);
        StepCopy.Resize(batch.Target, items.Length, _windows.Target == WindowTarget.FollowingFeatures ? 1 : steps);
        for (int j = 0; j < items.Length; j++)
        {
            (int series, int start) = Locate(items[j]);
            Copy(_series[series], start, _length, _inputColumns, batch.Input, j, items[j]);
            if (_windows.Target == WindowTarget.FollowingFeatures) Flatten(_series[series], start + offset, steps, batch.Target, j);
            else Copy(_series[series], start + offset, steps, _targetColumns, batch.Target, j, items[j]);
        }
    }

    /// <inheritdoc/>
    protected override int LengthOf(int item) => _length;

    private static void Copy(Series<T> series, int first, int count, int[]? columns, Sequence<T> target, int example, int item)
    {
        if (columns is null)
        {
            series.CopyTo(first, count, target, example, item);
            return;
        }

        Span<T> values = target.Values[(example * columns.Length)..];
        StepCopy.Columns(series.Values.Span.Slice(first * series.Features, count * series.Features), series.Features, columns, values, target.Batch * columns.Length);
    }

    private void Flatten(Series<T> series, int first, int count, Sequence<T> target, int example)
    {
        ReadOnlySpan<T> from = series.Values.Span.Slice(first * series.Features, count * series.Features);
        Span<T> to = target.Values.Slice(example * target.Features, target.Features);
        if (_targetColumns is null) from.CopyTo(to);
        else StepCopy.Columns(from, series.Features, _targetColumns, to, _targetColumns.Length);
    }
}
