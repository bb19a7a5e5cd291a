using System.Buffers.Binary;
using System.Text;

namespace RnnSharp.TensorBoard.Tests;

/// <summary>An event as it is read back; what it does not hold is null.</summary>
internal sealed record LoggedEvent(double Time, long Step)
{
    public string? Version { get; set; }

    public long? SessionStatus { get; set; }

    public string? Tag { get; set; }

    public float? Scalar { get; set; }

    public LoggedHistogram? Histogram { get; set; }
}

internal sealed record LoggedHistogram(double Min, double Max, double Count, double Sum, double SumOfSquares, double[] Limits, double[] Counts);

/// <summary>
/// Reads event files independently of the code under test: checksums bit by bit, messages field by field as the protocol buffer encoding defines
/// them. Anything unexpected is an exception.
/// </summary>
internal static class EventFile
{
    public static LoggedEvent[] Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return Read(copy.ToArray());
    }

    public static LoggedEvent[] Read(ReadOnlySpan<byte> file) => [.. Records(file).Select(record => Event(record))];

    /// <summary>The records of a file, whose checksums must be right.</summary>
    public static List<byte[]> Records(ReadOnlySpan<byte> file)
    {
        var records = new List<byte[]>();
        while (!file.IsEmpty)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file));
            RequireChecksum(file[..8], file[8..]);
            RequireChecksum(file.Slice(12, length), file[(12 + length)..]);
            records.Add(file.Slice(12, length).ToArray());
            file = file[(16 + length)..];
        }

        return records;
    }

    /// <summary>CRC-32C from its definition: polynomial 0x1EDC6F41, reflected, one bit at a time.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = 0xffffffff;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
        }

        return ~crc;
    }

    private static void RequireChecksum(ReadOnlySpan<byte> data, ReadOnlySpan<byte> stored)
    {
        uint crc = Checksum(data);
        if (((crc >> 15) | (crc << 17)) + 0xa282ead8u != BinaryPrimitives.ReadUInt32LittleEndian(stored)) throw new InvalidDataException("Wrong checksum.");
    }

    private static LoggedEvent Event(byte[] message)
    {
        Dictionary<int, byte[]> fields = Fields(message, (1, 1), (2, 0), (3, 2), (5, 2), (7, 2));
        var logged = new LoggedEvent(Double(fields, 1), Integer(fields[2]));
        if (fields.TryGetValue(3, out byte[]? version)) logged.Version = Encoding.UTF8.GetString(version);
        if (fields.TryGetValue(7, out byte[]? session)) logged.SessionStatus = Integer(Fields(session, (1, 0))[1]);
        if (!fields.TryGetValue(5, out byte[]? summary)) return logged;
        Dictionary<int, byte[]> value = Fields(Fields(summary, (1, 2))[1], (1, 2), (2, 5), (5, 2));
        logged.Tag = Encoding.UTF8.GetString(value[1]);
        if (value.TryGetValue(2, out byte[]? scalar)) logged.Scalar = BinaryPrimitives.ReadSingleLittleEndian(scalar);
        if (value.TryGetValue(5, out byte[]? histogram)) logged.Histogram = Histogram(histogram);
        return logged;
    }

    private static LoggedHistogram Histogram(byte[] message)
    {
        Dictionary<int, byte[]> fields = Fields(message, (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 2));
        return new LoggedHistogram(Double(fields, 1), Double(fields, 2), Double(fields, 3), Double(fields, 4), Double(fields, 5), Doubles(fields[6]), Doubles(fields[7]));
    }

    /// <summary>The fields of a message, each at most once and of the given wire type.</summary>
    private static Dictionary<int, byte[]> Fields(ReadOnlySpan<byte> message, params (int Number, int WireType)[] known)
    {
        var fields = new Dictionary<int, byte[]>();
        while (!message.IsEmpty)
        {
            int key = (int)Integer(TakeVarint(ref message));
            if (!known.Contains((key >> 3, key & 7))) throw new InvalidDataException($"Unexpected field {key >> 3} of wire type {key & 7}.");
            byte[] value = (key & 7) switch
            {
                0 => TakeVarint(ref message),
                1 => Take(ref message, 8),
                2 => Take(ref message, (int)Integer(TakeVarint(ref message))),
                _ => Take(ref message, 4),
            };
            fields.Add(key >> 3, value);
        }

        return fields;
    }

    private static byte[] TakeVarint(ref ReadOnlySpan<byte> message) => Take(ref message, 1 + message.IndexOfAnyInRange((byte)0, (byte)127));

    private static byte[] Take(ref ReadOnlySpan<byte> message, int length)
    {
        byte[] taken = message[..length].ToArray();
        message = message[length..];
        return taken;
    }

    private static long Integer(byte[] varint) => varint.Select((part, i) => (long)(part & 127) << (7 * i)).Sum();

    private static double Double(Dictionary<int, byte[]> fields, int number) => BitConverter.ToDouble(fields[number]);

    private static double[] Doubles(byte[] packed) => [.. packed.Chunk(8).Select(part => BitConverter.ToDouble(part))];
}
