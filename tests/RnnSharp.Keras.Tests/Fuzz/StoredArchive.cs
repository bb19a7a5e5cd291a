using System.Buffers.Binary;
using System.Text;
using RnnSharp.Serialization;

namespace RnnSharp.Keras.Tests.Fuzz;

/// <summary>Writes .keras archives without compression, faster than <see cref="System.IO.Compression.ZipArchive"/>.</summary>
internal static class StoredArchive
{
    private const int LocalBytes = 30;
    private const int CentralBytes = 46;
    private const int EndBytes = 22;

    private static readonly byte[][] Names = [.. new[] { "metadata.json", "config.json", "model.weights.h5" }.Select(Encoding.ASCII.GetBytes)];

    public static byte[] Of(params ReadOnlySpan<byte[]> contents)
    {
        int data = 0, central = 0;
        for (int i = 0; i < contents.Length; i++)
        {
            data += LocalBytes + Names[i].Length + contents[i].Length;
            central += CentralBytes + Names[i].Length;
        }

        byte[] archive = new byte[data + central + EndBytes];
        int at = 0, entry = data;
        for (int i = 0; i < contents.Length; i++)
        {
            uint crc = ZipCrc32.Append(0, contents[i]);
            Span<byte> header = archive.AsSpan(entry);
            Write(header, 0, 0x02014b50);
            header[4] = header[6] = 20;
            Sizes(header[16..], crc, contents[i].Length, Names[i].Length);
            Write(header, 42, (uint)at);
            Names[i].CopyTo(header[CentralBytes..]);
            entry += CentralBytes + Names[i].Length;
            Span<byte> local = archive.AsSpan(at);
            Write(local, 0, 0x04034b50);
            local[4] = 20;
            Sizes(local[14..], crc, contents[i].Length, Names[i].Length);
            Names[i].CopyTo(local[LocalBytes..]);
            contents[i].CopyTo(local[(LocalBytes + Names[i].Length)..]);
            at += LocalBytes + Names[i].Length + contents[i].Length;
        }

        Span<byte> end = archive.AsSpan(entry);
        Write(end, 0, 0x06054b50);
        end[8] = end[10] = (byte)contents.Length;
        Write(end, 12, (uint)central);
        Write(end, 16, (uint)data);
        return archive;
    }

    private static void Sizes(Span<byte> target, uint crc, int length, int name)
    {
        Write(target, 0, crc);
        Write(target, 4, (uint)length);
        Write(target, 8, (uint)length);
        target[12] = (byte)name;
    }

    private static void Write(Span<byte> target, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(target[at..], value);
}
