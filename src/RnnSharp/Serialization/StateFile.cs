using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Files that hold a <see cref="StateDictionary"/>, such as checkpoints. Saving replaces an existing file only when the new one is complete and
/// on the disk. A file may be hostile: no size that it states is allocated before that many bytes have been read, and a damaged or truncated
/// file is rejected.
/// <code>
/// 8 bytes   "RnnTrain"
/// int32     version, 1
/// int32     number of values
/// for each value, sorted by name:
///   int32     bytes of its name; the name in UTF-8
///   byte      kind: 0 int64, 1 double, 2 bool, 3 text, 4 float[], 5 double[], 6 int32[], 7 int64[], 8 byte[]
///   8 bytes   the number, or for texts and arrays their length in bytes; then the text in UTF-8 or the elements
/// 32 bytes  SHA-256 of everything before
/// </code>
/// All numbers are little-endian.
/// </summary>
public static class StateFile
{
    private const int Version = 1;
    private const int LongestName = 1 << 12;
    private const int ChunkBytes = 1 << 16;
    private const int HashBytes = SHA256.HashSizeInBytes;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private enum Kind : byte
    {
        Int64,
        Double,
        Boolean,
        Text,
        Singles,
        Doubles,
        Int32s,
        Int64s,
        Bytes,
    }

    private static ReadOnlySpan<byte> Magic => "RnnTrain"u8;

