using System.IO.Compression;

namespace RnnSharp.Keras;

/// <summary>The filters that the chunks of a dataset went through: shuffled bytes and deflate, those of h5py's compression="gzip".</summary>
internal readonly struct Hdf5Filters
{
    private const int Deflate = 1;
    private const int Shuffle = 2;
    private const int FirstWithName = 256;

    private readonly bool _isDeflated;
    private readonly bool _isShuffled;

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
            if (filter == Shuffle && !_isShuffled && !_isDeflated) _isShuffled = true;
            else if (filter == Deflate && !_isDeflated) _isDeflated = true;
            else throw new InvalidDataException($"{what} of the HDF5 file has the filter {filter} in the place {i}, which is not supported: expected shuffle and then deflate.");
        }
    }

    public bool IsEmpty => !_isDeflated && !_isShuffled;

    /// <summary>Restores the bytes of a chunk.</summary>
    /// <param name="stored">What the file has.</param>
    /// <param name="size">Bytes of an element.</param>
    /// <param name="target">Receives the elements.</param>
    /// <param name="what">The dataset, for exceptions.</param>
    public void Restore(byte[] stored, int size, Span<byte> target, object what)
    {
        if (!_isDeflated && stored.Length != target.Length) throw new InvalidDataException($"{what} of the HDF5 file has a chunk of {stored.Length} bytes: expected {target.Length}.");
        if (!_isShuffled)
        {
            if (_isDeflated) Inflate(stored, target, what);
            else stored.CopyTo(target);
            return;
        }

        byte[] shuffled = stored;
        if (_isDeflated) Inflate(stored, shuffled = new byte[target.Length], what);

        // First the first byte of each element, then the second of each, and so on.
        int count = target.Length / size;
        for (int k = 0; k < size; k++)
        {
            for (int i = 0; i < count; i++) target[i * size + k] = shuffled[k * count + i];
        }
    }

    private static void Inflate(byte[] stored, Span<byte> target, object what)
    {
        using var inflating = new ZLibStream(new MemoryStream(stored, writable: false), CompressionMode.Decompress);
        if (inflating.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length || inflating.ReadByte() >= 0)
            throw new InvalidDataException($"{what} of the HDF5 file has a chunk that does not inflate to {target.Length} bytes.");
    }
}
