using System.Buffers.Binary;

namespace RnnSharp.Keras.Tests.Fuzz;

/// <summary>The structures of an HDF5 file that end in a checksum.</summary>
internal sealed class Hdf5Seals
{
    private const int Longest = 1024;

    private static readonly byte[][] Signatures = [Hdf5File.Signature.ToArray(), "OHDR"u8.ToArray(), "OCHK"u8.ToArray(), "FRHP"u8.ToArray(), "FHIB"u8.ToArray(), "FHDB"u8.ToArray(), "BTHD"u8.ToArray(), "BTLF"u8.ToArray(), "BTIN"u8.ToArray()];

    private readonly List<(int Start, int Length)> _sealed = [];

    public Hdf5Seals(byte[] file)
    {
        for (int start = 0; start + 8 < file.Length; start++)
        {
            if (!Array.Exists(Signatures, signature => file.AsSpan(start).StartsWith(signature))) continue;
            for (int length = 8; length < Math.Min(Longest, file.Length - start - sizeof(uint)); length++)
            {
                if (Hdf5Checksum.Of(file.AsSpan(start, length)) != BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(start + length))) continue;
                _sealed.Add((start, length));
                break;
            }
        }
    }

    public int Count => _sealed.Count;

    /// <summary>Computes the checksums again.</summary>
    public void Renew(byte[] file)
    {
        foreach ((int start, int length) in _sealed)
        {
            if (start + length + sizeof(uint) <= file.Length) BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(start + length), Hdf5Checksum.Of(file.AsSpan(start, length)));
        }
    }
}
