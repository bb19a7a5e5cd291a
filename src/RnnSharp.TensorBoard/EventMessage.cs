using Google.Protobuf;
using static Google.Protobuf.CodedOutputStream;

namespace RnnSharp.TensorBoard;

/// <summary>
/// Writes the protocol buffer messages Event, Summary, HistogramProto and SessionLog of TensorFlow (tensorflow/core/util/event.proto and
/// tensorflow/core/framework/summary.proto), with the fields that are used here, into memory that is kept from one event to the next.
/// </summary>
internal sealed class EventMessage
{
    private const WireFormat.WireType Varint = WireFormat.WireType.Varint;
    private const WireFormat.WireType Fixed32 = WireFormat.WireType.Fixed32;
    private const WireFormat.WireType Fixed64 = WireFormat.WireType.Fixed64;
    private const WireFormat.WireType Bytes = WireFormat.WireType.LengthDelimited;
    private const int TagSize = 1; // of all fields below 16
    private const int DoubleSize = sizeof(double);

    private readonly MemoryStream _memory = new();
    private readonly CodedOutputStream _output;

    public EventMessage() => _output = new CodedOutputStream(_memory);

    /// <summary>The event that was written last.</summary>
    public ReadOnlySpan<byte> Written => _memory.GetBuffer().AsSpan(0, (int)_memory.Length);

    public void WriteVersion(double time)
    {
        Begin(time, step: 0);
        _output.WriteTag(3, Bytes); // Event.file_version
        _output.WriteString("brain.Event:2");
        _output.Flush();
    }

    public void WriteStart(double time, long step)
    {
        Begin(time, step);
        _output.WriteTag(7, Bytes); // Event.session_log
        _output.WriteLength(TagSize + ComputeEnumSize(1));
        _output.WriteTag(1, Varint); // SessionLog.status
        _output.WriteEnum(1); // START
        _output.Flush();
    }

    public void WriteScalar(double time, long step, string tag, float value)
    {
        Begin(time, step);
        BeginValue(tag, TagSize + sizeof(float));
        _output.WriteTag(2, Fixed32); // Summary.Value.simple_value
        _output.WriteFloat(value);
        _output.Flush();
    }

    public void WriteHistogram(double time, long step, string tag, Histogram histogram)
    {
        int packed = DoubleSize * histogram.Limits.Length;
        int length = 5 * (TagSize + DoubleSize) + 2 * (TagSize + ComputeLengthSize(packed) + packed);
        Begin(time, step);
        BeginValue(tag, TagSize + ComputeLengthSize(length) + length);
        _output.WriteTag(5, Bytes); // Summary.Value.histo
        _output.WriteLength(length);
        WriteDouble(1, histogram.Min);
        WriteDouble(2, histogram.Max);
        WriteDouble(3, histogram.Count); // num
        WriteDouble(4, histogram.Sum);
        WriteDouble(5, histogram.SumOfSquares);
        WritePacked(6, histogram.Limits); // bucket_limit
        WritePacked(7, histogram.Counts); // bucket
        _output.Flush();
    }

    private void Begin(double time, long step)
    {
        _memory.SetLength(0);
        WriteDouble(1, time); // Event.wall_time
        _output.WriteTag(2, Varint); // Event.step
        _output.WriteInt64(step);
    }

    /// <summary>Begins the only value of a summary, of which <paramref name="length"/> bytes follow the tag.</summary>
    private void BeginValue(string tag, int length)
    {
        int value = TagSize + ComputeStringSize(tag) + length;
        _output.WriteTag(5, Bytes); // Event.summary
        _output.WriteLength(TagSize + ComputeLengthSize(value) + value);
        _output.WriteTag(1, Bytes); // Summary.value
        _output.WriteLength(value);
        _output.WriteTag(1, Bytes); // Summary.Value.tag
        _output.WriteString(tag);
    }

    private void WriteDouble(int field, double value)
    {
        _output.WriteTag(field, Fixed64);
        _output.WriteDouble(value);
    }

    private void WritePacked(int field, ReadOnlySpan<double> values)
    {
        _output.WriteTag(field, Bytes);
        _output.WriteLength(DoubleSize * values.Length);
        foreach (double value in values) _output.WriteDouble(value);
    }
}
