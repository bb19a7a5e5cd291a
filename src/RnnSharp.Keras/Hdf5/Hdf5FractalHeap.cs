using System.Numerics;

namespace RnnSharp.Keras;

/// <summary>A fractal heap, in which newer files keep the links of a group with more than eight: blocks of growing size behind one another.</summary>
internal sealed class Hdf5FractalHeap
{
    private const int ManagedType = 0x30;
    private const int VersionMask = 0xc0;

    private readonly object _what;
    private readonly int _offsetBytes;
    private readonly int _lengthBytes;
    private readonly List<(ulong Offset, byte[] Bytes)> _blocks = [];

    /// <param name="file">The file.</param>
    /// <param name="address">The address of the heap's header.</param>
    /// <param name="what">What it belongs to, for exceptions.</param>
    public Hdf5FractalHeap(Hdf5Stream file, ulong address, object what)
    {
        const int Length = 146;
        _what = new Hdf5Part("The heap", what);
        byte[] header = file.Read(address, Length, _what);
        Hdf5Checksum.Require(header.AsSpan(0, Length - sizeof(uint)), Hdf5Stream.UInt32(header.AsSpan(Length - sizeof(uint))), _what);
        var fields = new Hdf5Fields(header, _what);
        fields.Expect("FRHP"u8);
        fields.Version(0);
        IdBytes = fields.UInt16();
        if (fields.UInt16() != 0) throw Unsupported("filters");
        bool hasChecksums = (fields.Byte() & 0x02) != 0;
        uint largest = fields.UInt32();
        fields.Skip(96); // huge and tiny objects, free space, counts
        int width = fields.UInt16();
        ulong start = fields.UInt64(), largestBlock = fields.UInt64();
        int bits = fields.UInt16();
        fields.Skip(sizeof(ushort));
        ulong root = fields.UInt64();
        int rows = fields.UInt16();
        if (!BitOperations.IsPow2(start) || !BitOperations.IsPow2(largestBlock) || start < 8 || start > largestBlock || largestBlock > int.MaxValue || bits is < 8 or > 64) throw Unsupported("blocks of these sizes");
        _offsetBytes = (bits + 7) / 8;
        _lengthBytes = (BitOperations.Log2((uint)Math.Min(largestBlock, Math.Max(largest, 1))) + 8) / 8;
        if (IdBytes != 1 + _offsetBytes + _lengthBytes) throw Unsupported($"identifiers of {IdBytes} bytes");
        if (root == Hdf5Stream.Undefined) return;
        if (rows == 0) ReadBlock(file, root, 0, start, hasChecksums);
        else ReadRows(file, root, rows, width, start, largestBlock, hasChecksums);
    }

    /// <summary>Bytes of an identifier of an object.</summary>
    public int IdBytes { get; }

    /// <summary>The bytes of an object.</summary>
    public ReadOnlyMemory<byte> Read(ReadOnlySpan<byte> id)
    {
        if ((id[0] & (ManagedType | VersionMask)) != 0) throw Unsupported("huge objects");
        ulong offset = Number(id.Slice(1, _offsetBytes)), length = Number(id.Slice(1 + _offsetBytes, _lengthBytes));
        foreach ((ulong start, byte[] bytes) in _blocks)
        {
            if (offset < start || offset - start >= (ulong)bytes.Length) continue;
            if (length > (ulong)bytes.Length - (offset - start)) break;
            return bytes.AsMemory((int)(offset - start), (int)length);
        }

        throw new InvalidDataException($"{_what} of the HDF5 file does not contain an object at {offset}.");
    }

    private void ReadRows(Hdf5Stream file, ulong address, int rows, int width, ulong start, ulong largestBlock, bool hasChecksums)
    {
        if (rows > 2 + BitOperations.Log2(largestBlock / start)) throw Unsupported("blocks in blocks");
        int length = 4 + 1 + sizeof(ulong) + _offsetBytes + rows * width * sizeof(ulong);
        byte[] block = file.Read(address, (ulong)length + sizeof(uint), _what);
        Hdf5Checksum.Require(block.AsSpan(0, length), Hdf5Stream.UInt32(block.AsSpan(length)), _what);
        var fields = new Hdf5Fields(block, _what);
        fields.Expect("FHIB"u8);
        fields.Version(0);
        fields.Skip(sizeof(ulong) + _offsetBytes);
        ulong offset = 0;
        for (int row = 0; row < rows; row++)
        {
            // The first two rows have blocks of the same size, then each row has blocks of twice the size.
            ulong size = start << Math.Max(0, row - 1);
            for (int i = 0; i < width; i++, offset += size)
            {
                ulong child = fields.UInt64();
                if (child != Hdf5Stream.Undefined) ReadBlock(file, child, offset, size, hasChecksums);
            }
        }
    }

    private void ReadBlock(Hdf5Stream file, ulong address, ulong offset, ulong size, bool hasChecksum)
    {
        byte[] block = file.Read(address, size, _what);
        var fields = new Hdf5Fields(block, _what);
        fields.Expect("FHDB"u8);
        fields.Version(0);
        fields.Skip(sizeof(ulong));
        if (Number(fields.Bytes(_offsetBytes)) != offset) throw new InvalidDataException($"{_what} of the HDF5 file has a block in the place of another.");
        if (hasChecksum)
        {
            // The checksum is computed with zeros in its place.
            int at = block.Length - fields.Remaining;
            uint expected = fields.UInt32();
            block.AsSpan(at, sizeof(uint)).Clear();
            Hdf5Checksum.Require(block, expected, _what);
        }

        _blocks.Add((offset, block));
    }

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = bytes.Length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    private InvalidDataException Unsupported(string problem) => new($"{_what} of the HDF5 file has {problem}, which is not supported.");
}
