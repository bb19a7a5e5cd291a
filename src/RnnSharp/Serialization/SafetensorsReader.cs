using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads a safetensors file that may be hostile: the whole header is checked before any tensor is read, and every allocation is bounded by
/// the length of the file. Format: https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsReader : TensorSource
{
    private const int PrefixBytes = sizeof(ulong);
    private const int ChunkBytes = 1 << 13;

    private readonly Contents _contents;
    private readonly bool _ownsStream;
    private bool _isVerified;
    private bool _readsUnverified;

    /// <summary>Reads and checks the header of the file that starts at the stream's position and ends with the stream.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="limits">Limits for the header.</param>
    /// <param name="ownsStream">Whether disposing the reader closes the stream.</param>
    /// <exception cref="InvalidDataException">It is not a safetensors file, or exceeds the limits.</exception>
    public SafetensorsReader(Stream stream, ModelLimits limits, bool ownsStream = false)
        : this(Contents.Read(stream, limits), ownsStream)
    {
    }

    private SafetensorsReader(Contents contents, bool ownsStream)
        : base(contents.Header.Infos(), contents.Header.Index, contents.Header.Metadata)
    {
        _contents = contents;
        _ownsStream = ownsStream;
    }

    /// <summary>The header of the file.</summary>
    public SafetensorsHeader Header => _contents.Header;

    internal override string? ModelLoader => Header.Description is null ? null : "ModelFile.Load";

    internal override string FloatTypes => SafetensorsTensor.FloatTypes;

    /// <summary>Throws unless the file matches its checksum.</summary>
    /// <exception cref="InvalidDataException">There is no checksum, or it does not match.</exception>
    public void RequireChecksum()
    {
        if (_isVerified) return;
        using IncrementalHash hash = Begin();
        var chunk = new byte[Math.Clamp(Header.DataLength / 16, ChunkBytes, 1 << 20)];
        _contents.Stream.Position = _contents.DataStart;
        for (long left = Header.DataLength; left > 0;)
        {
            Span<byte> bytes = chunk.AsSpan(0, (int)Math.Min(left, chunk.Length));
            _contents.Stream.ReadExactly(bytes);
            hash.AppendData(bytes);
            left -= bytes.Length;
        }

        RequireChecksum(hash);
    }

    /// <summary>
    /// Starts a checksum to which the caller adds all data, in order, while it reads it. The values are not to be used before
    /// <see cref="RequireChecksum(IncrementalHash)"/> has accepted it.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no checksum.</exception>
    public IncrementalHash BeginChecksum()
    {
        IncrementalHash hash = Begin();
        _readsUnverified = true;
        return hash;
    }

    /// <summary>Throws unless a checksum of the whole file is the one that it states.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public void RequireChecksum(IncrementalHash hash)
    {
        _readsUnverified = false;
        Span<byte> digits = stackalloc byte[FileChecksum.Length];
        FileChecksum.Write(hash, digits);
        if (!digits.SequenceEqual(_contents.Bytes.AsSpan(Header.ChecksumPlace!.Value, FileChecksum.Length))) throw new InvalidDataException("The file is damaged: its checksum does not match its contents.");
        _isVerified = true;
    }

    internal override void Verify()
    {
        if (Header.IsRnnSharp && !_readsUnverified) RequireChecksum();
    }

    protected override void ReadCore<T>(int index, long first, Span<T> target)
    {
        Verify();
        SafetensorsTensor tensor = Header.Tensors[index];
        _contents.Stream.Position = _contents.DataStart + tensor.Begin + first * TensorBytes.SizeOf(tensor.Info.Type);
        TensorBytes.Read(_contents.Stream, tensor.Info, isBigEndian: false, target);
    }

    protected override void Dispose(bool disposing)
    {
        if (_ownsStream) _contents.Stream.Dispose();
    }

    private IncrementalHash Begin()
    {
        if (Header.ChecksumPlace is not { } place) throw new InvalidDataException($"The file has no checksum ({SafetensorsHeader.ChecksumKey}), which every model file has: it is damaged, or another program wrote it.");
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)_contents.Bytes.Length);
        return FileChecksum.Begin(prefix, _contents.Bytes, place);
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

    /// <summary>A file whose header has been read and checked.</summary>
    private readonly record struct Contents(Stream Stream, long DataStart, byte[] Bytes, SafetensorsHeader Header)
    {
        public static Contents Read(Stream stream, ModelLimits limits)
        {
            long? length = stream.CanSeek ? Math.Max(stream.Length - stream.Position, 0) : null;
            int headerLength = ReadPrefix(stream, length, limits);
            byte[] bytes = ReadAtMost(stream, headerLength, isBounded: length is not null);
            if (bytes.Length < headerLength) throw new InvalidDataException($"The file is truncated: its header has {headerLength} bytes, and only {bytes.Length} follow.");
            var header = new SafetensorsHeader(bytes, limits);
            if (length is null)
            {
                // A stream that cannot seek is copied, because the values are used only after all of them have been checked.
                if (header.DataLength > limits.ParameterBytes) throw new InvalidDataException($"The file's tensors take {header.DataLength} bytes: expected at most {limits.ParameterBytes} (ModelLimits.ParameterBytes).");
                stream = ChunkedCopy.Of(stream, header.DataLength + 1);
            }

            long dataLength = stream.Length - stream.Position;
            if (header.DataLength != dataLength)
                throw new InvalidDataException($"The file's tensors take {header.DataLength} bytes, and {(length is null && dataLength > header.DataLength ? "more" : $"{dataLength}")} follow its header.");
            return new Contents(stream, stream.Position, bytes, header);
        }
    }
}
