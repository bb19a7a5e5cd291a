using System.Buffers.Binary;
using System.IO.Compression;

namespace RnnSharp.Results.Files;

/// <summary>
/// A file of unsigned bytes in the IDX format (that of the MNIST database), plain or compressed by gzip: two zeros, 8 for bytes, the number of
/// dimensions, each dimension as a big-endian int, and the values, the last dimension fastest.
/// </summary>
internal sealed record IdxFile(int[] Sizes, byte[] Values)
{
    private const int MaxDimensions = 3;
    private const int MaxValues = 1 << 28;
    private const int Chunk = 1 << 20;

    /// <summary>Reads a file. Damaged files are refused, and memory is allocated only for values that the file really holds.</summary>
    /// <exception cref="InvalidDataException">The file has another format, or more or fewer values than its sizes tell.</exception>
    public static IdxFile Read(string path)
    {
        using Stream file = File.OpenRead(path);
        int first = file.ReadByte(), second = file.ReadByte();
        file.Position = 0;
        if ((first, second) != (0x1f, 0x8b)) return Read(file, path);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        return Read(unpacked, path);
    }

    private static IdxFile Read(Stream stream, string path)
    {
        Span<byte> head = stackalloc byte[4 * (1 + MaxDimensions)];
        if (stream.ReadAtLeast(head[..4], 4, throwOnEndOfStream: false) < 4 || head[0] != 0 || head[1] != 0 || head[2] != 8) throw new InvalidDataException($"{path} is not an IDX file of unsigned bytes.");
        int dimensions = head[3];
        if (dimensions is < 1 or > MaxDimensions) throw new InvalidDataException($"Expected 1 to {MaxDimensions} dimensions in {path}, got {dimensions}.");
        if (stream.ReadAtLeast(head[4..(4 + 4 * dimensions)], 4 * dimensions, throwOnEndOfStream: false) < 4 * dimensions) throw new InvalidDataException($"{path} ends within its sizes.");
        var sizes = new int[dimensions];
        long count = 1;
        for (int i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(head[(4 + 4 * i)..]);
            if (sizes[i] < 1 || (count *= sizes[i]) > MaxValues) throw new InvalidDataException($"Expected sizes of at least 1 and at most {MaxValues} values in {path}, got {sizes[i]} as size {i}.");
        }

        return new IdxFile(sizes, ReadValues(stream, (int)count, path));
    }

    /// <summary>Grows the memory with what has been read: the sizes may be false, and the length of a compressed file does not bound its contents.</summary>
    private static byte[] ReadValues(Stream stream, int count, string path)
    {
        var values = new byte[Math.Min(count, Chunk)];
        int read = 0;
        while (true)
        {
            read += stream.ReadAtLeast(values.AsSpan(read), values.Length - read, throwOnEndOfStream: false);
            if (read < values.Length) throw new InvalidDataException($"Expected {count} values in {path}, got {read}.");
            if (read == count) break;
            Array.Resize(ref values, (int)Math.Min(count, 2L * values.Length));
        }

        return stream.ReadByte() < 0 ? values : throw new InvalidDataException($"Expected {count} values in {path}, got more.");
    }
}
