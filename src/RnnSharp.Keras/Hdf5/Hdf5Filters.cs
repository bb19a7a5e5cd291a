using System.IO.Compression;

namespace RnnSharp.Keras;

/// <summary>The filters that the chunks of a dataset went through: shuffled bytes and deflate, those of h5py's compression="gzip".</summary>
internal readonly struct Hdf5Filters
{
    private const int Deflate = 1;
    private const int Shuffle = 2;
    private const int FirstWithName = 256;

    private readonly bool _isDeflated;

    /// <param name="message">The message of the dataset's header; empty if there are no filters.</param>
    /// <param name="what">The dataset, for exceptions.</param>
    public Hdf5Filters(ReadOnlySpan<byte> message, object what)
    {
        if (message.IsEmpty) return;
        var fields = new Hdf5Fields(message, what);
        int version = fields.Version(1, 2), count = fields.Byte();
        if (version == 1) fields.Skip(6);
        for (int i = 0; i < count; i++)
        {
            int filter = fields.UInt16(), name = version == 1 || filter >= FirstWithName ? fields.UInt16() : 0;
            fields.Skip(sizeof(ushort)); // flags
            int values = fields.UInt16();
            fields.Skip(version == 1 ? (name + 7) & ~7 : name);
            fields.Skip(values * sizeof(uint));
            if (version == 1 && values % 2 != 0) fields.Skip(sizeof(uint));
            if (filter == Shuffle && !IsShuffled && !_isDeflated) IsShuffled = true;
            else if (filter == Deflate && !_isDeflated) _isDeflated = true;
            else throw new InvalidDataException($"{what} of the HDF5 file has the filter {filter} in the place {i}, which is not supported: expected shuffle and then deflate.");
        }
    }

    /// <summary>Whether the first bytes of all elements come first, then the second of all, and so on.</summary>
    public bool IsShuffled { get; }

    public bool IsEmpty => !_isDeflated && !IsShuffled;

    /// <summary>Opens the bytes of a chunk, inflated but still shuffled.</summary>
    /// <param name="stored">What the file has.</param>
    /// <param name="count">How many bytes of it.</param>
    /// <param name="length">The bytes of the chunk's elements. Only deflated ones may turn out to be more or fewer.</param>
    /// <param name="what">The dataset, for exceptions.</param>
    public Stream Open(byte[] stored, int count, long length, object what)
    {
        if (!_isDeflated && count != length) throw new InvalidDataException($"{what} of the HDF5 file has a chunk of {count} bytes: expected {length}.");
        var bytes = new MemoryStream(stored, 0, count, writable: false);
        return _isDeflated ? new ZLibStream(bytes, CompressionMode.Decompress) : bytes;
    }
}
