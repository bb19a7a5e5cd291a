using System.Buffers.Binary;

namespace RnnSharp.TensorBoard;

/// <summary>
/// A file of TensorFlow's record format: for each record its length (8 bytes), the length's checksum (4 bytes), the data, and their
/// checksum (4 bytes), little-endian. Records are collected in memory. If writing fails, they stay there, and the next attempt writes them to
/// the same position.
/// </summary>
/// <param name="stream">An empty stream that can seek and does not buffer; it is closed with the file.</param>
internal sealed class RecordFile(Stream stream) : IDisposable
{
    private const int LengthBytes = sizeof(ulong);
    private const int ChecksumBytes = sizeof(uint);
    private const int FlushBytes = 1 << 16;

    private byte[] _pending = new byte[1024];
    private int _count;
    private long _position;
    private bool _isClosed;

    /// <summary>Adds a record. Nothing is added if earlier records had to be written first and that failed.</summary>
    public void Add(ReadOnlySpan<byte> data)
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(TensorBoardWriter));
        if (_count >= FlushBytes) Flush();
        int length = LengthBytes + ChecksumBytes + data.Length + ChecksumBytes;
        if (_pending.Length - _count < length) Array.Resize(ref _pending, Math.Max(2 * _pending.Length, _count + length));
        Span<byte> record = _pending.AsSpan(_count, length);
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[LengthBytes..], Crc32C.ComputeMasked(record[..LengthBytes]));
        data.CopyTo(record[(LengthBytes + ChecksumBytes)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[^ChecksumBytes..], Crc32C.ComputeMasked(data));
        _count += length;
    }

    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(TensorBoardWriter));
        stream.Position = _position;
        stream.Write(_pending, 0, _count);
        _position += _count;
        _count = 0;
    }

    /// <summary>Writes what has been collected and closes the file.</summary>
    public void Dispose()
    {
        if (_isClosed) return;
        try
        {
            Flush();
        }
        finally
        {
            _isClosed = true;
            stream.Dispose();
        }
    }
}
