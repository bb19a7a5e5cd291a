namespace RnnSharp.Keras;

/// <summary>Reads the fields of an HDF5 structure one after the other. A structure that ends too early is refused.</summary>
internal ref struct Hdf5Fields(ReadOnlySpan<byte> bytes, object what)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly object _what = what;
    private int _position;

    public readonly int Remaining => _bytes.Length - _position;

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > Remaining) throw new InvalidDataException($"{_what} of the HDF5 file is {_bytes.Length} bytes long and ends too early.");
        ReadOnlySpan<byte> taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }

    public void Skip(int count) => Bytes(count);

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => Hdf5Stream.UInt16(Bytes(sizeof(ushort)));

    public uint UInt32() => Hdf5Stream.UInt32(Bytes(sizeof(uint)));

    public ulong UInt64() => Hdf5Stream.UInt64(Bytes(sizeof(ulong)));

    /// <summary>A number of 1, 2, 4 or 8 bytes, given by the logarithm of the size.</summary>
    public ulong Sized(int logarithm) => logarithm switch
    {
        0 => Byte(),
        1 => UInt16(),
        2 => UInt32(),
        _ => UInt64(),
    };

    public void Expect(ReadOnlySpan<byte> signature)
    {
        if (!Bytes(signature.Length).SequenceEqual(signature)) throw new InvalidDataException($"{_what} of the HDF5 file does not start with its signature.");
    }

    /// <summary>A version, which must be one of those given.</summary>
    public int Version(params ReadOnlySpan<byte> known)
    {
        byte version = Byte();
        return known.Contains(version) ? version : throw new InvalidDataException($"{_what} of the HDF5 file has version {version}, which is not supported.");
    }
}
