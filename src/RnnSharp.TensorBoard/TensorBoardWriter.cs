using System.Diagnostics;
using System.Globalization;
using System.Numerics;

namespace RnnSharp.TensorBoard;

/// <summary>
/// Writes an event file for TensorBoard. TensorBoard shows each folder with event files as a run, and the files of a folder as one; the part of
/// a tag before its first slash is the group that it is shown in. Events are collected in memory and reach the file at every
/// 64 KB, at <see cref="Flush"/> and at <see cref="Dispose"/>. Any number of threads may use a writer at once.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class TensorBoardWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Histogram _histogram = new();
    private readonly EventMessage _message = new();
    private readonly RecordFile _file;

    /// <summary>Creates a new file in a folder: events.out.tfevents.&lt;Unix time in seconds&gt;.&lt;host&gt;, with a number at the end if there is one already.</summary>
    /// <param name="folder">The folder of the run, which is created if it does not exist.</param>
    /// <exception cref="ArgumentException">The folder is null or empty.</exception>
    /// <exception cref="IOException">The folder or the file cannot be created or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written to.</exception>
    public TensorBoardWriter(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        Directory.CreateDirectory(folder);
        string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}.{Environment.MachineName}");
        FileStream stream = Create(System.IO.Path.Combine(folder, name));
        Path = stream.Name;
        _file = new RecordFile(stream);
        try
        {
            _message.WriteVersion(Now());
            _file.Add(_message.Written);
            _file.Flush();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>Adds a point to a curve.</summary>
    /// <param name="tag">The name of the curve, such as "loss/training".</param>
    /// <param name="value">The value, which is stored in single precision. NaN and infinity are shown as such.</param>
    /// <param name="step">The step, 0 or more.</param>
    /// <exception cref="ArgumentException">The tag is null or empty, or the step is below 0.</exception>
    /// <exception cref="IOException">Earlier events cannot be written. The value is not added; the earlier events are kept for the next attempt.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    public void AddScalar(string tag, double value, long step)
    {
        CheckEvent(tag, step);
        lock (_lock)
        {
            _message.WriteScalar(Now(), step, tag, (float)value);
            _file.Add(_message.Written);
        }
    }

    /// <summary>
    /// Adds the distribution of values: 30 buckets of equal width, from the lowest value to the highest. NaN and infinity are left out.
    /// </summary>
    /// <param name="tag">The name of the chart, such as "weights/0.weight_ih".</param>
    /// <param name="values">Any number of values.</param>
    /// <param name="step">The step, 0 or more.</param>
    /// <exception cref="ArgumentException">The tag is null or empty, or the step is below 0.</exception>
    /// <exception cref="IOException">Earlier events cannot be written. The distribution is not added; the earlier events are kept for the next attempt.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    public void AddHistogram<T>(string tag, ReadOnlySpan<T> values, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckEvent(tag, step);
        lock (_lock)
        {
            _histogram.Fill(values);
            _message.WriteHistogram(Now(), step, tag, _histogram);
            _file.Add(_message.Written);
        }
    }

    /// <summary>
    /// Tells TensorBoard that the run starts or continues at a step: what other files of the folder hold for this step and later ones is no longer
    /// shown. Call it when a run is resumed from a checkpoint, because steps after the checkpoint are run again.
    /// </summary>
    /// <param name="step">The first step that is written from now on, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step is below 0.</exception>
    /// <exception cref="IOException">Earlier events cannot be written. Nothing is added; the earlier events are kept for the next attempt.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    public void AddStart(long step)
    {
        CheckStep(step);
        lock (_lock)
        {
            _message.WriteStart(Now(), step);
            _file.Add(_message.Written);
        }
    }

    /// <summary>Writes all events to the file.</summary>
    /// <exception cref="IOException">The events cannot be written; they are kept for the next attempt.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    public void Flush()
    {
        lock (_lock) _file.Flush();
    }

    /// <summary>Writes all events to the file and closes it.</summary>
    /// <exception cref="IOException">The events cannot be written. The file is closed nevertheless.</exception>
    public void Dispose()
    {
        lock (_lock) _file.Dispose();
    }

    /// <summary>The path of the file.</summary>
    public override string ToString() => Path;

    private static double Now() => (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

    private static void CheckEvent(string tag, long step)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(tag);
        CheckStep(step);
    }

    private static void CheckStep(long step)
    {
        if (step < 0) throw new ArgumentOutOfRangeException(nameof(step), step, $"Expected 0 or more, got {step}.");
    }

    /// <summary>Creates a file under the first name that is free.</summary>
    private static FileStream Create(string path)
    {
        for (int i = 0; ; i++)
        {
            string candidate = i == 0 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}.{i}");
            try
            {
                return new FileStream(candidate, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(candidate))
            {
                // The next name.
            }
        }
    }
}
