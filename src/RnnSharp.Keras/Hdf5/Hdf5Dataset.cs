using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>A dataset of numbers: its type, its shape, and where its values are: in one run of bytes in the file or, if they were in chunks or in its header, in memory.</summary>
internal sealed class Hdf5Dataset
{
    private readonly Hdf5Stream _file;
    private readonly ReadOnlyMemory<byte> _inMemory;
    private readonly ulong _address;

    private Hdf5Dataset(Hdf5Stream file, string path, TensorType type, long[] shape, ulong address, ReadOnlyMemory<byte> inMemory)
    {
        _file = file;
        Path = path;
        Type = type;
        Shape = shape;
        _address = address;
        _inMemory = inMemory;
    }

    public string Path { get; }

    public TensorType Type { get; }

    public long[] Shape { get; }

    /// <summary>Opens a dataset. Its size is checked against the file, and it claims its bytes.</summary>
    public static Hdf5Dataset Open(Hdf5Stream file, string path, ulong address)
    {
        var what = new Hdf5Part("The dataset", path);
        Hdf5Header header = Hdf5Header.Read(file, address, what);
        if (header.Has(Hdf5MessageType.ExternalFiles)) throw new InvalidDataException($"{what} of the HDF5 file has its values in another file, which is refused.");
        ReadOnlyMemory<byte> space = header.Find(Hdf5MessageType.Dataspace), type = header.Find(Hdf5MessageType.Datatype), layout = header.Find(Hdf5MessageType.Layout);
        if (space.IsEmpty || type.IsEmpty || layout.IsEmpty) throw new InvalidDataException($"{what} of the HDF5 file is not a dataset.");
        long[] shape = Hdf5Types.Shape(space.Span, what);
        TensorType elements = Hdf5Types.Number(type.Span, what);
        UInt128 bytes = (UInt128)Hdf5Types.Count(shape) * (uint)TensorBytes.SizeOf(elements);
        return Open(file, path, elements, shape, bytes, layout, new Hdf5Filters(header.Find(Hdf5MessageType.Filters).Span, what), what);
    }

    /// <summary>Reads the bytes of values.</summary>
    /// <param name="first">The first byte.</param>
    /// <param name="target">Receives them.</param>
    public void Read(long first, Span<byte> target)
    {
        if (_inMemory.IsEmpty) _file.ReadValues(_address + (ulong)first, target);
        else _inMemory.Span.Slice((int)first, target.Length).CopyTo(target);
    }

    private static Hdf5Dataset Open(Hdf5Stream file, string path, TensorType type, long[] shape, UInt128 bytes, ReadOnlyMemory<byte> layout, Hdf5Filters filters, Hdf5Part what)
    {
        const int Compact = 0, Contiguous = 1, Chunked = 2;
        var fields = new Hdf5Fields(layout.Span, what);
        int version = fields.Version(3, 4), kind = fields.Byte();
        if (kind == Chunked && version == 3) return new Hdf5Dataset(file, path, type, shape, 0, Hdf5Chunks.Read(file, ref fields, filters, shape, TensorBytes.SizeOf(type), what));
        if (kind is not (Compact or Contiguous)) throw new InvalidDataException($"{what} of the HDF5 file has chunks with an index that is not supported. Write the file with h5py's libver='earliest'.");
        if (!filters.IsEmpty) throw new InvalidDataException($"{what} of the HDF5 file has filters, but no chunks.");
        ulong address = kind == Contiguous ? fields.UInt64() : 0;
        ulong stored = kind == Contiguous ? fields.UInt64() : fields.UInt16();
        if (stored != bytes) throw new InvalidDataException($"{what} of the HDF5 file has the shape {ErrorText.Shape(shape)}, which takes {bytes} bytes, but has {stored}.");
        if (kind == Compact) return new Hdf5Dataset(file, path, type, shape, 0, fields.Bytes((int)stored).ToArray());
        if (address == Hdf5Stream.Undefined && stored > 0) throw new InvalidDataException($"{what} of the HDF5 file has no values.");
        file.Claim(stored == 0 ? 0 : address, stored, what);
        return new Hdf5Dataset(file, path, type, shape, address, default);
    }
}
