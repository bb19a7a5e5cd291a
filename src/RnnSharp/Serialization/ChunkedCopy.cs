namespace RnnSharp.Serialization;

/// <summary>A seekable copy of the rest of a stream in memory. It takes no more memory than its length plus one chunk.</summary>
internal sealed class ChunkedCopy : Stream
{
    private const int ChunkBytes = 1 << 14;

    private readonly List<byte[]> _chunks = [];
    private long _length;
    private long _position;

    private ChunkedCopy()
    {
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    /// <summary>Copies at maxBytes the given number of bytes.</summary>
    public static ChunkedCopy Of(Stream source, long maxBytes)
    {
        var copy = new ChunkedCopy();
        while (copy._length < maxBytes)
        {
            byte[] chunk = new byte[Math.Min(ChunkBytes, maxBytes - copy._length)];
            int read = source.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            copy._chunks.Add(chunk);
            copy._length += read;
            if (read < chunk.Length) break;
        }

        return copy;
    }

    /// <summary>The stream itself if it can seek; if not, a copy of the rest of it.</summary>
    /// <exception cref="InvalidDataException">The rest of a stream that cannot seek is longer than allowed.</exception>
    public static Stream Seekable(Stream stream, ModelLimits limits)
    {
        if (stream.CanSeek) return stream;
        ChunkedCopy copy = Of(stream, Math.Min(limits.ParameterBytes, long.MaxValue - 1) + 1);
        return copy._length <= limits.ParameterBytes ? copy : throw new InvalidDataException($"The file has more than {limits.ParameterBytes} bytes (ModelLimits.ParameterBytes), which cannot be read from a stream that does not seek.");
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position >= _length) return 0;
        byte[] chunk = _chunks[(int)(_position / ChunkBytes)];
        int from = (int)(_position % ChunkBytes);
        int count = (int)Math.Min(Math.Min(buffer.Length, chunk.Length - from), _length - _position);
        chunk.AsSpan(from, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