    /// <summary>Saves a state. If anything fails, an existing file is left as it was.</summary>
    /// <exception cref="ArgumentException">An argument is null, or the path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Save(StateDictionary state, string path)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Save(state, stream));
    }

    /// <summary>Writes a state at a stream's position.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void Save(StateDictionary state, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(stream);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Write(Magic);
        WriteInt32(Version);
        WriteInt32(state.Names.Count);
        foreach ((string name, object value) in state.Values)
        {
            byte[] utf8 = Utf8.GetBytes(name);
            if (utf8.Length > LongestName) throw Check.Shape(nameof(state), $"names of at most {LongestName} bytes", $"one of {utf8.Length}");
            WriteInt32(utf8.Length);
            Write(utf8);
            switch (value)
            {
                case long number: WriteNumber(Kind.Int64, number); break;
                case double number: WriteNumber(Kind.Double, BitConverter.DoubleToInt64Bits(number)); break;
                case bool truth: WriteNumber(Kind.Boolean, truth ? 1 : 0); break;
                case string text: WriteBytes(Kind.Text, Utf8.GetBytes(text)); break;
                case float[] values: WriteArray<float>(Kind.Singles, values); break;
                case double[] values: WriteArray<double>(Kind.Doubles, values); break;
                case int[] values: WriteArray<int>(Kind.Int32s, values); break;
                case long[] values: WriteArray<long>(Kind.Int64s, values); break;
                default: WriteBytes(Kind.Bytes, (byte[])value); break;
            }
        }

        stream.Write(hash.GetHashAndReset());

        void Write(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            hash.AppendData(bytes);
        }

        void WriteInt32(int value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            Write(bytes);
        }

        void WriteNumber(Kind kind, long value)
        {
            Span<byte> bytes = stackalloc byte[1 + sizeof(long)];
            bytes[0] = (byte)kind;
            BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], value);
            Write(bytes);
        }

        void WriteBytes(Kind kind, ReadOnlySpan<byte> bytes)
        {
            WriteNumber(kind, bytes.Length);
            Write(bytes);
        }

        void WriteArray<TElement>(Kind kind, ReadOnlySpan<TElement> values)
            where TElement : unmanaged
        {
            WriteNumber(kind, (long)values.Length * Marshal.SizeOf<TElement>());
            Span<TElement> chunk = new TElement[Math.Min(values.Length, ChunkBytes)];
            for (; !values.IsEmpty; values = values[chunk.Length..])
            {
                if (values.Length < chunk.Length) chunk = chunk[..values.Length];
                values[..chunk.Length].CopyTo(chunk);
                ReverseOnBigEndian(chunk);
                Write(MemoryMarshal.AsBytes(chunk));
            }
        }
    }

    /// <summary>Loads a state.</summary>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    /// <exception cref="InvalidDataException">It is not such a file, or it is damaged; the message starts with the path.</exception>
    public static StateDictionary Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        try
        {
            return Load(stream);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{ErrorText.Path(path)}: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a state from a stream's position to its end.</summary>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="InvalidDataException">It is not such a file, or it is damaged.</exception>
    public static StateDictionary Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var reader = new Reader(stream);
        return reader.Read();
    }

    /// <summary>Saves a state without blocking the caller.</summary>
    /// <inheritdoc cref="Save(StateDictionary, string)"/>
    public static Task SaveAsync(StateDictionary state, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Task.Run(() => Save(state, path), cancellation);
    }

    /// <summary>Loads a state without blocking the caller.</summary>
    /// <inheritdoc cref="Load(string)"/>
    public static Task<StateDictionary> LoadAsync(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Task.Run(() => Load(path), cancellation);
    }

    private static void ReverseOnBigEndian<TElement>(Span<TElement> values)
        where TElement : unmanaged
    {
        if (BitConverter.IsLittleEndian) return;
        if (typeof(TElement) == typeof(float) || typeof(TElement) == typeof(int))
        {
            Span<uint> words = MemoryMarshal.Cast<TElement, uint>(values);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
        else
        {
            Span<ulong> words = MemoryMarshal.Cast<TElement, ulong>(values);
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    private sealed class Reader(Stream stream) : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Dispose() => _hash.Dispose();

        public StateDictionary Read()
        {
            Span<byte> magic = stackalloc byte[Magic.Length];
            if (!TryFill(magic) || !magic.SequenceEqual(Magic)) throw new InvalidDataException("This is not a state file.");
            if (ReadInt32() is var version && version != Version) throw new InvalidDataException($"Expected version {Version} of the format, got {version}.");
            int count = ReadInt32();
            if (count < 0) throw new InvalidDataException($"Expected 0 or more values, got {count}.");
            var state = new StateDictionary();
            string previous = "";
            for (int i = 0; i < count; i++)
            {
                int length = ReadInt32();
                if (length is < 1 or > LongestName) throw new InvalidDataException($"Expected a name of 1 to {LongestName} bytes, got {length}.");
                string name = Text(ReadBytes(length));
                if (string.CompareOrdinal(previous, name) >= 0) throw new InvalidDataException($"Expected names in ascending order, got {ErrorText.Quote(name)} after {ErrorText.Quote(previous)}.");
                previous = name;
                state.Add(name, ReadValue(name));
            }

            byte[] expected = _hash.GetHashAndReset();
            Span<byte> actual = stackalloc byte[HashBytes + 1];
            int read = stream.ReadAtLeast(actual, actual.Length, throwOnEndOfStream: false);
            if (read != HashBytes || !actual[..HashBytes].SequenceEqual(expected)) throw new InvalidDataException("The file is damaged: its checksum does not match its contents.");
            return state;
        }

        private object ReadValue(string name)
        {
            Span<byte> bytes = stackalloc byte[1 + sizeof(long)];
            Fill(bytes);
            long number = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]);
            var kind = (Kind)bytes[0];
            return kind switch
            {
                Kind.Int64 => number,
                Kind.Double => BitConverter.Int64BitsToDouble(number),
                Kind.Boolean => number is 0 or 1 ? number == 1 : throw new InvalidDataException($"Expected 0 or 1 as {ErrorText.Quote(name)}, got {number}."),
                Kind.Text => Text(ReadBytes(Length(name, number, 1))),
                Kind.Singles => ReadArray<float>(name, number),
                Kind.Doubles => ReadArray<double>(name, number),
                Kind.Int32s => ReadArray<int>(name, number),
                Kind.Int64s => ReadArray<long>(name, number),
                Kind.Bytes => ReadBytes(Length(name, number, 1)),
                _ => throw new InvalidDataException($"The value {ErrorText.Quote(name)} is of an unknown kind, {bytes[0]}."),
            };
        }

        private static int Length(string name, long bytes, int size) => bytes >= 0 && bytes % size == 0 && bytes / size <= Array.MaxLength
            ? (int)(bytes / size)
            : throw new InvalidDataException($"The length of {ErrorText.Quote(name)}, {bytes} bytes, is out of range.");

        private TElement[] ReadArray<TElement>(string name, long bytes)
            where TElement : unmanaged
        {
            int length = Length(name, bytes, Marshal.SizeOf<TElement>());
            var values = new TElement[Math.Min(length, ChunkBytes)];
            for (int read = 0; ;)
            {
                Fill(MemoryMarshal.AsBytes(values.AsSpan(read)));
                read = values.Length;
                if (read == length) break;
                Array.Resize(ref values, (int)Math.Min(2L * read, length)); // as much again as has been read
            }

            ReverseOnBigEndian<TElement>(values);
            return values;
        }

        private byte[] ReadBytes(int length) => ReadArray<byte>("", length);

        private int ReadInt32()
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            Fill(bytes);
            return BinaryPrimitives.ReadInt32LittleEndian(bytes);
        }

        private void Fill(Span<byte> bytes)
        {
            if (!TryFill(bytes)) throw new InvalidDataException("The file is truncated.");
        }

        private bool TryFill(Span<byte> bytes)
        {
            bool complete = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
            if (complete) _hash.AppendData(bytes);
            return complete;
        }

        private static string Text(byte[] utf8)
        {
            try
            {
                return Utf8.GetString(utf8);
            }
            catch (DecoderFallbackException exception)
            {
                throw new InvalidDataException("The file has a text that is not valid UTF-8.", exception);
            }
        }
    }
}
