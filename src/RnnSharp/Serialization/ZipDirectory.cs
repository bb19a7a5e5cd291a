using System.Buffers.Binary;
using System.Text;

namespace RnnSharp.Serialization;

/// <summary>An entry of a zip archive.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">The position of its first byte in the stream.</param>
/// <param name="Length">Its length.</param>
/// <param name="CompressedLength">The length that it takes in the archive.</param>
/// <param name="Crc">Its checksum.</param>
/// <param name="IsStored">Whether it is stored as it is; it is deflated if not.</param>
internal readonly record struct ZipEntry(string Name, long Start, long Length, long CompressedLength, uint Crc, bool IsStored);

/// <summary>Reads and checks the central directory of a zip archive that may be hostile, and the local headers.</summary>
internal sealed class ZipDirectory
{
    private const uint LocalSignature = 0x04034B50;
    private const uint DescriptorSignature = 0x08074B50;
    private const uint DirectorySignature = 0x02014B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint EndSignature = 0x06054B50;
    private const int LocalBytes = 30;
    private const int DirectoryBytes = 46;
    private const int End64Bytes = 56;
    private const int Locator64Bytes = 20;
    private const int EndBytes = 22;
    private const ushort Tag64 = 1;

    // Deflate codes at most 258 bytes in two bits.
    private const int MostInflation = 1032;

    // Deflated entries may take this long, and more in proportion to the archive, so that a small one is not slow to inflate. Numbers of a
    // model hardly shrink; those that do, as zeros, fit the first limit.
    private const long SmallInflation = 1 << 27;
    private const int UsualInflation = 32;

    // The compression levels, a descriptor after the data, and UTF-8.
    private const int DescriptorFlag = 1 << 3;
    private const int KnownFlags = 1 << 1 | 1 << 2 | DescriptorFlag | 1 << 11;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Stream _stream;
    private readonly ModelLimits _limits;
    private readonly long _origin;
    private readonly long _length;

    /// <summary>Takes a seekable stream that has an archive from its position to its end.</summary>
    public ZipDirectory(Stream stream, ModelLimits limits)
    {
        _stream = stream;
        _limits = limits;
        _origin = stream.Position;
        _length = Math.Max(stream.Length - _origin, 0);
    }

    /// <summary>Reads the entries, in the order of their data.</summary>
    /// <exception cref="InvalidDataException">The archive is not valid, or exceeds the limits.</exception>
    public ZipEntry[] ReadEntries()
    {
        (long count, long start, long bytes) = ReadEnd();
        if (bytes > _limits.HeaderBytes) throw new InvalidDataException($"The archive's directory has {bytes} bytes: expected at most {_limits.HeaderBytes} (ModelLimits.HeaderBytes).");
        if (count > bytes / DirectoryBytes) throw Invalid($"its directory of {bytes} bytes cannot have {count} entries");
        var directory = new byte[bytes];
        ReadAt(start, directory);
        var entries = new DirectoryEntry[count];
        int at = 0;
        Int128 total = 0, inflated = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = ReadEntry(directory, ref at);
            total += entries[i].Length;
            if (entries[i].Method != 0) inflated += entries[i].Length;
        }

