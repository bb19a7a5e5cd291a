using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace RnnSharp.Extensions.Tests;

/// <summary>A model file with other text in its header, and with the length and the checksum that belong to it.</summary>
internal static class ChangedFile
{
    private const string ChecksumKey = "\"rnnsharp.sha256\":\"";
    private const int ChecksumLength = 64;

    public static byte[] Of(byte[] file, string from, string to)
    {
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        string header = Encoding.UTF8.GetString(file, sizeof(ulong), length);
        if (!header.Contains(from, StringComparison.Ordinal)) throw new ArgumentException($"Expected a text of the header, got {from}.", nameof(from));
        byte[] text = Encoding.UTF8.GetBytes(header.Replace(from, to, StringComparison.Ordinal));
        byte[] changed = [.. new byte[sizeof(ulong)], .. text, .. file[(sizeof(ulong) + length)..]];
        BinaryPrimitives.WriteUInt64LittleEndian(changed, (ulong)text.Length);

        // The SHA-256 of all bytes with zeros for the checksum.
        Span<byte> checksum = changed.AsSpan(changed.AsSpan().IndexOf(Encoding.ASCII.GetBytes(ChecksumKey)) + ChecksumKey.Length, ChecksumLength);
        checksum.Fill((byte)'0');
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(changed))).CopyTo(checksum);
        return changed;
    }
}
