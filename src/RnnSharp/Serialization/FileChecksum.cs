using System.Security.Cryptography;

namespace RnnSharp.Serialization;

/// <summary>
/// The SHA-256 of a whole model file (prefix, header and data) in lowercase hexadecimal digits. It is stored in the file's metadata, and is
/// computed with zeros in its own place.
/// </summary>
internal static class FileChecksum
{
    /// <summary>The number of hexadecimal digits.</summary>
    public const int Length = 2 * SHA256.HashSizeInBytes;

    private const byte Zero = (byte)'0';

    /// <summary>A checksum of zeros.</summary>
    public static readonly string Placeholder = new((char)Zero, Length);

    /// <summary>Starts with the prefix and the header of a file, ignoring the digits in the checksum's place.</summary>
    public static IncrementalHash Begin(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> header, int place)
    {
        Span<byte> zeros = stackalloc byte[Length];
        zeros.Fill(Zero);
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(prefix);
        hash.AppendData(header[..place]);
        hash.AppendData(zeros);
        hash.AppendData(header[(place + Length)..]);
        return hash;
    }

    /// <summary>Writes the digits, in ASCII.</summary>
    public static void Write(IncrementalHash hash, Span<byte> digits)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetCurrentHash(bytes);
        Convert.TryToHexStringLower(bytes, digits, out _);
    }
}
