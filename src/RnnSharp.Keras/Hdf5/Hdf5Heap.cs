namespace RnnSharp.Keras;

/// <summary>The global heaps of an HDF5 file, which hold texts of variable length.</summary>
internal sealed class Hdf5Heap(Hdf5Stream file)
{
    private const int Prefix = 16;

    private readonly Dictionary<ulong, byte[]> _collections = [];

    /// <summary>Reads a text.</summary>
    /// <param name="address">The address of the heap.</param>
    /// <param name="index">The index of the text in it.</param>
    /// <param name="length">The length of the text.</param>
    /// <param name="what">What it is, for exceptions.</param>
    public ReadOnlyMemory<byte> Read(ulong address, uint index, uint length, object what)
    {
        if (length == 0) return default;
        if (!_collections.TryGetValue(address, out byte[]? collection))
        {
            var start = new Hdf5Fields(file.Read(address, Prefix, what), what);
            start.Expect("GCOL"u8);
            start.Version(1);
            start.Skip(3);
            ulong total = start.UInt64();
            if (total < Prefix) throw new InvalidDataException($"{what} is in a heap of {total} bytes.");
            collection = file.Read(address + Prefix, total - Prefix, what);
            _collections.Add(address, collection);
        }

        // Each text is charged, because many elements may refer to one.
        file.Charge(length, what);
        int position = 0;
        while (collection.Length - position >= Prefix)
        {
            var item = new Hdf5Fields(collection.AsSpan(position), what);
            uint found = item.UInt16();
            item.Skip(6);
            ulong size = item.UInt64();
            position += Prefix;
            if (found == 0 || size > (ulong)(collection.Length - position)) break;
            if (found == index)
            {
                if (length > size) throw new InvalidDataException($"{what} of the HDF5 file has a text of {length} bytes in an entry of {size}.");
                return collection.AsMemory(position, (int)length);
            }

            file.Charge(1, what); // the search itself
            position += (int)((size + 7) & ~7UL);
        }

        throw new InvalidDataException($"{what} of the HDF5 file refers to a text that does not exist.");
    }
}
