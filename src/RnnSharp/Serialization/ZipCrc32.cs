using System.Buffers.Binary;

namespace RnnSharp.Serialization;

/// <summary>The CRC-32 of zip archives (polynomial 0x04C11DB7, bits reversed), eight bytes at a time.</summary>
internal static class ZipCrc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Slices = 8;
    private const int Bytes = 256;

    // Entry [256 k + b] is the remainder of byte b followed by k zeros.
    private static readonly uint[] Table = CreateTable();

    /// <summary>Continues a checksum, which starts at 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<uint> table = Table;
        crc = ~crc;
        while (bytes.Length >= Slices)
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = table[(int)(7 * Bytes + (low & 0xFF))] ^ table[(int)(6 * Bytes + (low >> 8 & 0xFF))]
                ^ table[(int)(5 * Bytes + (low >> 16 & 0xFF))] ^ table[(int)(4 * Bytes + (low >> 24))]
                ^ table[(int)(3 * Bytes + (high & 0xFF))] ^ table[(int)(2 * Bytes + (high >> 8 & 0xFF))]
                ^ table[(int)(Bytes + (high >> 16 & 0xFF))] ^ table[(int)(high >> 24)];
            bytes = bytes[Slices..];
        }

        foreach (byte value in bytes) crc = table[(int)((crc ^ value) & 0xFF)] ^ crc >> 8;
        return ~crc;
    }

    private static uint[] CreateTable()
    {
        var table = new uint[Slices * Bytes];
        for (uint i = 0; i < Bytes; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : crc >> 1 ^ Polynomial;
            table[i] = crc;
        }

        for (int i = Bytes; i < table.Length; i++) table[i] = table[i - Bytes] >> 8 ^ table[(int)(table[i - Bytes] & 0xFF)];
        return table;
    }
}
