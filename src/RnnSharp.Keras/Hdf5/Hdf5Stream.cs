using System.Buffers.Binary;

namespace RnnSharp.Keras;

/// <summary>
/// Reads the bytes of an HDF5 file. Every byte of its structures is charged to a budget of twice the file's length, which honest structures
/// cannot exceed because each is read once: structures that contain themselves or overlap end in an <see cref="InvalidDataException"/>.
/// Values of datasets are not charged; instead, no two datasets may have bytes in common.
/// </summary>
internal sealed class Hdf5Stream
{
    /// <summary>The address of what does not exist.</summary>
    public const ulong Undefined = ulong.MaxValue;

    // What a small file may read twice: the start of an object header, whose version is not known before.
    private const int SpareBytes = 4096;

    private readonly Stream _stream;
    private readonly long _start;
    private readonly SortedList<ulong, ulong> _claimed = [];
    private long _budget;

    /// <param name="stream">A stream that can seek; the file starts at its position.</param>
    public Hdf5Stream(Stream stream)
    {
        _stream = stream;
        _start = stream.Position;
        Length = stream.Length - _start;
        _budget = 2 * Length + SpareBytes;
    }

    /// <summary>The heaps of the texts of variable length.</summary>
    public Hdf5Heap Heap => field ??= new Hdf5Heap(this);

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Reads a structure.</summary>
    /// <exception cref="InvalidDataException">It is not within the file, or the budget is used up.</exception>
    public byte[] Read(ulong address, ulong length, object what)
    {
        RequireInside(address, length, what);
        Charge((long)length, what);
        byte[] bytes = new byte[length];
        ReadValues(address, bytes);
        return bytes;
    }

    /// <summary>Charges bytes to the budget.</summary>
    /// <exception cref="InvalidDataException">The budget is used up.</exception>
    public void Charge(long bytes, object what)
    {
        if (bytes > _budget) throw new InvalidDataException($"The structures of the HDF5 file overlap or contain themselves: {what} would exceed the file's length.");
        _budget -= bytes;
    }

    /// <summary>Reads values of a dataset, which are within the file.</summary>
    public void ReadValues(ulong address, Span<byte> target)
    {
        _stream.Position = _start + (long)address;
        try
        {
            _stream.ReadExactly(target);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("The HDF5 file became shorter while it was read.", exception);
        }
    }

    /// <summary>Claims the bytes of a dataset, so that the values of all datasets together cannot take more than the file has.</summary>
    /// <exception cref="InvalidDataException">They are not within the file, or another dataset has some of them.</exception>
    public void Claim(ulong address, ulong length, object what)
    {
        RequireInside(address, length, what);
        if (length == 0) return;
        int low = 0, high = _claimed.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_claimed.Keys[middle] <= address) low = middle + 1;
            else high = middle;
        }

        bool overlaps = (low > 0 && _claimed.Values[low - 1] > address) || (low < _claimed.Count && _claimed.Keys[low] < address + length);
        if (overlaps) throw new InvalidDataException($"{what} shares bytes with another dataset of the HDF5 file.");
        _claimed.Add(address, address + length);
    }

    public static ushort UInt16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    public static uint UInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    public static ulong UInt64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private void RequireInside(ulong address, ulong length, object what)
    {
        if (address > (ulong)Length || length > (ulong)Length - address)
            throw new InvalidDataException($"{what} is outside of the HDF5 file: {length} bytes at {address} of {Length}.");
    }
}
