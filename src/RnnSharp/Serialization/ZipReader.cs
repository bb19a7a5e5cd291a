using System.Collections;
using System.IO.Compression;

namespace RnnSharp.Serialization;

/// <summary>
/// Reads a zip archive that may be hostile (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Only the central directory
/// counts, local headers must agree with it, and entries must fill the archive without holes or overlaps. Entries are stored or deflated;
/// nothing is allocated for a size that an entry states. An entry's checksum is verified when it is read for the first time.
/// <para>Other packages compile this file together with ZipDirectory.cs, ZipCrc32.cs and ErrorText.cs.</para>
/// </summary>
internal sealed class ZipReader : IDisposable
{
    private const int ChunkBytes = 1 << 13;

    private readonly Stream _stream;
    private readonly bool _ownsStream;
    private readonly ZipEntry[] _entries;
    private readonly Dictionary<string, int> _index;
    private readonly BitArray _verified;
    private Inflater? _inflater;

    /// <summary>Reads the directory of the archive that a seekable stream has from its position to its end.</summary>
    /// <exception cref="InvalidDataException">It is not a valid archive, or exceeds the limits.</exception>
    public ZipReader(Stream stream, ModelLimits limits, bool ownsStream = false)
    {
        _stream = stream;
        _ownsStream = ownsStream;
        _entries = new ZipDirectory(stream, limits).ReadEntries();
        _index = new Dictionary<string, int>(_entries.Length, StringComparer.Ordinal);
        for (int i = 0; i < _entries.Length; i++)
        {
            if (!_index.TryAdd(_entries[i].Name, i)) throw new InvalidDataException($"The archive has two entries called {ErrorText.Quote(_entries[i].Name)}.");
        }

        _verified = new BitArray(_entries.Length);
    }

    /// <summary>The entries, in the order of their data.</summary>
    public ReadOnlySpan<ZipEntry> Entries => _entries;

    /// <summary>The index of the entry with a name; -1 if there is none.</summary>
    public int IndexOf(string name) => _index.GetValueOrDefault(name, -1);

    /// <summary>Reads bytes of an entry. Reading a deflated one forwards is fast, going back starts again.</summary>
    /// <exception cref="InvalidDataException">The entry is damaged.</exception>
    public void Read(int index, long offset, Span<byte> target)
    {
        RequireRange(index, offset, target.Length);
        Verify(index);
        ReadUnverified(index, offset, target);
    }

    /// <summary>Reads bytes of an entry without verifying its checksum, for headers that <see cref="Read"/> of the data verifies afterwards.</summary>
    /// <exception cref="InvalidDataException">The entry is damaged.</exception>
    public void Peek(int index, long offset, Span<byte> target)
    {
        RequireRange(index, offset, target.Length);
        ReadUnverified(index, offset, target);
    }

    /// <summary>Reads a whole entry.</summary>
    /// <exception cref="InvalidDataException">The entry is damaged, or longer than allowed.</exception>
    public byte[] ReadAll(int index, int maxBytes)
    {
        ZipEntry entry = _entries[index];
        if (entry.Length > maxBytes) throw new InvalidDataException($"The archive's entry {ErrorText.Quote(entry.Name)} has {entry.Length} bytes: expected at most {maxBytes}.");
        Verify(index);
        var bytes = new byte[entry.Length];
        ReadUnverified(index, 0, bytes);
        return bytes;
    }

    /// <summary>Opens an entry as a seekable stream over the archive, which must stay open.</summary>
    public Stream Open(int index) => new EntryStream(this, index);

    /// <summary>Throws unless an entry has the length and the checksum that the directory gives.</summary>
    /// <exception cref="InvalidDataException">The entry is damaged.</exception>
    public void Verify(int index)
    {
        if (_verified[index]) return;
        ZipEntry entry = _entries[index];
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        uint crc = 0;
        for (long at = 0; at < entry.Length;)
        {
            Span<byte> bytes = chunk[..(int)Math.Min(ChunkBytes, entry.Length - at)];
            ReadUnverified(index, at, bytes);
            crc = ZipCrc32.Append(crc, bytes);
            at += bytes.Length;
        }

        if (crc != entry.Crc) throw new InvalidDataException($"The archive's entry {ErrorText.Quote(entry.Name)} is damaged: its checksum does not match its contents.");
        if (!entry.IsStored) InflaterAt(index, entry.Length).RequireEnd();
        _verified[index] = true;
    }

