using System.Numerics;

namespace RnnSharp.Keras;

/// <summary>The checksum of newer HDF5 structures: Bob Jenkins' lookup3 (2006, public domain) with an initial value of 0.</summary>
internal static class Hdf5Checksum
{
    private const int Block = 12;
    private const uint Seed = 0xdeadbeef;

    public static void Require(ReadOnlySpan<byte> bytes, uint expected, object what)
    {
        if (Of(bytes) != expected) throw new InvalidDataException($"{what} of the HDF5 file has a wrong checksum: the file is damaged.");
    }

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint a = Seed + (uint)bytes.Length, b = a, c = a;
        while (bytes.Length > Block)
        {
            Add(bytes, ref a, ref b, ref c);
            a = (a - c) ^ BitOperations.RotateLeft(c, 4);
            c += b;
            b = (b - a) ^ BitOperations.RotateLeft(a, 6);
            a += c;
            c = (c - b) ^ BitOperations.RotateLeft(b, 8);
            b += a;
            a = (a - c) ^ BitOperations.RotateLeft(c, 16);
            c += b;
            b = (b - a) ^ BitOperations.RotateLeft(a, 19);
            a += c;
            c = (c - b) ^ BitOperations.RotateLeft(b, 4);
            b += a;
            bytes = bytes[Block..];
        }

        if (bytes.IsEmpty) return c;
        Span<byte> last = stackalloc byte[Block];
        last.Clear();
        bytes.CopyTo(last);
        Add(last, ref a, ref b, ref c);
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        c = (c ^ b) - BitOperations.RotateLeft(b, 24);
        return c;
    }

    private static void Add(ReadOnlySpan<byte> bytes, ref uint a, ref uint b, ref uint c)
    {
        a += Hdf5Stream.UInt32(bytes);
        b += Hdf5Stream.UInt32(bytes[sizeof(uint)..]);
        c += Hdf5Stream.UInt32(bytes[(2 * sizeof(uint))..]);
    }
}
