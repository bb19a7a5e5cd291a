namespace RnnSharp.Keras;

/// <summary>The kinds of messages in the header of an HDF5 object that matter here.</summary>
internal enum Hdf5MessageType
{
    Dataspace = 0x01,
    LinkInfo = 0x02,
    Datatype = 0x03,
    Link = 0x06,
    ExternalFiles = 0x07,
    Layout = 0x08,
    Filters = 0x0b,
    Attribute = 0x0c,
    Continuation = 0x10,
    SymbolTable = 0x11,
    AttributeInfo = 0x15,
}

/// <summary>A message of an object's header.</summary>
internal readonly record struct Hdf5Message(Hdf5MessageType Type, ReadOnlyMemory<byte> Data);

/// <summary>The header of an HDF5 object: its messages, in all blocks.</summary>
internal sealed class Hdf5Header
{
    private const int OldPrefix = 16;
    private const int NewPrefix = 6;
    private const int MaxBlocks = 1000;

    private readonly Hdf5Stream _file;
    private readonly object _what;
    private Queue<(ulong Address, ulong Length)>? _blocks;
    private int _count;
    private bool _hasOrder;

    private Hdf5Header(Hdf5Stream file, object what) => (_file, _what) = (file, what);

    public List<Hdf5Message> Messages { get; } = [];

    /// <param name="file">The file.</param>
    /// <param name="address">The header's address.</param>
    /// <param name="what">The object, for exceptions.</param>
    public static Hdf5Header Read(Hdf5Stream file, ulong address, object what)
    {
        var header = new Hdf5Header(file, new Hdf5Part("The header", what));
        byte[] start = file.Read(address, OldPrefix, header._what);
        if (start.AsSpan().StartsWith("OHDR"u8)) header.ReadNew(address, start);
        else header.ReadOld(address, start);
        return header;
    }

    /// <summary>The only message of a type; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Find(Hdf5MessageType type)
    {
        ReadOnlyMemory<byte>? found = null;
        foreach (Hdf5Message message in Messages)
        {
            if (message.Type != type) continue;
            if (found is not null) throw new InvalidDataException($"{_what} has two messages of the type {type}.");
            found = message.Data;
        }

        return found ?? default;
    }

    public bool Has(Hdf5MessageType type) => Messages.Exists(message => message.Type == type);

    /// <summary>Version 1: messages padded to 8 bytes, which continue in other blocks.</summary>
    private void ReadOld(ulong address, ReadOnlySpan<byte> start)
    {
        var fields = new Hdf5Fields(start, _what);
        fields.Version(1);
        fields.Skip(1);
        int messages = fields.UInt16();
        fields.Skip(sizeof(uint)); // references
        (ulong Address, ulong Length) block = (address + OldPrefix, fields.UInt32());
        int read = 0;
        do
        {
            byte[] bytes = _file.Read(block.Address, block.Length, _what);
            const int Prefix = 8;
            for (int position = 0; bytes.Length - position >= Prefix; read++)
            {
                var message = new Hdf5Fields(bytes.AsSpan(position), _what);
                int type = message.UInt16(), length = message.UInt16(), flags = message.Byte();
                message.Skip(3);
                message.Skip(length);
                Add(type, flags, bytes.AsMemory(position + Prefix, length));
                position += Prefix + length;
            }
        }
        while (Next(out block));

        if (read != messages) throw new InvalidDataException($"{_what} has {read} messages, expected {messages}.");
    }

    /// <summary>Version 2: packed messages with a checksum for each block.</summary>
    private void ReadNew(ulong address, ReadOnlySpan<byte> start)
    {
        const int HasTimes = 0x20, HasAttributeLimits = 0x10, HasOrder = 0x04, SizeMask = 0x03;
        var fields = new Hdf5Fields(start, _what);
        fields.Skip(4);
        fields.Version(2);
        int flags = fields.Byte();
        _hasOrder = (flags & HasOrder) != 0;
        int skipped = ((flags & HasTimes) != 0 ? 16 : 0) + ((flags & HasAttributeLimits) != 0 ? 4 : 0), size = 1 << (flags & SizeMask);
        int prefix = NewPrefix + skipped + size;
        var length = new Hdf5Fields(_file.Read(address + NewPrefix + (ulong)skipped, (ulong)size, _what), _what);
        ReadBlock(address, prefix, length.Sized(flags & SizeMask));
        while (Next(out (ulong Address, ulong Length) block))
        {
            const int Around = 4 + sizeof(uint);
            if (block.Length < Around) throw new InvalidDataException($"{_what} has a block of {block.Length} bytes.");
            ReadBlock(block.Address, 4, block.Length - Around, "OCHK"u8);
        }
    }

    /// <summary>The next block of the header.</summary>
    private bool Next(out (ulong Address, ulong Length) block)
    {
        block = default;
        if (_blocks is null || !_blocks.TryDequeue(out block)) return false;
        return ++_count <= MaxBlocks ? true : throw new InvalidDataException($"{_what} has more than {MaxBlocks} blocks.");
    }

    private void ReadBlock(ulong address, int prefix, ulong length, ReadOnlySpan<byte> signature = default)
    {
        if (length > (ulong)_file.Length) throw new InvalidDataException($"{_what} is outside of the HDF5 file.");
        byte[] bytes = _file.Read(address, (ulong)prefix + length + sizeof(uint), _what);
        if (!bytes.AsSpan().StartsWith(signature)) throw new InvalidDataException($"{_what} has a block without its signature.");
        int end = bytes.Length - sizeof(uint);
        Hdf5Checksum.Require(bytes.AsSpan(0, end), Hdf5Stream.UInt32(bytes.AsSpan(end)), _what);
        int messagePrefix = 4 + (_hasOrder ? sizeof(ushort) : 0);
        for (int position = prefix; end - position >= messagePrefix;)
        {
            var message = new Hdf5Fields(bytes.AsSpan(position, end - position), _what);
            int type = message.Byte(), size = message.UInt16(), flags = message.Byte();
            if (_hasOrder) message.Skip(sizeof(ushort));
            message.Skip(size);
            Add(type, flags, bytes.AsMemory(position + messagePrefix, size));
            position += messagePrefix + size;
        }
    }

    private void Add(int type, int flags, ReadOnlyMemory<byte> data)
    {
        const int Shared = 0x02;
        if (type == (int)Hdf5MessageType.Continuation)
        {
            var fields = new Hdf5Fields(data.Span, _what);
            _blocks ??= new Queue<(ulong Address, ulong Length)>();
            _blocks.Enqueue((fields.UInt64(), fields.UInt64()));
        }

        // Types such as the modification time do not matter.
        if (!Enum.IsDefined((Hdf5MessageType)type)) return;
        if ((flags & Shared) != 0) throw new InvalidDataException($"{_what} has a shared message of the type {(Hdf5MessageType)type}, which is not supported.");
        Messages.Add(new Hdf5Message((Hdf5MessageType)type, data));
    }
}