    public void Dispose()
    {
        _inflater?.Dispose();
        if (_ownsStream) _stream.Dispose();
    }

    private void RequireRange(int index, long offset, int count)
    {
        if (offset < 0 || offset > _entries[index].Length - count) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Expected 0 to {_entries[index].Length - count}, got {offset}.");
    }

    private void ReadUnverified(int index, long offset, Span<byte> target)
    {
        if (_entries[index].IsStored)
        {
            _stream.Position = _entries[index].Start + offset;
            _stream.ReadExactly(target);
            return;
        }

        Inflater inflater = InflaterAt(index, offset);
        inflater.Read(target);
    }

    private Inflater InflaterAt(int index, long offset)
    {
        if (_inflater is null || _inflater.Index != index || _inflater.Position > offset)
        {
            _inflater?.Dispose();
            _inflater = new Inflater(_stream, index, _entries[index]);
        }

        _inflater.SkipTo(offset);
        return _inflater;
    }

    /// <summary>Inflates one entry from its start on.</summary>
    private sealed class Inflater(Stream archive, int index, ZipEntry entry) : IDisposable
    {
        private readonly Window _window = new(archive, entry.Start, entry.CompressedLength);
        private DeflateStream? _deflate;

        public int Index => index;

        public long Position { get; private set; }

        public void SkipTo(long offset)
        {
            Span<byte> chunk = stackalloc byte[ChunkBytes];
            while (Position < offset) Read(chunk[..(int)Math.Min(ChunkBytes, offset - Position)]);
        }

        public void Read(Span<byte> target)
        {
            _deflate ??= new DeflateStream(_window, CompressionMode.Decompress, leaveOpen: true);
            if (_deflate.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length) throw Damaged("it inflates to fewer bytes than its directory entry states");
            Position += target.Length;
        }

        /// <summary>Throws unless the compressed data ends where the inflated data does.</summary>
        public void RequireEnd()
        {
            _deflate ??= new DeflateStream(_window, CompressionMode.Decompress, leaveOpen: true);
            if (_deflate.ReadByte() >= 0) throw Damaged("it inflates to more bytes than its directory entry states");

            // The last byte is read on its own, and only if the data does not end before it.
            if (_window.Position != entry.CompressedLength) throw Damaged("bytes follow its compressed data");
        }

        public void Dispose() => _deflate?.Dispose();

        private InvalidDataException Damaged(string problem) => new($"The archive's entry {ErrorText.Quote(entry.Name)} is damaged: {problem}.");
    }

    /// <summary>A seekable stream of some length that others can read from.</summary>
    private abstract class ReadOnlyStream(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, Math.Max(length - Position, 0));
            if (count == 0) return 0;
            ReadAt(Position, buffer[..count]);
            Position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin)
        {
            long position = offset + origin switch { SeekOrigin.Current => Position, SeekOrigin.End => length, _ => 0 };
            return position >= 0 ? Position = position : throw new IOException($"Expected a position of 0 or more, got {position}.");
        }

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected abstract void ReadAt(long position, Span<byte> buffer);
    }

    /// <summary>Compressed data, the last byte of which is read on its own.</summary>
    private sealed class Window(Stream archive, long start, long length) : ReadOnlyStream(length)
    {
        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, (int)Math.Min(count, Math.Max(Length - 1 - Position, 1))));

        protected override void ReadAt(long position, Span<byte> buffer)
        {
            archive.Position = start + position;
            archive.ReadExactly(buffer);
        }
    }

    private sealed class EntryStream(ZipReader archive, int index) : ReadOnlyStream(archive._entries[index].Length)
    {
        protected override void ReadAt(long position, Span<byte> buffer) => archive.Read(index, position, buffer);
    }
}
