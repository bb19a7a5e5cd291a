using System.Buffers.Binary;
using System.Text;

namespace RnnSharp.Serialization;

/// <summary>Writes a zip archive of stored entries to a stream that need not seek, with 64-bit records where they are needed.</summary>
internal sealed class ZipWriter(Stream stream)
{
    private const ushort Version = 20;
    private const ushort Version64 = 45;
    private const ushort Utf8Flag = 1 << 11;

    // 1980-01-01, the earliest date of the format, so that the same entries give the same bytes.
    private const ushort Date = 1 << 5 | 1;

    private readonly List<Entry> _entries = [];
    private long _position;

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Its length.</param>
    /// <param name="write">Writes it in pieces; called twice, for the checksum and for the file.</param>
    public void Add(string name, long length, Action<Action<ReadOnlySpan<byte>>> write)
    {
        uint crc = 0;
        write(bytes => crc = ZipCrc32.Append(crc, bytes));
        var entry = new Entry(Encoding.UTF8.GetBytes(name), length, crc, _position);
        _entries.Add(entry);
        bool isWide = length >= uint.MaxValue;
        var header = new Record(0x04034B50);
        header.Add16(isWide ? Version64 : Version).Add16(Utf8Flag).Add16(0).Add16(0).Add16(Date).Add32(crc);
        header.Add32(isWide ? uint.MaxValue : (uint)length).Add32(isWide ? uint.MaxValue : (uint)length);
        header.Add16((ushort)entry.Name.Length).Add16((ushort)(isWide ? 20 : 0)).Add(entry.Name);
        if (isWide) header.Add16(1).Add16(16).Add64(length).Add64(length);
        Write(header);
        write(stream.Write);
        _position += length;
    }

    /// <summary>Writes the directory.</summary>
    public void Finish()
    {
        long start = _position;
        foreach (Entry entry in _entries)
        {
            bool isLong = entry.Length >= uint.MaxValue, isFar = entry.Start >= uint.MaxValue;
            int extra = (isLong ? 16 : 0) + (isFar ? 8 : 0);
            var record = new Record(0x02014B50);
            record.Add16(Version64).Add16(extra > 0 ? Version64 : Version).Add16(Utf8Flag).Add16(0).Add16(0).Add16(Date).Add32(entry.Crc);
            record.Add32(isLong ? uint.MaxValue : (uint)entry.Length).Add32(isLong ? uint.MaxValue : (uint)entry.Length);
            record.Add16((ushort)entry.Name.Length).Add16((ushort)(extra > 0 ? extra + 4 : 0)).Add16(0).Add16(0).Add16(0).Add32(0);
            record.Add32(isFar ? uint.MaxValue : (uint)entry.Start).Add(entry.Name);
            if (extra > 0) record.Add16(1).Add16((ushort)extra);
            if (isLong) record.Add64(entry.Length).Add64(entry.Length);
            if (isFar) record.Add64(entry.Start);
            Write(record);
        }

        long bytes = _position - start, count = _entries.Count;
        bool isWide = count >= ushort.MaxValue || bytes >= uint.MaxValue || start >= uint.MaxValue;
        if (isWide)
        {
            long end64 = _position;
            Write(new Record(0x06064B50).Add64(44).Add16(Version64).Add16(Version64).Add32(0).Add32(0).Add64(count).Add64(count).Add64(bytes).Add64(start));
            Write(new Record(0x07064B50).Add32(0).Add64(end64).Add32(1));
        }

        ushort shortCount = isWide ? ushort.MaxValue : (ushort)count;
        Write(new Record(0x06054B50).Add16(0).Add16(0).Add16(shortCount).Add16(shortCount).Add32(isWide ? uint.MaxValue : (uint)bytes).Add32(isWide ? uint.MaxValue : (uint)start).Add16(0));
    }

    private void Write(Record record)
    {
        stream.Write(record.Bytes);
        _position += record.Bytes.Length;
    }

    private readonly record struct Entry(byte[] Name, long Length, uint Crc, long Start);

    /// <summary>A record of the format: a signature and little-endian fields.</summary>
    private sealed class Record
    {
        private readonly MemoryStream _bytes = new();

        public Record(uint signature) => Add32(signature);

        public ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

        public Record Add(ReadOnlySpan<byte> bytes)
        {
            _bytes.Write(bytes);
            return this;
        }

        public Record Add16(ushort value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
            return Add(bytes);
        }

        public Record Add32(uint value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
            return Add(bytes);
        }

        public Record Add64(long value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            return Add(bytes);
        }
    }
}
