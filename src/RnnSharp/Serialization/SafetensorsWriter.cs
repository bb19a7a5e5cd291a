using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Writes a safetensors file of one number type, besides tensors that have types of their own. The header, with the checksum of the whole file, is created first, so that invalid input is
/// rejected before a file is opened. Format: https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsWriter
{
    private const int Alignment = 8;
    private const int ChunkBytes = 1 << 13;

    // The header is never embedded in HTML, so quotation marks need not be escaped as code points.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly TensorLayout[] _tensors;
    private readonly byte[] _prefix = new byte[sizeof(ulong)];
    private readonly byte[] _header;

    private SafetensorsWriter(TensorLayout[] tensors, byte[] header)
    {
        _tensors = tensors;
        _header = header;
        BinaryPrimitives.WriteUInt64LittleEndian(_prefix, (ulong)header.Length);
    }

    /// <summary>Fills in some of a tensor's values, row-major, from an element on.</summary>
    public delegate void Fill<T>(TensorLayout tensor, long first, Span<T> values);

    /// <summary>Creates the header and the checksum.</summary>
    /// <param name="tensors">The tensors in the order of the data; their names differ.</param>
    /// <param name="description">The model's description.</param>
    /// <param name="metadata">The caller's own strings.</param>
    /// <param name="limits">Limits the length of the header.</param>
    /// <param name="fill">Provides the values, and the same ones again in <see cref="WriteTo"/>.</param>
    /// <exception cref="ArgumentException">The header is longer than allowed.</exception>
    public static SafetensorsWriter Create<T>(TensorLayout[] tensors, ReadOnlySpan<byte> description, IReadOnlyDictionary<string, string> metadata, ModelLimits limits, Fill<T> fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        byte[] header = Header<T>(tensors, description, metadata, out int checksum);
        if (header.Length > limits.HeaderBytes) throw HeaderTooLong(limits, header.Length);
        var writer = new SafetensorsWriter(tensors, header);
        using IncrementalHash hash = FileChecksum.Begin(writer._prefix, header, checksum);
        writer.ForEachChunk(fill, bytes => hash.AppendData(bytes));
        FileChecksum.Write(hash, header.AsSpan(checksum, FileChecksum.Length));
        return writer;
    }

    /// <summary>Creates the header of a file for other systems, without a description or a checksum.</summary>
    /// <exception cref="ArgumentException">The header is longer than allowed.</exception>
    public static SafetensorsWriter CreatePlain<T>(TensorLayout[] tensors, IReadOnlyDictionary<string, string> metadata, ModelLimits limits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        byte[] header = Header<T>(tensors, default, metadata, out _);
        return header.Length <= limits.HeaderBytes ? new SafetensorsWriter(tensors, header) : throw HeaderTooLong(limits, header.Length);
    }

    public static ArgumentException HeaderTooLong(ModelLimits limits, long bytes) =>
        Check.Shape("options", $"names and metadata that make a header of at most {limits.HeaderBytes} bytes (ModelLimits.HeaderBytes)", $"{bytes}");

    /// <summary>Writes the file at the stream's position.</summary>
    public void WriteTo<T>(Stream stream, Fill<T> fill)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        stream.Write(_prefix);
        stream.Write(_header);
        ForEachChunk(fill, stream.Write);
    }

    /// <summary>Converts numbers between the format's byte order, little-endian, and the processor's.</summary>
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

    private void ForEachChunk<T>(Fill<T> fill, ReadOnlySpanAction write)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = Unsafe.SizeOf<T>();
        Span<T> chunk = stackalloc T[ChunkBytes / size];
        Span<byte> held = stackalloc byte[ChunkBytes];
        foreach (TensorLayout tensor in _tensors)
        {
            for (long first = 0; first < tensor.Count; first += chunk.Length)
            {
                Span<T> values = chunk[..(int)Math.Min(tensor.Count - first, chunk.Length)];
                fill(tensor, first, values);
                if (tensor.HeldAs is { } type)
                {
                    write(TensorBytes.Encode(type, values, held));
                    continue;
                }

                Span<byte> bytes = MemoryMarshal.AsBytes(values);
                SwapOnBigEndian<T>(bytes);
                write(bytes);
            }
        }
    }

    private static byte[] Header<T>(TensorLayout[] tensors, ReadOnlySpan<byte> description, IReadOnlyDictionary<string, string> metadata, out int checksum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(SafetensorsHeader.MetadataName);
            checksum = 0;
            if (!description.IsEmpty)
            {
                writer.WriteString(SafetensorsHeader.ChecksumKey, FileChecksum.Placeholder);
                checksum = (int)(writer.BytesPending + writer.BytesCommitted) - FileChecksum.Length - 1;
                writer.WriteString(SafetensorsHeader.DescriptionKey, description);
            }

            // Sorted, because a dictionary has no defined order and the same model must give the same bytes.
            foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) writer.WriteString(key, value);
            writer.WriteEndObject();
            long end = 0;
            foreach (TensorLayout tensor in tensors)
            {
                long begin = end;
                end = checked(begin + tensor.BytesIn<T>());
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", SafetensorsTensor.NameOf(tensor.HeldAs ?? TensorBytes.TypeOf<T>()));
                WriteNumbers(writer, "shape", tensor.Shape.Span);
                WriteNumbers(writer, "data_offsets", [begin, end]);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        // Trailing spaces, as in the format's reference library, so that the data is aligned in a memory-mapped file.
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

    private delegate void ReadOnlySpanAction(ReadOnlySpan<byte> bytes);
}
