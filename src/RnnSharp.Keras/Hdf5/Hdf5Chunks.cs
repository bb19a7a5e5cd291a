using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>Reads a dataset that is stored in chunks, possibly compressed, with the B-tree that h5py writes by default.</summary>
internal sealed class Hdf5Chunks
{
    private const int MaxLevel = 16;
    private const int MaxRank = 2;

    // A dataset takes no more than this many times the bytes of its chunks, plus a few.
    private const int LargestRatio = 2;
    private const int SpareBytes = 1 << 12;

    private readonly Hdf5Stream _file;
    private readonly Hdf5Part _what;
    private readonly List<Chunk> _chunks = [];

    private Hdf5Chunks(Hdf5Stream file, Hdf5Part what) => (_file, _what) = (file, what);

    /// <summary>Reads all values.</summary>
    /// <param name="file">The file.</param>
    /// <param name="layout">The layout, after its version and class.</param>
    /// <param name="filters">The filters.</param>
    /// <param name="shape">The dataset's sizes.</param>
    /// <param name="size">Bytes of an element.</param>
    /// <param name="what">The dataset, for exceptions.</param>
    public static byte[] Read(Hdf5Stream file, ref Hdf5Fields layout, Hdf5Filters filters, long[] shape, int size, Hdf5Part what)
    {
        int rank = layout.Byte() - 1;
        if (rank != shape.Length || rank is < 1 or > MaxRank) throw new InvalidDataException($"{what} of the HDF5 file has chunks of {rank} dimensions and the shape {ErrorText.Shape(shape)}, which is not supported.");
        ulong tree = layout.UInt64();
        long rowsOfChunk = rank == 1 ? 1 : layout.UInt32(), columnsOfChunk = layout.UInt32(), rows = rank == 1 ? 1 : shape[0], columns = shape[^1];
        if (layout.UInt32() != size || rowsOfChunk == 0 || columnsOfChunk == 0) throw new InvalidDataException($"{what} of the HDF5 file has chunks of an invalid size.");
        if (tree == Hdf5Stream.Undefined || rows == 0 || columns == 0) throw new InvalidDataException($"{what} of the HDF5 file has no values.");
        var reader = new Hdf5Chunks(file, what);
        reader.Find(tree, rank);

        // Nothing is allocated for a shape that the chunks do not fill, nor for a chunk that is larger than they are.
        Int128 expected = (Int128)((rows - 1) / rowsOfChunk + 1) * ((columns - 1) / columnsOfChunk + 1);
        if (reader._chunks.Count != expected) throw new InvalidDataException($"{what} of the HDF5 file has {reader._chunks.Count} chunks: expected the {expected} of the shape {ErrorText.Shape(shape)}.");
        Int128 stored = 0, bytes = (Int128)rows * columns * size, bytesOfChunk = (Int128)rowsOfChunk * columnsOfChunk * size;
        foreach (Chunk chunk in reader._chunks) stored += chunk.Length;
        if (Int128.Max(bytes, bytesOfChunk) > LargestRatio * stored + SpareBytes || Int128.Max(bytes, bytesOfChunk) > Array.MaxLength)
            throw new InvalidDataException($"{what} of the HDF5 file has chunks of {stored} bytes, which would take much more memory than the file.");
        byte[] values = new byte[(int)bytes], buffer = new byte[(int)bytesOfChunk];
        var filled = new HashSet<(long Row, long Column)>();
        foreach (Chunk chunk in reader._chunks)
        {
            if (chunk.Row % (ulong)rowsOfChunk != 0 || chunk.Column % (ulong)columnsOfChunk != 0 || chunk.Row >= (ulong)rows || chunk.Column >= (ulong)columns || !filled.Add(((long)chunk.Row, (long)chunk.Column)))
                throw new InvalidDataException($"{what} of the HDF5 file has a chunk in the wrong place.");
            byte[] bytesOfFile = new byte[chunk.Length];
            file.ReadValues(chunk.Address, bytesOfFile);
            filters.Restore(bytesOfFile, size, buffer, what);
            int length = (int)Math.Min(columnsOfChunk, columns - (long)chunk.Column) * size;
            for (long i = 0; i < Math.Min(rowsOfChunk, rows - (long)chunk.Row); i++)
                buffer.AsSpan((int)(i * columnsOfChunk * size), length).CopyTo(values.AsSpan((int)((((long)chunk.Row + i) * columns + (long)chunk.Column) * size)));
        }

        return values;
    }

    private void Find(ulong tree, int rank)
    {
        int keyBytes = 8 + (rank + 1) * sizeof(ulong);
        var part = new Hdf5Part("A node of", _what);
        var nodes = new Stack<(ulong Address, int Level)>();
        nodes.Push((tree, MaxLevel));
        while (nodes.TryPop(out (ulong Address, int Level) node))
        {
            const int Prefix = 24;
            var start = new Hdf5Fields(_file.Read(node.Address, Prefix, part), part);
            start.Expect("TREE"u8);
            int type = start.Byte(), level = start.Byte(), entries = start.UInt16();
            if (type != 1 || level >= node.Level) throw new InvalidDataException($"{_what} of the HDF5 file has a node of the wrong type or level.");
            var fields = new Hdf5Fields(_file.Read(node.Address + Prefix, (ulong)entries * (ulong)(keyBytes + sizeof(ulong)), part), part);
            for (int i = 0; i < entries; i++)
            {
                uint length = fields.UInt32(), skipped = fields.UInt32();
                ulong row = rank == 1 ? 0 : fields.UInt64(), column = fields.UInt64();
                fields.Skip(sizeof(ulong)); // within an element
                ulong child = fields.UInt64();
                if (level > 0)
                {
                    nodes.Push((child, level));
                    continue;
                }

                if (skipped != 0) throw new InvalidDataException($"{_what} of the HDF5 file has a chunk without some of its filters, which is not supported.");
                _file.Claim(child, length, _what);
                _chunks.Add(new Chunk(row, column, child, length));
            }
        }
    }

    private readonly record struct Chunk(ulong Row, ulong Column, ulong Address, uint Length);
}
