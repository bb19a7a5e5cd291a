using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads a safetensors file that may be hostile: the whole header is checked before any tensor is read, and every allocation is bounded by
/// the length of the file. Format: https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsReader
{
    private const int PrefixBytes = sizeof(ulong);
    private const int ChunkBytes = 1 << 13;

    private readonly Stream _stream;
    private readonly long _dataStart;
    private readonly byte[] _header;

    /// <summary>Reads and checks the header of the file that starts at the stream's position and ends with the stream.</summary>
    /// <exception cref="InvalidDataException">It is not a safetensors file, or exceeds the limits.</exception>
    public SafetensorsReader(Stream stream, ModelLimits limits)
    {
        long? length = stream.CanSeek ? Math.Max(stream.Length - stream.Position, 0) : null;
        int headerLength = ReadPrefix(stream, length, limits);
        _header = ReadAtMost(stream, headerLength, isBounded: length is not null);
        if (_header.Length < headerLength) throw new InvalidDataException($"The file is truncated: its header has {headerLength} bytes, and only {_header.Length} follow.");
        Header = new SafetensorsHeader(_header, limits);
        if (length is null)
        {
            // A stream that cannot seek is copied, because the values are used only after all of them have been checked.
            if (Header.DataLength > limits.ParameterBytes) throw new InvalidDataException($"The file's tensors take {Header.DataLength} bytes: expected at most {limits.ParameterBytes} (ModelLimits.ParameterBytes).");
            stream = ChunkedCopy.Of(stream, Header.DataLength + 1);
        }

        long dataLength = stream.Length - stream.Position;
        if (Header.DataLength != dataLength)
            throw new InvalidDataException($"The file's tensors take {Header.DataLength} bytes, and {(length is null && dataLength > Header.DataLength ? "more" : $"{dataLength}")} follow its header.");
        _stream = stream;
        _dataStart = stream.Position;
    }

    /// <summary>The header of the file.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Throws unless the file matches its checksum.</summary>
    /// <exception cref="InvalidDataException">There is no checksum, or it does not match.</exception>
    public void RequireChecksum()
    {
        if (Header.ChecksumPlace is not { } place) throw new InvalidDataException($"The file has no checksum ({SafetensorsHeader.ChecksumKey}), which every model file has: it is damaged, or another program wrote it.");
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)_header.Length);
        using IncrementalHash hash = FileChecksum.Begin(prefix, _header, place);
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        _stream.Position = _dataStart;
        for (long left = Header.DataLength; left > 0;)
        {
            Span<byte> bytes = chunk[..(int)Math.Min(left, ChunkBytes)];
            _stream.ReadExactly(bytes);
            hash.AppendData(bytes);
            left -= bytes.Length;
        }

        Span<byte> digits = stackalloc byte[FileChecksum.Length];
        FileChecksum.Write(hash, digits);
        if (!digits.SequenceEqual(_header.AsSpan(place, FileChecksum.Length))) throw new InvalidDataException("The file is damaged: its checksum does not match its contents.");
    }

    /// <summary>Reads a tensor's values from an element on, row-major. The tensor's type must be readable.</summary>
    /// <exception cref="InvalidDataException">A finite value is out of T's range.</exception>
    public void Read<T>(in SafetensorsTensor tensor, long first, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = SafetensorsTensor.SizeOf(tensor.Type);
        _stream.Position = _dataStart + tensor.Begin + first * size;
        if (string.Equals(tensor.Type, SafetensorsTensor.TypeOf<T>(), StringComparison.Ordinal))
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(target);
            _stream.ReadExactly(bytes);
            SafetensorsWriter.SwapOnBigEndian<T>(bytes);
            return;
        }

        Span<byte> chunk = stackalloc byte[ChunkBytes];
        while (!target.IsEmpty)
        {
            Span<byte> bytes = chunk[..(Math.Min(target.Length, ChunkBytes / size) * size)];
            _stream.ReadExactly(bytes);
            Convert(tensor, bytes, target[..(bytes.Length / size)]);
            target = target[(bytes.Length / size)..];
        }
    }

    private static int ReadPrefix(Stream stream, long? length, ModelLimits limits)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        int read = stream.ReadAtLeast(prefix, PrefixBytes, throwOnEndOfStream: false);
        if (read < PrefixBytes) throw new InvalidDataException($"This is not a safetensors file: expected at least {PrefixBytes} bytes, got {read}.");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.LongestHeader) throw new InvalidDataException($"This is not a safetensors file: expected a header of at most {SafetensorsHeader.LongestHeader} bytes, got {headerLength}.");
        if (headerLength > (ulong)limits.HeaderBytes) throw new InvalidDataException($"The file's header has {headerLength} bytes: expected at most {limits.HeaderBytes} (ModelLimits.HeaderBytes).");
        if (length is { } all && headerLength > (ulong)(all - PrefixBytes)) throw new InvalidDataException($"The file is truncated: its header has {headerLength} bytes, and only {all - PrefixBytes} follow.");
        return (int)headerLength;
    }

    /// <summary>Reads a number of bytes, or fewer at the end of the stream. If the length of the stream is unknown, memory grows with what has been read.</summary>
    private static byte[] ReadAtMost(Stream stream, int count, bool isBounded)
    {
        byte[] bytes = new byte[isBounded ? count : Math.Min(count, ChunkBytes)];
        int read = 0;
        while (true)
        {
            read += stream.ReadAtLeast(bytes.AsSpan(read), bytes.Length - read, throwOnEndOfStream: false);
            if (read < bytes.Length || read == count) break;
            Array.Resize(ref bytes, (int)Math.Min(2L * bytes.Length, count));
        }

        return read == bytes.Length ? bytes : bytes[..read];
    }

    private static void Convert<T>(in SafetensorsTensor tensor, ReadOnlySpan<byte> bytes, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (tensor.Type)
        {
            case "F64":
                for (int i = 0; i < target.Length; i++) target[i] = Converted<T>(tensor, BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]));
                break;
            case "F32":
                for (int i = 0; i < target.Length; i++) target[i] = Converted<T>(tensor, BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]));
                break;
            case "F16":
                for (int i = 0; i < target.Length; i++) target[i] = Converted<T>(tensor, (double)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]));
                break;
            default:
                // A bfloat16 is the upper half of a float.
                for (int i = 0; i < target.Length; i++) target[i] = Converted<T>(tensor, BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]) << 16));
                break;
        }
    }

    private static T Converted<T>(in SafetensorsTensor tensor, double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T converted = T.CreateTruncating(value);
        if (double.IsFinite(value) && !T.IsFinite(converted)) throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: the value {value:R} is out of {typeof(T).Name}'s range.");
        return converted;
    }
}
