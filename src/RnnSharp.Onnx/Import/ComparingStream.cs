namespace RnnSharp.Onnx.Import;

/// <summary>Compares what is written with a part of a file instead of keeping it.</summary>
internal sealed class ComparingStream(WireReader file, long position) : Stream
{
    private const int ChunkBytes = 2048;

    private long _position = position;

    /// <summary>Whether all that was written is in the file.</summary>
    public bool IsSame { get; private set; } = true;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        while (IsSame && buffer.Length > 0)
        {
            Span<byte> there = chunk[..Math.Min(ChunkBytes, buffer.Length)];
            IsSame = _position + there.Length <= file.Length;
            if (!IsSame) return;
            file.ReadAt(_position, there);
            IsSame = there.SequenceEqual(buffer[..there.Length]);
            _position += there.Length;
            buffer = buffer[there.Length..];
        }
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