        if (at != bytes) throw Invalid("bytes follow the entries of its directory");
        if (total > _limits.ParameterBytes) throw new InvalidDataException($"The archive's entries have {total} bytes: expected at most {_limits.ParameterBytes} (ModelLimits.ParameterBytes).");
        if (inflated > SmallInflation + UsualInflation * (Int128)_length) throw new InvalidDataException($"The archive of {_length} bytes inflates to {inflated}: expected at most {SmallInflation + UsualInflation * (Int128)_length}.");
        Array.Sort(entries, static (one, other) => one.Header.CompareTo(other.Header));
        long first = entries.Length == 0 ? start : entries[0].Header;
        if (first != 0) throw Invalid($"{first} bytes before its first entry belong to none");
        var located = new ZipEntry[entries.Length];
        for (int i = 0; i < located.Length; i++) located[i] = Locate(entries[i], directory, i + 1 < entries.Length ? entries[i + 1].Header : start);
        return located;
    }

    /// <summary>Reads the records after the directory: the number of entries, and the place of the directory.</summary>
    private (long Count, long Start, long Bytes) ReadEnd()
    {
        if (_length < EndBytes) throw Invalid($"it has {_length} bytes");
        Span<byte> end = stackalloc byte[EndBytes];
        ReadAt(_length - EndBytes, end);
        if (U32(end, 0) != EndSignature || U16(end, 20) != 0) throw Invalid("it does not end with the end record of a directory, without a comment");
        if (U16(end, 4) != 0 || U16(end, 6) != 0) throw Invalid("it has several parts");
        (long count, long bytes, long start) = (U16(end, 10), U32(end, 12), U32(end, 16));
        long inDirectory = U16(end, 8);
        long directoryEnd = _length - EndBytes;
        if (TryReadEnd64(directoryEnd - Locator64Bytes, out ulong count64, out ulong bytes64, out ulong start64))
        {
            directoryEnd -= Locator64Bytes + End64Bytes;
            if (!Agrees(count, ushort.MaxValue, count64) || !Agrees(bytes, uint.MaxValue, bytes64) || !Agrees(start, uint.MaxValue, start64)) throw Invalid("its two end records differ");
            (count, bytes, start) = ((long)Math.Min(count64, long.MaxValue), (long)Math.Min(bytes64, long.MaxValue), (long)Math.Min(start64, long.MaxValue));
        }
        else if (inDirectory != count)
        {
            throw Invalid("it has several parts");
        }

        if (bytes > directoryEnd || start != directoryEnd - bytes) throw Invalid("its directory does not end where the end record starts");
        return (count, start, bytes);
    }

    private bool TryReadEnd64(long at, out ulong count, out ulong bytes, out ulong start)
    {
        (count, bytes, start) = (0, 0, 0);
        if (at < End64Bytes) return false;
        Span<byte> locator = stackalloc byte[Locator64Bytes];
        ReadAt(at, locator);
        if (U32(locator, 0) != Locator64Signature) return false;
        Span<byte> end = stackalloc byte[End64Bytes];
        ReadAt(at - End64Bytes, end);
        if (U32(locator, 4) != 0 || U32(locator, 16) != 1 || U64(locator, 8) != (ulong)(at - End64Bytes)) throw Invalid("the locator of its 64-bit end record is wrong");
        if (U32(end, 0) != End64Signature || U64(end, 4) != End64Bytes - 12 || U32(end, 16) != 0 || U32(end, 20) != 0 || U64(end, 24) != U64(end, 32)) throw Invalid("its 64-bit end record is wrong");
        (count, bytes, start) = (U64(end, 32), U64(end, 40), U64(end, 48));
        return true;
    }

    private DirectoryEntry ReadEntry(byte[] directory, ref int at)
    {
        ReadOnlySpan<byte> rest = directory.AsSpan(at);
        if (rest.Length < DirectoryBytes || U32(rest, 0) != DirectorySignature) throw Invalid("an entry of its directory is damaged");
        (int nameBytes, int extraBytes, int commentBytes) = (U16(rest, 28), U16(rest, 30), U16(rest, 32));
        if (rest.Length < DirectoryBytes + nameBytes + extraBytes + commentBytes) throw Invalid("an entry of its directory is damaged");
        string name;
        try
        {
            name = StrictUtf8.GetString(rest.Slice(DirectoryBytes, nameBytes));
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException("The archive has an entry whose name is not valid UTF-8.", exception);
        }

        if (name.Length == 0) throw Invalid("an entry has no name");
        (int flags, int method) = (U16(rest, 8), U16(rest, 10));
        if ((flags & ~KnownFlags) != 0) throw Invalid(name, (flags & 1) != 0 ? "it is encrypted, which is not supported" : $"its flags {flags:x4} are not supported");
        if (method is not (0 or 8)) throw Invalid(name, $"expected an entry that is stored or deflated, got compression method {method}");
        ReadOnlySpan<byte> extra = rest.Slice(DirectoryBytes + nameBytes, extraBytes);
        ReadOnlySpan<byte> wide = Extra64(name, extra);
        ulong length = Widened(name, U32(rest, 24), ref wide);
        ulong compressed = Widened(name, U32(rest, 20), ref wide);
        ulong header = Widened(name, U32(rest, 42), ref wide);
        if (U16(rest, 34) is not (0 or ushort.MaxValue)) throw Invalid("it has several parts");
        if (header > (ulong)_length || compressed > (ulong)_length) throw Invalid(name, "its directory entry places it beyond the end of the file");
        if (length > long.MaxValue || (method == 0 ? length != compressed : length > compressed * MostInflation)) throw Invalid(name, $"{compressed} bytes in the archive cannot be {length} bytes");
        var entry = new DirectoryEntry(name, (long)header, (long)length, (long)compressed, U32(rest, 16), (ushort)flags, (ushort)method, at + DirectoryBytes, nameBytes);
        at += DirectoryBytes + nameBytes + extraBytes + commentBytes;
        return entry;
    }

    /// <summary>Checks an entry's local header, and that the next part of the archive starts where the entry ends.</summary>
    private ZipEntry Locate(in DirectoryEntry entry, byte[] directory, long next)
    {
        Span<byte> header = stackalloc byte[LocalBytes];
        if (next - entry.Header < LocalBytes) throw Invalid(entry.Name, "it overlaps another one");
        ReadAt(entry.Header, header);
        int nameBytes = U16(header, 26), extraBytes = U16(header, 28);
        long data = entry.Header + LocalBytes + nameBytes + extraBytes;
        long left = next - data - entry.CompressedLength;
        if (left < 0) throw Invalid(entry.Name, "it overlaps another one");
        bool agrees = U32(header, 0) == LocalSignature && U16(header, 6) == entry.Flags && U16(header, 8) == entry.Method && nameBytes == entry.NameBytes;
        if (agrees)
        {
            var variable = new byte[nameBytes + extraBytes];
            ReadAt(entry.Header + LocalBytes, variable);
            ReadOnlySpan<byte> wide = Extra64(entry.Name, variable.AsSpan(nameBytes));
            agrees = variable.AsSpan(0, nameBytes).SequenceEqual(directory.AsSpan(entry.NameAt, nameBytes));
            if ((entry.Flags & DescriptorFlag) == 0)
            {
                agrees &= U32(header, 14) == entry.Crc && Agrees(U32(header, 18), uint.MaxValue, (ulong)entry.CompressedLength) && Agrees(U32(header, 22), uint.MaxValue, (ulong)entry.Length);
                agrees &= wide.IsEmpty || (wide.Length >= 16 && U64(wide, 0) == (ulong)entry.Length && U64(wide, 8) == (ulong)entry.CompressedLength);
            }
        }

        if (!agrees) throw Invalid(entry.Name, "its local header differs from the directory");
        if (left > 0 && ((entry.Flags & DescriptorFlag) == 0 || !IsDescriptor(entry, next - left, left))) throw Invalid(entry.Name, $"{left} bytes after it belong to none");
        return new ZipEntry(entry.Name, _origin + data, entry.Length, entry.CompressedLength, entry.Crc, entry.Method == 0);
    }

    /// <summary>Whether bytes after an entry repeat its checksum and sizes: a signature, which may be missing, and 32-bit or 64-bit sizes.</summary>
    private bool IsDescriptor(in DirectoryEntry entry, long at, long bytes)
    {
        if (bytes is not (12 or 16 or 20 or 24)) return false;
        Span<byte> descriptor = stackalloc byte[(int)bytes];
        ReadAt(at, descriptor);
        ReadOnlySpan<byte> fields = descriptor;
        if (bytes is 16 or 24)
        {
            if (U32(fields, 0) != DescriptorSignature) return false;
            fields = fields[4..];
        }

        return U32(fields, 0) == entry.Crc && (fields.Length == 12
            ? U32(fields, 4) == entry.CompressedLength && U32(fields, 8) == entry.Length
            : U64(fields, 4) == (ulong)entry.CompressedLength && U64(fields, 12) == (ulong)entry.Length);
    }

    /// <summary>Finds the 64-bit sizes among the extra fields, each of which has a tag and a length; empty if there are none.</summary>
    private static ReadOnlySpan<byte> Extra64(string name, ReadOnlySpan<byte> extra)
    {
        ReadOnlySpan<byte> found = default;
        while (!extra.IsEmpty)
        {
            if (extra.Length < 4 || U16(extra, 2) > extra.Length - 4) throw Invalid(name, "its extra fields are damaged");
            int length = U16(extra, 2);
            if (U16(extra, 0) == Tag64)
            {
                if (!found.IsEmpty) throw Invalid(name, "it has two extra fields with 64-bit sizes");
                found = extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return found;
    }

    /// <summary>A 32-bit field, or the next 64-bit one if it is full.</summary>
    private static ulong Widened(string name, uint field, ref ReadOnlySpan<byte> wide)
    {
        if (field != uint.MaxValue) return field;
        if (wide.Length < 8) throw Invalid(name, "its 64-bit sizes are missing");
        ulong value = U64(wide, 0);
        wide = wide[8..];
        return value;
    }

    private static bool Agrees(long field, long full, ulong value) => field == full || (ulong)field == value;

    private void ReadAt(long position, Span<byte> target)
    {
        _stream.Position = _origin + position;
        _stream.ReadExactly(target);
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static InvalidDataException Invalid(string problem) => new($"This is not a zip archive, or it is damaged: {problem}.");

    private static InvalidDataException Invalid(string entry, string problem) => new($"The archive's entry {ErrorText.Quote(entry)}: {problem}.");

    /// <summary>An entry of the directory, before its local header has been read.</summary>
    private readonly record struct DirectoryEntry(string Name, long Header, long Length, long CompressedLength, uint Crc, ushort Flags, ushort Method, int NameAt, int NameBytes);
}
