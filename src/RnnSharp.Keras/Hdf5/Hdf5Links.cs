using System.Text;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>Reads the names in a group and the addresses of what they name. Only hard links are accepted.</summary>
internal sealed class Hdf5Links
{
    private const int MaxLevel = 16;
    private const int EntryBytes = 40;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Hdf5Stream _file;
    private readonly object _what;

    private Hdf5Links(Hdf5Stream file, object what) => (_file, _what) = (file, what);

    private Dictionary<string, ulong> Found { get; } = new(StringComparer.Ordinal);

    /// <param name="file">The file.</param>
    /// <param name="header">The group's header.</param>
    /// <param name="what">The group, for exceptions.</param>
    public static Dictionary<string, ulong> Read(Hdf5Stream file, Hdf5Header header, object what)
    {
        var links = new Hdf5Links(file, what);
        ReadOnlyMemory<byte> table = header.Find(Hdf5MessageType.SymbolTable), info = header.Find(Hdf5MessageType.LinkInfo);
        if (table.IsEmpty && info.IsEmpty) throw new InvalidDataException($"{what} of the HDF5 file is not a group.");
        if (!table.IsEmpty) links.ReadTable(table.Span);
        if (!info.IsEmpty) links.ReadDense(info.Span);
        foreach (Hdf5Message message in header.Messages)
        {
            if (message.Type == Hdf5MessageType.Link) links.ReadMessage(message.Data.Span);
        }

        return links.Found;
    }

    /// <summary>A group as h5py writes it by default: a B-tree of nodes of names, which are in a heap.</summary>
    private void ReadTable(ReadOnlySpan<byte> message)
    {
        var fields = new Hdf5Fields(message, new Hdf5Part("The symbol table", _what));
        ulong tree = fields.UInt64();
        byte[] heap = ReadHeap(fields.UInt64());
        long names = heap.Length;
        var nodes = new Stack<(ulong Address, int Level)>();
        nodes.Push((tree, MaxLevel));
        while (nodes.TryPop(out (ulong Address, int Level) node))
        {
            byte[] prefix = _file.Read(node.Address, 8, new Hdf5Part("A node", _what));
            if (prefix.AsSpan().StartsWith("SNOD"u8)) ReadNode(node.Address, prefix, heap, ref names);
            else ReadTree(node.Address, prefix, node.Level, nodes);
        }
    }

    private byte[] ReadHeap(ulong address)
    {
        var what = new Hdf5Part("The names", _what);
        var fields = new Hdf5Fields(_file.Read(address, 32, what), what);
        fields.Expect("HEAP"u8);
        fields.Version(0);
        fields.Skip(3);
        ulong length = fields.UInt64();
        fields.Skip(sizeof(ulong)); // free list
        return _file.Read(fields.UInt64(), length, what);
    }

    private void ReadTree(ulong address, ReadOnlySpan<byte> prefix, int level, Stack<(ulong Address, int Level)> nodes)
    {
        var start = new Hdf5Fields(prefix, new Hdf5Part("A node", _what));
        start.Expect("TREE"u8);
        if (start.Byte() != 0) throw new InvalidDataException($"A node of {_what} of the HDF5 file is not one of a group.");
        int own = start.Byte(), entries = start.UInt16();
        if (own >= level) throw new InvalidDataException($"The nodes of {_what} of the HDF5 file are nested more deeply than their level {level} allows.");
        const int Siblings = 16, Pair = 16;
        var fields = new Hdf5Fields(_file.Read(address + (ulong)prefix.Length, (ulong)(Siblings + entries * Pair), new Hdf5Part("A node", _what)), new Hdf5Part("A node", _what));
        fields.Skip(Siblings);
        for (int i = 0; i < entries; i++)
        {
            fields.Skip(sizeof(ulong)); // key
            nodes.Push((fields.UInt64(), own));
        }
    }

    private void ReadNode(ulong address, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> heap, ref long names)
    {
        const int ExternalCache = 2;
        int entries = Hdf5Stream.UInt16(prefix[6..]);
        var fields = new Hdf5Fields(_file.Read(address + (ulong)prefix.Length, (ulong)(entries * EntryBytes), new Hdf5Part("A node", _what)), new Hdf5Part("A node", _what));
        for (int i = 0; i < entries; i++)
        {
            ulong at = fields.UInt64(), target = fields.UInt64();
            uint cache = fields.UInt32();
            fields.Skip(20);
            if (at >= (ulong)heap.Length) throw new InvalidDataException($"A name of {_what} is outside of the HDF5 file's heap.");
            ReadOnlySpan<byte> rest = heap[(int)at..];
            int length = rest.IndexOf((byte)0);
            if (length < 0) throw new InvalidDataException($"A name of {_what} of the HDF5 file has no end.");

            // Names do not overlap, so that together they cannot be longer than the heap.
            names -= length + 1;
            if (names < 0) throw new InvalidDataException($"Names of {_what} of the HDF5 file overlap.");
            if (cache == ExternalCache || target == Hdf5Stream.Undefined) throw OtherLink(rest[..length], "a soft link");
            Add(rest[..length], target);
        }
    }

    /// <summary>A group of newer files has its links in its header, or, if they are many, in a heap with an index of names.</summary>
    private void ReadDense(ReadOnlySpan<byte> message)
    {
        const int HasOrder = 0x01;
        var fields = new Hdf5Fields(message, new Hdf5Part("The links", _what));
        fields.Version(0);
        if ((fields.Byte() & HasOrder) != 0) fields.Skip(sizeof(ulong));
        ulong heap = fields.UInt64(), index = fields.UInt64();
        if (heap == Hdf5Stream.Undefined) return;
        var links = new Hdf5FractalHeap(_file, heap, _what);
        foreach (ReadOnlyMemory<byte> id in Hdf5NameIndex.Read(_file, index, links.IdBytes, _what))
        {
            ReadOnlyMemory<byte> link = links.Read(id.Span);
            _file.Charge(link.Length, _what);
            ReadMessage(link.Span);
        }
    }

    private void ReadMessage(ReadOnlySpan<byte> message)
    {
        const int SizeMask = 0x03, HasOrder = 0x04, HasType = 0x08, HasCharset = 0x10;
        var fields = new Hdf5Fields(message, new Hdf5Part("A link", _what));
        fields.Version(1);
        int flags = fields.Byte();
        int type = (flags & HasType) != 0 ? fields.Byte() : 0;
        if ((flags & HasOrder) != 0) fields.Skip(sizeof(ulong));
        if ((flags & HasCharset) != 0) fields.Skip(1);
        ulong length = fields.Sized(flags & SizeMask);
        ReadOnlySpan<byte> name = fields.Bytes((int)Math.Min(length, int.MaxValue));
        if (type != 0) throw OtherLink(name, type == 1 ? "a soft link" : "an external or user-defined link");
        Add(name, fields.UInt64());
    }

    private void Add(ReadOnlySpan<byte> utf8, ulong address)
    {
        string name;
        try
        {
            name = StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"A name of {_what} of the HDF5 file is not UTF-8.", exception);
        }

        if (name.Length == 0 || name.Contains('/') || name.Contains('\0')) throw new InvalidDataException($"{_what} of the HDF5 file has the invalid name {ErrorText.Quote(name)}.");
        if (!Found.TryAdd(name, address)) throw new InvalidDataException($"{_what} of the HDF5 file has the name {ErrorText.Quote(name)} twice.");
    }

    private InvalidDataException OtherLink(ReadOnlySpan<byte> name, string kind) =>
        new($"{ErrorText.Quote(name)} in {_what} of the HDF5 file is {kind}, which is refused.");
}
