namespace RnnSharp.Keras.Tests;

/// <summary>A stream of zeros without end, which counts those that were read and fails above a number of them.</summary>
internal sealed class EndlessStream(byte[] start, long most) : Stream
{
    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        Span<byte> target = buffer.AsSpan(offset, count);
        target.Clear();
        if (BytesRead < start.Length) start.AsSpan((int)BytesRead, (int)Math.Min(count, start.Length - BytesRead)).CopyTo(target);
        BytesRead += count;
        return BytesRead <= most ? count : throw new InvalidOperationException($"Read {BytesRead} bytes.");
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
