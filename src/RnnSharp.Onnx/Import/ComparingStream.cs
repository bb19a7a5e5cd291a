namespace RnnSharp.Onnx.Import;

/// <summary>Compares what is written with a part of a file.</summary>
internal sealed class ComparingStream(WireReader file) : WriteOnlyStream
{
    private const int ChunkBytes = 2048;

    private long _position;

    /// <summary>Whether all that was written is in the file.</summary>
    public bool IsSame { get; private set; } = true;

    /// <summary>Goes to the part of the file that the next bytes are compared with.</summary>
    public void MoveTo(long position) => _position = position;

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
}
