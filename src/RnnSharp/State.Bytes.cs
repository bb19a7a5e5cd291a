using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <content>
/// A state, or one example of it, as bytes, to continue a stream later or on another machine. The bytes of one example are those of
/// a state of batch 1. All integers and values are little-endian:
/// <code>
/// 8 bytes   "RnnState"
/// uint16    version, 1
/// uint16    bytes per value: 4 for float, 8 for double
/// int32     batch
/// int32     number of leaves
/// for each leaf: int32 number of units, int32 length of the name in bytes, the name in UTF-8
/// for each leaf: its values, [example][unit]
/// 32 bytes  SHA-256 of everything before
/// </code>
/// </content>
public sealed partial class State<T>
{
    private const ushort FormatVersion = 1;
    private const int VersionAt = 8;
    private const int ValueSizeAt = 10;
    private const int BatchAt = 12;
    private const int LeavesAt = 16;
    private const int PrefixLength = 20;
    private const int ReadAtOnce = 1 << 16;

    private byte[]? _leafHeader;

    /// <summary>Number of bytes that <see cref="ToBytes()"/> returns.</summary>
    /// <exception cref="InvalidOperationException">There are more than an array can hold.</exception>
    public int ByteCount => CountBytes(Batch);

    /// <summary>Number of bytes that <see cref="ToBytes(int)"/> returns for one example.</summary>
    public int ExampleByteCount => CountBytes(1);

    private static ReadOnlySpan<byte> Magic => "RnnState"u8;

    /// <summary>The number of units and the name of each leaf, in the format of the bytes.</summary>
    private ReadOnlySpan<byte> LeafHeader => _leafHeader ??= CreateLeafHeader();

    /// <summary>The state as bytes.</summary>
    /// <exception cref="InvalidOperationException">There are more than an array can hold.</exception>
    public byte[] ToBytes()
    {
        int batch = Batch;
        var bytes = new byte[CountBytes(batch)];
        Write(bytes, batch, 0, batch);
        return bytes;
    }

    /// <summary>One example of the state as bytes, which <see cref="ReadExample"/> reads.</summary>
    /// <param name="example">0 to <see cref="Batch"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The example is out of range.</exception>
    public byte[] ToBytes(int example)
    {
        int batch = Batch;
        CheckExample(example, batch, nameof(example));
        var bytes = new byte[ExampleByteCount];
        Write(bytes, batch, example, 1);
        return bytes;
    }

    /// <summary>Writes the state to the beginning of a buffer. Allocates nothing after the first call.</summary>
    /// <param name="destination">At least <see cref="ByteCount"/> bytes.</param>
    /// <returns>Number of bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public int WriteTo(Span<byte> destination)
    {
        int batch = Batch;
        return Write(CheckDestination(destination, CountBytes(batch)), batch, 0, batch);
    }

