using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads a safetensors file that may be hostile: the whole header is checked before any tensor is read, and nothing is allocated
/// that the file's own length does not bound. Format: https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsReader
{
    /// <summary>The format's limit, in bytes.</summary>
    public const int LongestHeader = 100_000_000;

    public const string MetadataName = "__metadata__";

    // A header is an object of tensors that are objects with arrays.
    private const int HeaderDepth = 3;

    private const int LengthBytes = sizeof(ulong);
    private const int ChunkBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly long _data;

    /// <summary>Reads and checks the header of the file that begins at the stream's position and ends with the stream.</summary>
    /// <exception cref="InvalidDataException">It is no safetensors file.</exception>
    public SafetensorsReader(Stream stream)
    {
        _stream = Seekable(stream);
        long length = _stream.Length - _stream.Position;
        byte[] header = ReadHeader(length);
        _data = _stream.Position;
        using JsonDocument json = StrictJson.ParseObject(header, HeaderDepth, "The file's header");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var tensors = new List<SafetensorsTensor>();
        var unknownTypes = new List<string>();
        foreach ((string name, JsonElement value) in StrictJson.Members(json.RootElement, "The file's header"))
        {
            if (string.Equals(name, MetadataName, StringComparison.Ordinal)) ReadMetadata(value, metadata);
            else tensors.Add(ReadTensor(name, value, unknownTypes));
        }

        if (unknownTypes.Count > 0) throw new InvalidDataException($"The file has tensors of number types that the safetensors format does not name: {string.Join("; ", unknownTypes)}.");
        Tensors = [.. tensors.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End)];
        CheckRanges(length - LengthBytes - header.Length);
        Metadata = metadata;
    }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>The file's own strings.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads a tensor's values, row-major. The target has as many elements as the tensor, whose type is readable.</summary>
    /// <exception cref="InvalidDataException">A finite value is out of T's range.</exception>
    public void Read<T>(SafetensorsTensor tensor, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _stream.Position = _data + tensor.Begin;
        int size = SafetensorsTensor.SizeOf(tensor.Type)!.Value;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (!target.IsEmpty)
            {
                int count = Math.Min(target.Length, ChunkBytes / size);
                Span<byte> bytes = buffer.AsSpan(0, count * size);
                _stream.ReadExactly(bytes);
                Convert(tensor, bytes, target[..count]);
                target = target[count..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A stream that cannot seek has no length to check sizes against; copying it takes no more memory than it has bytes.</summary>
    private static Stream Seekable(Stream stream)
    {
        if (stream.CanSeek) return stream;
        var copy = new MemoryStream();
        stream.CopyTo(copy);
        copy.Position = 0;
        return copy;
    }

    private byte[] ReadHeader(long length)
    {
        if (length < LengthBytes) throw new InvalidDataException($"The file is no safetensors file: expected at least {LengthBytes} bytes, got {Math.Max(length, 0)}.");
        Span<byte> prefix = stackalloc byte[LengthBytes];
        _stream.ReadExactly(prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > LongestHeader) throw new InvalidDataException($"The file is no safetensors file: expected a header of at most {LongestHeader} bytes, got {headerLength}.");
        if (headerLength > (ulong)(length - LengthBytes)) throw new InvalidDataException($"The file is cut off: its header has {headerLength} bytes, and only {length - LengthBytes} follow.");
        var header = new byte[(int)headerLength];
        _stream.ReadExactly(header);
        if (header.Length == 0 || header[0] != '{') throw new InvalidDataException("The file is no safetensors file: its header does not begin with {.");
        return header;
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata)
    {
        foreach ((string name, JsonElement value) in StrictJson.Members(element, MetadataName))
            metadata.Add(name, StrictJson.Text(value, $"{MetadataName}, {StrictJson.Quote(name)}"));
    }

    private static SafetensorsTensor ReadTensor(string name, JsonElement element, List<string> unknownTypes)
    {
        string where = $"Tensor {StrictJson.Quote(name)}";
        string? type = null;
        long[]? shape = null;
        long[]? range = null;
        foreach ((string field, JsonElement value) in StrictJson.Members(element, where))
        {
            switch (field)
            {
                case "dtype": type = StrictJson.Text(value, $"{where}, dtype"); break;
                case "shape": shape = Naturals(value, $"{where}, shape"); break;
                case "data_offsets": range = Naturals(value, $"{where}, data_offsets"); break;
                default: throw new InvalidDataException($"{where}: the field {StrictJson.Quote(field)} is unknown.");
            }
        }

        if (type is null || shape is null || range is null) throw new InvalidDataException($"{where}: expected dtype, shape and data_offsets, and one is missing.");
        if (range.Length != 2 || range[0] > range[1]) throw new InvalidDataException($"{where}: expected data_offsets [begin, end], got {SafetensorsTensor.Describe(range)}.");
        if (SafetensorsTensor.SizeOf(type) is { } size) CheckSize(where, size, shape, range);
        else unknownTypes.Add($"{StrictJson.Quote(name)} is of {StrictJson.Quote(type)}");
        return new SafetensorsTensor(name, type, shape, range[0], range[1]);
    }

    private static long[] Naturals(JsonElement element, string where) => [.. StrictJson.Items(element, where).Select(item => StrictJson.Natural(item, where))];

    private static void CheckSize(string where, int size, long[] shape, long[] range)
    {
        long bytes = size;
        try
        {
            foreach (long length in shape) bytes = checked(bytes * length);
        }
        catch (OverflowException exception)
        {
            throw new InvalidDataException($"{where}: the shape {SafetensorsTensor.Describe(shape)} is larger than any file.", exception);
        }

        if (bytes != range[1] - range[0])
            throw new InvalidDataException($"{where}: the shape {SafetensorsTensor.Describe(shape)} takes {bytes} bytes, and data_offsets {SafetensorsTensor.Describe(range)} give it {range[1] - range[0]}.");
    }

    private void CheckRanges(long dataLength)
    {
        long end = 0;
        foreach (SafetensorsTensor tensor in Tensors)
        {
            if (tensor.Begin != end)
                throw new InvalidDataException($"Tensor {StrictJson.Quote(tensor.Name)}: expected its data to begin at {end}, where the data before it ends, got {tensor.Begin}: {(tensor.Begin < end ? "tensors overlap" : "there is a hole")}.");
            end = tensor.End;
        }

        if (end != dataLength) throw new InvalidDataException($"The file's tensors take {end} bytes, and {dataLength} follow its header.");
    }

    private static void Convert<T>(SafetensorsTensor tensor, Span<byte> bytes, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (string.Equals(tensor.Type, SafetensorsTensor.TypeOf<T>(), StringComparison.Ordinal))
        {
            SafetensorsWriter.SwapOnBigEndian<T>(bytes);
            bytes.CopyTo(MemoryMarshal.AsBytes(target));
            return;
        }

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

    private static T Converted<T>(SafetensorsTensor tensor, double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T converted = T.CreateTruncating(value);
        if (double.IsFinite(value) && !T.IsFinite(converted)) throw new InvalidDataException($"Tensor {StrictJson.Quote(tensor.Name)}: the value {value:R} is out of {typeof(T).Name}'s range.");
        return converted;
    }
}
