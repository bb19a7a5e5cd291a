using System.Numerics;

namespace RnnSharp.Keras;

/// <summary>The B-tree of the names in a group of newer files: the identifiers of its links in a fractal heap.</summary>
internal sealed class Hdf5NameIndex
{
    private const int Around = 6 + sizeof(uint); // signature, version, type, checksum
    private const int HashBytes = sizeof(uint);
    private const int NameType = 5;
    private const int MaxDepth = 1;

    private readonly Hdf5Stream _file;
    private readonly object _what;
    private readonly int _nodeBytes;
    private readonly int _recordBytes;

    private Hdf5NameIndex(Hdf5Stream file, object what, int nodeBytes, int recordBytes)
    {
        _file = file;
        _what = what;
        _nodeBytes = nodeBytes;
        _recordBytes = recordBytes;
    }

    /// <summary>Reads the identifiers.</summary>
    /// <param name="file">The file.</param>
    /// <param name="address">The address of the tree's header.</param>
    /// <param name="idBytes">Bytes of an identifier.</param>
    /// <param name="what">What it belongs to, for exceptions.</param>
    public static List<ReadOnlyMemory<byte>> Read(Hdf5Stream file, ulong address, int idBytes, object what)
    {
        const int Length = 38;
        what = new Hdf5Part("The index", what);
        byte[] header = file.Read(address, Length, what);
        Hdf5Checksum.Require(header.AsSpan(0, Length - sizeof(uint)), Hdf5Stream.UInt32(header.AsSpan(Length - sizeof(uint))), what);
        var fields = new Hdf5Fields(header, what);
        fields.Expect("BTHD"u8);
        fields.Version(0);
        int type = fields.Byte();
        uint nodeBytes = fields.UInt32();
        int recordBytes = fields.UInt16(), depth = fields.UInt16();
        fields.Skip(2); // when nodes are split and merged
        ulong root = fields.UInt64();
        int records = fields.UInt16();
        if (type != NameType || recordBytes != HashBytes + idBytes || depth > MaxDepth || nodeBytes < 64 || nodeBytes > file.Length) throw new InvalidDataException($"{what} of the HDF5 file is of a kind or depth that is not supported.");
        var ids = new List<ReadOnlyMemory<byte>>();
        if (records > 0) new Hdf5NameIndex(file, what, (int)nodeBytes, recordBytes).ReadNode(root, records, depth, ids);
        return ids;
    }

    private void ReadNode(ulong address, int records, int depth, List<ReadOnlyMemory<byte>> ids)
    {
        int mostOfLeaf = (_nodeBytes - Around) / _recordBytes;
        int countBytes = (BitOperations.Log2((uint)Math.Max(mostOfLeaf, 1)) + 8) / 8;
        int pointerBytes = sizeof(ulong) + countBytes;
        long length = 6 + (long)records * _recordBytes + (depth > 0 ? (records + 1L) * pointerBytes : 0);
        if (length + sizeof(uint) > _nodeBytes) throw new InvalidDataException($"{_what} of the HDF5 file has a node of {records} entries, which do not fit.");
        byte[] node = _file.Read(address, (ulong)length + sizeof(uint), _what);
        Hdf5Checksum.Require(node.AsSpan(0, (int)length), Hdf5Stream.UInt32(node.AsSpan((int)length)), _what);
        var fields = new Hdf5Fields(node, _what);
        fields.Expect(depth > 0 ? "BTIN"u8 : "BTLF"u8);
        fields.Version(0);
        if (fields.Byte() != NameType) throw new InvalidDataException($"{_what} of the HDF5 file has a node of another kind.");
        for (int i = 0; i < records; i++)
        {
            fields.Skip(_recordBytes);
            ids.Add(node.AsMemory(6 + i * _recordBytes + HashBytes, _recordBytes - HashBytes));
        }

        for (int i = 0; depth > 0 && i <= records; i++)
        {
            ulong child = fields.UInt64();
            int count = 0;
            ReadOnlySpan<byte> bytes = fields.Bytes(countBytes);
            for (int k = bytes.Length - 1; k >= 0; k--) count = (count << 8) | bytes[k];
            ReadNode(child, count, depth - 1, ids);
        }
    }
}