    /// <summary>Writes the state to a stream.</summary>
    /// <exception cref="ArgumentException">The stream is null or not writable.</exception>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite) throw new ArgumentException("Expected a writable stream.", nameof(stream));
        stream.Write(ToBytes());
    }

    /// <summary>Writes one example of the state to the beginning of a buffer. Allocates nothing after the first call.</summary>
    /// <param name="example">0 to <see cref="Batch"/> - 1.</param>
    /// <param name="destination">At least <see cref="ExampleByteCount"/> bytes.</param>
    /// <returns>Number of bytes written.</returns>
    /// <exception cref="ArgumentException">The example is out of range, or the destination is too short.</exception>
    public int WriteExample(int example, Span<byte> destination)
    {
        int batch = Batch;
        CheckExample(example, batch, nameof(example));
        return Write(CheckDestination(destination, ExampleByteCount), batch, example, 1);
    }

    /// <summary>
    /// Reads a state of the same layer, including its batch. The bytes may come from an untrusted source: they are validated before anything is
    /// changed, and at most their own length is allocated.
    /// </summary>
    /// <param name="source">What <see cref="ToBytes()"/> or <see cref="WriteTo(Span{byte})"/> produced, and nothing after it.</param>
    /// <exception cref="InvalidDataException">The bytes are not a state, are damaged, or are the state of another layer or value type. This state is unchanged.</exception>
    public void ReadFrom(ReadOnlySpan<byte> source)
    {
        int batch = CheckPrefix(source);
        CheckContent(source, batch);
        Resize(batch);
        Read(source, batch, 0, batch);
    }

    /// <summary>Reads a state of the same layer from a stream, including its batch. The position of the stream is then after the last byte of the state.</summary>
    /// <exception cref="ArgumentException">The stream is null or not readable.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a state, are damaged, end too early, or are the state of another layer or value type. This state is unchanged.</exception>
    public void ReadFrom(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("Expected a readable stream.", nameof(stream));
        var bytes = new byte[PrefixLength];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        long length = Length(CheckPrefix(bytes.AsSpan(0, read)));
        if (length > Array.MaxLength) throw new InvalidDataException($"Expected at most {Array.MaxLength} bytes, got a state of {length}.");

        // The batch is not trusted: memory grows only with what the stream has actually delivered.
        while (read < length)
        {
            Array.Resize(ref bytes, (int)Math.Min(length, Math.Max(2L * read, ReadAtOnce)));
            int more = stream.ReadAtLeast(bytes.AsSpan(read), bytes.Length - read, throwOnEndOfStream: false);
            if (more < bytes.Length - read) throw new InvalidDataException($"Expected {length} bytes, but the stream ends after {read + more}.");
            read = bytes.Length;
        }

        ReadFrom(bytes);
    }

    /// <summary>Reads one example into the state, as <see cref="ReadFrom(ReadOnlySpan{byte})"/> reads all of them. Allocates nothing after the first call.</summary>
    /// <param name="example">The example to overwrite, 0 to <see cref="Batch"/> - 1.</param>
    /// <param name="source">What <see cref="ToBytes(int)"/> or <see cref="WriteExample"/> produced, and nothing after it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The example is out of range.</exception>
    /// <exception cref="InvalidDataException">The bytes are not one example, are damaged, or are of another layer or value type. This state is unchanged.</exception>
    public void ReadExample(int example, ReadOnlySpan<byte> source)
    {
        int batch = Batch;
        CheckExample(example, batch, nameof(example));
        int examples = CheckPrefix(source);
        if (examples != 1) throw new InvalidDataException($"Expected the state of one example, got a batch of {examples}.");
        CheckContent(source, 1);
        Read(source, batch, example, 1);
    }

    private static Span<byte> CheckDestination(Span<byte> destination, int length) => destination.Length >= length
        ? destination[..length]
        : throw Check.Shape(nameof(destination), $"at least {length} bytes", $"{destination.Length}");

    /// <summary>Checks the part of fixed length at the beginning, and returns the batch.</summary>
    private int CheckPrefix(ReadOnlySpan<byte> source)
    {
        if (source.Length < PrefixLength || !source.StartsWith(Magic)) throw new InvalidDataException("Expected the bytes of a state, got something else.");
        int version = BinaryPrimitives.ReadUInt16LittleEndian(source[VersionAt..]);
        if (version != FormatVersion) throw new InvalidDataException($"Expected a state of version {FormatVersion}, got version {version}.");
        int size = BinaryPrimitives.ReadUInt16LittleEndian(source[ValueSizeAt..]);
        if (size != Unsafe.SizeOf<T>()) throw new InvalidDataException($"Expected values of {Unsafe.SizeOf<T>()} bytes ({typeof(T).Name}), got {size}.");
        int batch = BinaryPrimitives.ReadInt32LittleEndian(source[BatchAt..]);
        if (batch < 1) throw new InvalidDataException($"Expected a batch of at least 1, got {batch}.");
        foreach (StateLeaf<T> leaf in _leaves)
        {
            if ((long)leaf.Size * batch > Array.MaxLength) throw new InvalidDataException($"Expected a batch whose {leaf.Name} fits an array, got {batch}.");
        }

        int leaves = BinaryPrimitives.ReadInt32LittleEndian(source[LeavesAt..]);
        return leaves == _leaves.Length ? batch : throw new InvalidDataException($"Expected the {_leaves.Length} leaves of {ToString()}, got {leaves}.");
    }

    private void CheckContent(ReadOnlySpan<byte> source, int batch)
    {
        if (!source[PrefixLength..].StartsWith(LeafHeader)) throw new InvalidDataException($"Expected {Describe(batch)}, got a state with other leaves.");
        if (source.Length != Length(batch)) throw new InvalidDataException($"Expected {Length(batch)} bytes for {Describe(batch)}, got {source.Length}.");
        int end = source.Length - SHA256.HashSizeInBytes;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(source[..end], hash);
        if (!hash.SequenceEqual(source[end..])) throw new InvalidDataException("The bytes of the state are damaged: their checksum differs.");
    }

    private int Write(Span<byte> target, int batch, int firstExample, int examples)
    {
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt16LittleEndian(target[VersionAt..], FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(target[ValueSizeAt..], (ushort)Unsafe.SizeOf<T>());
        BinaryPrimitives.WriteInt32LittleEndian(target[BatchAt..], examples);
        BinaryPrimitives.WriteInt32LittleEndian(target[LeavesAt..], _leaves.Length);
        LeafHeader.CopyTo(target[PrefixLength..]);
        int at = PrefixLength + LeafHeader.Length;
        foreach (StateLeaf<T> leaf in _leaves)
        {
            LittleEndian.Write<T>(leaf.Examples(batch, firstExample, examples), target[at..]);
            at += leaf.Size * examples * Unsafe.SizeOf<T>();
        }

        SHA256.HashData(target[..at], target[at..]);
        return at + SHA256.HashSizeInBytes;
    }

    private void Read(ReadOnlySpan<byte> source, int batch, int firstExample, int examples)
    {
        int at = PrefixLength + LeafHeader.Length;
        foreach (StateLeaf<T> leaf in _leaves)
        {
            LittleEndian.Read(source[at..], leaf.Examples(batch, firstExample, examples));
            at += leaf.Size * examples * Unsafe.SizeOf<T>();
        }
    }

    private int CountBytes(int batch)
    {
        long length = Length(batch);
        return length <= Array.MaxLength ? (int)length : throw new InvalidOperationException($"The state takes {length} bytes, more than the {Array.MaxLength} that an array can hold.");
    }

    private long Length(int batch)
    {
        long length = PrefixLength + LeafHeader.Length + SHA256.HashSizeInBytes;
        foreach (StateLeaf<T> leaf in _leaves) length += (long)leaf.Size * batch * Unsafe.SizeOf<T>();
        return length;
    }

    private byte[] CreateLeafHeader()
    {
        using var header = new MemoryStream();
        using var writer = new BinaryWriter(header);
        for (int i = 0; i < _leaves.Length; i++)
        {
            byte[] name = Encoding.UTF8.GetBytes(_names[i]);
            writer.Write(_leaves[i].Size);
            writer.Write(name.Length);
            writer.Write(name);
        }

        return header.ToArray();
    }
}
