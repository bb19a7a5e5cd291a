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

    // Chunks reach over the ends of the dataset, in each dimension by less than its size.
    private const int LargestPadding = 4;

    private const int PieceBytes = 1 << 12;

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

        // Nothing is allocated for a shape that the chunks do not fill, and no chunk inflates to much more than its bytes of the dataset.
        Int128 expected = (Int128)((rows - 1) / rowsOfChunk + 1) * ((columns - 1) / columnsOfChunk + 1);
        if (reader._chunks.Count != expected) throw new InvalidDataException($"{what} of the HDF5 file has {reader._chunks.Count} chunks: expected the {expected} of the shape {ErrorText.Shape(shape)}.");
        Int128 stored = 0, bytes = (Int128)rows * columns * size, inflated = expected * rowsOfChunk * columnsOfChunk * size;
        uint longest = 0;
        foreach (Chunk chunk in reader._chunks)
        {
            stored += chunk.Length;
            longest = Math.Max(longest, chunk.Length);
        }

        if (bytes > LargestRatio * stored + SpareBytes || bytes > Array.MaxLength || longest > Array.MaxLength)
            throw new InvalidDataException($"{what} of the HDF5 file has chunks of {stored} bytes, which would take much more memory than the file.");
        if (inflated > LargestPadding * (LargestRatio * stored + SpareBytes))
            throw new InvalidDataException($"{what} of the HDF5 file has chunks of {stored} bytes, which would inflate to {inflated}.");
        byte[] values = new byte[(int)bytes], bytesOfFile = new byte[longest], piece = new byte[(int)Int128.Min(PieceBytes, inflated)];
        var filled = new HashSet<(long Row, long Column)>();
        foreach (Chunk chunk in reader._chunks)
        {
            if (chunk.Row % (ulong)rowsOfChunk != 0 || chunk.Column % (ulong)columnsOfChunk != 0 || chunk.Row >= (ulong)rows || chunk.Column >= (ulong)columns || !filled.Add(((long)chunk.Row, (long)chunk.Column)))
                throw new InvalidDataException($"{what} of the HDF5 file has a chunk in the wrong place.");
            file.ReadValues(chunk.Address, bytesOfFile.AsSpan(0, (int)chunk.Length));
            using Stream elements = filters.Open(bytesOfFile, (int)chunk.Length, rowsOfChunk * columnsOfChunk * size, what);
            var target = new ChunkTarget(values, size, columns, (long)chunk.Row, (long)chunk.Column, rowsOfChunk, columnsOfChunk, Math.Min(rowsOfChunk, rows - (long)chunk.Row), Math.Min(columnsOfChunk, columns - (long)chunk.Column));
            reader.Copy(elements, piece, target, filters.IsShuffled);
        }

        return values;
    }

    /// <summary>Copies a chunk piece by piece, so that it takes no memory of its own.</summary>
    private void Copy(Stream elements, byte[] piece, in ChunkTarget target, bool isShuffled)
    {
        // Shuffled: first the first byte of each element, then the second of each, and so on.
        int planes = isShuffled ? target.Size : 1, unit = target.Size / planes;
        long count = target.RowsOfChunk * target.ColumnsOfChunk, left = count * planes;
        for (long first = 0; left > 0;)
        {
            int units = (int)Math.Min(piece.Length / unit, left);
            if (elements.ReadAtLeast(piece.AsSpan(0, units * unit), units * unit, throwOnEndOfStream: false) < units * unit) throw WrongLength(count * target.Size);
            for (int at = 0, run; at < units; at += run)
            {
                (long plane, long element) = Math.DivRem(first + at, count);
                (long row, long column) = Math.DivRem(element, target.ColumnsOfChunk);
                run = (int)Math.Min(units - at, target.ColumnsOfChunk - column);
                if (row < target.Rows && column < target.Columns) target.Set(row, column, (int)plane, piece.AsSpan(at * unit, (int)Math.Min(run, target.Columns - column) * unit), unit);
            }

            first += units;
            left -= units;
        }

        if (elements.ReadByte() >= 0) throw WrongLength(count * target.Size);
    }

    private InvalidDataException WrongLength(long expected) => new($"{_what} of the HDF5 file has a chunk that does not inflate to {expected} bytes.");

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

    /// <summary>Where the elements of a chunk go.</summary>
    /// <param name="Values">The bytes of the dataset.</param>
    /// <param name="Size">Bytes of an element.</param>
    /// <param name="RowLength">Columns of the dataset.</param>
    /// <param name="FirstRow">The first row of the chunk in the dataset.</param>
    /// <param name="FirstColumn">Its first column.</param>
    /// <param name="RowsOfChunk">Its rows.</param>
    /// <param name="ColumnsOfChunk">Its columns.</param>
    /// <param name="Rows">Its rows within the dataset.</param>
    /// <param name="Columns">Its columns within the dataset.</param>
    private readonly record struct ChunkTarget(byte[] Values, int Size, long RowLength, long FirstRow, long FirstColumn, long RowsOfChunk, long ColumnsOfChunk, long Rows, long Columns)
    {
        /// <summary>Sets elements of a row of the chunk, or one byte of each.</summary>
        public void Set(long row, long column, int plane, ReadOnlySpan<byte> bytes, int unit)
        {
            int start = (int)(((FirstRow + row) * RowLength + FirstColumn + column) * Size) + plane;
            if (unit == Size)
            {
                bytes.CopyTo(Values.AsSpan(start));
                return;
            }

            for (int i = 0; i < bytes.Length; i++) Values[start + i * Size] = bytes[i];
        }
    }
}
