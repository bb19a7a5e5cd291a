using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Writes a safetensors file of one number type. The header is made first, so that what cannot be written is refused before a file
/// is opened. Format: https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsWriter
{
    private const int Alignment = 8;
    private const int ChunkBytes = 1 << 16;

    // The header is read by programs and people, never by a browser: quotation marks may stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly IReadOnlyList<SafetensorsTensor> _tensors;
    private readonly byte[] _header;

    private SafetensorsWriter(IReadOnlyList<SafetensorsTensor> tensors, byte[] header) => (_tensors, _header) = (tensors, header);

    /// <summary>Fills the values of the tensor of a number, row-major.</summary>
    public delegate void Fill<T>(int tensor, Span<T> rowMajor);

    /// <summary>Makes the header.</summary>
    /// <param name="tensors">Names and shapes, in the order of the data; the names differ.</param>
    /// <param name="metadata">The file's own strings, in their order.</param>
    /// <exception cref="ArgumentException">The header is longer than the format allows.</exception>
    public static SafetensorsWriter Create<T>(IEnumerable<(string Name, long[] Shape)> tensors, IReadOnlyList<KeyValuePair<string, string>> metadata)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string type = SafetensorsTensor.TypeOf<T>();
        var placed = new List<SafetensorsTensor>();
        long end = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            long begin = end;
            end += shape.Aggregate((long)SafetensorsTensor.SizeOf(type)!.Value, (bytes, length) => checked(bytes * length));
            placed.Add(new SafetensorsTensor(name, type, shape, begin, end));
        }

        byte[] header = Header(placed, metadata);
        return header.Length <= SafetensorsReader.LongestHeader ? new SafetensorsWriter(placed, header) : throw TooLong(header.Length, nameof(metadata));
    }

    public static ArgumentException TooLong(long bytes, string name) => Check.Shape(name, $"names and metadata that make a header of at most {SafetensorsReader.LongestHeader} bytes", $"{bytes}");

    /// <summary>Writes the file at the stream's position.</summary>
    public void WriteTo<T>(Stream stream, Fill<T> fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)_header.Length);
        stream.Write(prefix);
        stream.Write(_header);
        T[] values = [];
        byte[] buffer = new byte[ChunkBytes];
        int size = Unsafe.SizeOf<T>();
        for (int i = 0; i < _tensors.Count; i++)
        {
            int length = (int)((_tensors[i].End - _tensors[i].Begin) / size);
            if (values.Length < length) values = new T[length];
            Span<T> left = values.AsSpan(0, length);
            fill(i, left);
            while (!left.IsEmpty)
            {
                Span<T> part = left[..Math.Min(left.Length, ChunkBytes / size)];
                Span<byte> bytes = buffer.AsSpan(0, part.Length * size);
                MemoryMarshal.AsBytes(part).CopyTo(bytes);
                SwapOnBigEndian<T>(bytes);
                stream.Write(bytes);
                left = left[part.Length..];
            }
        }
    }

    /// <summary>The format is little-endian.</summary>
    public static void SwapOnBigEndian<T>(Span<byte> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (BitConverter.IsLittleEndian) return;
        if (typeof(T) == typeof(double))
        {
            Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(numbers);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
        else
        {
            Span<uint> words = MemoryMarshal.Cast<byte, uint>(numbers);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    private static byte[] Header(List<SafetensorsTensor> tensors, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0)
            {
                writer.WriteStartObject(SafetensorsReader.MetadataName);
                foreach ((string key, string value) in metadata) writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            foreach (SafetensorsTensor tensor in tensors)
            {
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.Type);
                WriteNumbers(writer, "shape", tensor.Shape);
                WriteNumbers(writer, "data_offsets", [tensor.Begin, tensor.End]);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        // Spaces at the end, as the format's own library does it: then the data are aligned in a file that is mapped into memory.
        int padding = (Alignment - buffer.WrittenCount % Alignment) % Alignment;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string name, ReadOnlySpan<long> numbers)
    {
        writer.WriteStartArray(name);
        foreach (long number in numbers) writer.WriteNumberValue(number);
        writer.WriteEndArray();
    }
}
