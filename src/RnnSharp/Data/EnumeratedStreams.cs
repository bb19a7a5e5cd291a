using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>
/// Reads streams from enumerations of steps, for <see cref="StreamBatches{T}"/>: <c>new StreamBatches&lt;T&gt;(streams.Read, ...)</c>. A step
/// before the current one is found by enumerating again from the start, so each enumeration must give the same steps.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class EnumeratedStreams<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IEnumerable<(T[] Input, T[] Target, bool Restarts)>[] _streams;
    private readonly Cursor[] _cursors;

    /// <summary>Creates a reader.</summary>
    /// <param name="streams">The steps of each stream: the features of input and target, and whether the step starts from a zero state.</param>
    /// <exception cref="ArgumentException">There is no stream, one is null, or T is neither float nor double.</exception>
    public EnumeratedStreams(IReadOnlyList<IEnumerable<(T[] Input, T[] Target, bool Restarts)>> streams)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(streams);
        if (streams.Count == 0) throw Check.Shape(nameof(streams), "at least one stream", "none");
        for (int i = 0; i < streams.Count; i++)
        {
            if (streams[i] is null) throw new ArgumentException($"Stream {i} is null.", nameof(streams));
        }

        _streams = [.. streams];
        _cursors = new Cursor[_streams.Length];
    }

    /// <summary>Number of streams.</summary>
    public int Count => _streams.Length;

    /// <summary>Writes a step of a stream, as <see cref="StreamReader{T}"/> does.</summary>
    /// <param name="stream">0 to <see cref="Count"/> - 1.</param>
    /// <param name="step">0 or more.</param>
    /// <param name="input">Receives the features of the input.</param>
    /// <param name="target">Receives the features of the target.</param>
    /// <exception cref="ArgumentException">The stream or the step is out of range.</exception>
    /// <exception cref="InvalidDataException">The step does not have the features of <paramref name="input"/> or <paramref name="target"/>.</exception>
    public StreamStep Read(int stream, long step, Span<T> input, Span<T> target)
    {
        if ((uint)stream >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(stream), stream, $"Expected 0 to {Count - 1}, got {stream}.");
        Check.NotNegative(step);
        ref Cursor cursor = ref _cursors[stream];
        if (!MoveTo(ref cursor, _streams[stream], step)) return StreamStep.Ends;
        (T[] from, T[] to, bool restarts) = cursor.Steps!.Current;
        if (from?.Length != input.Length) throw new InvalidDataException($"Expected {input.Length} features of the input at step {step} of stream {stream}, got {from?.Length ?? 0}.");
        if (to?.Length != target.Length) throw new InvalidDataException($"Expected {target.Length} features of the target at step {step} of stream {stream}, got {to?.Length ?? 0}.");
        from.CopyTo(input);
        to.CopyTo(target);
        return restarts ? StreamStep.Restarts : StreamStep.Continues;
    }

    /// <summary>Disposes the enumerations. A later call of <see cref="Read"/> starts them again.</summary>
    public void Dispose()
    {
        foreach (ref Cursor cursor in _cursors.AsSpan()) Close(ref cursor);
    }

    private static bool MoveTo(ref Cursor cursor, IEnumerable<(T[] Input, T[] Target, bool Restarts)> stream, long step)
    {
        if (cursor.Ends && step >= cursor.Count) return false;
        if (cursor.Ends || step < cursor.Count - 1) Close(ref cursor);
        try
        {
            cursor.Steps ??= stream.GetEnumerator();
            for (; cursor.Count <= step; cursor.Count++)
            {
                if (cursor.Steps.MoveNext()) continue;
                long count = cursor.Count;
                Close(ref cursor);
                (cursor.Count, cursor.Ends) = (count, true);
                return false;
            }
        }
        catch
        {
            // An iterator that has thrown would pretend to have ended.
            Close(ref cursor);
            throw;
        }

        return true;
    }

    private static void Close(ref Cursor cursor)
    {
        cursor.Steps?.Dispose();
        cursor = default;
    }

    private struct Cursor
    {
        public IEnumerator<(T[] Input, T[] Target, bool Restarts)>? Steps { get; set; }

        /// <summary>Steps that have been read, of which the last is current.</summary>
        public long Count { get; set; }

        public bool Ends { get; set; }
    }
}
