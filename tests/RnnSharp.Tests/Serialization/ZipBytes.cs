using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace RnnSharp.Tests.Serialization;

/// <summary>Writes zip archives byte by byte, each field of which a test can set wrong.</summary>
internal sealed class ZipBytes
{
    private readonly MemoryStream _file = new();
    private readonly MemoryStream _directory = new();
    private int _count;

    /// <summary>Whether 64-bit end records are written.</summary>
    public bool HasEnd64 { get; init; }

    /// <summary>Changes the directory before it is written.</summary>
    public Action<byte[]> ChangeDirectory { get; init; } = static _ => { };

    /// <summary>Changes the end records before they are written.</summary>
    public Action<byte[]> ChangeEnd { get; init; } = static _ => { };

    /// <summary>An archive of stored entries.</summary>
    public static byte[] Of(params (string Name, byte[] Data)[] entries)
    {
        var zip = new ZipBytes();
        foreach ((string name, byte[] data) in entries) zip.Add(name, data);
        return zip.ToArray();
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="data">Its contents before compression.</param>
    /// <param name="deflate">Whether it is compressed.</param>
    /// <param name="flags">General purpose flags; with bit 3 a descriptor follows the data.</param>
    /// <param name="extra">Extra fields of both headers.</param>
    /// <param name="length">The length in both headers, if it is a wrong one.</param>
    /// <param name="local">Changes the local header, with name and extra fields.</param>
    /// <param name="central">Changes the directory's entry.</param>
    /// <param name="raw">The compressed data, if it is not what deflate gives.</param>
    public ZipBytes Add(string name, byte[] data, bool deflate = false, int flags = 0, byte[]? extra = null, long? length = null, Action<byte[]>? local = null, Action<byte[]>? central = null, byte[]? raw = null)
    {
        byte[] packed = raw ?? (deflate ? Deflate(data) : data);
        byte[] encoded = Encoding.UTF8.GetBytes(name);
        extra ??= [];
        uint offset = (uint)_file.Length;
        bool hasDescriptor = (flags & 8) != 0;
        uint crc = Crc(data), size = (uint)(length ?? data.Length);
        byte[] header = [.. Bytes(0x04034B50u), .. Bytes((ushort)20), .. Bytes((ushort)flags), .. Bytes((ushort)(deflate ? 8 : 0)), 0, 0, 0, 0, .. Bytes(hasDescriptor ? 0 : crc), .. Bytes(hasDescriptor ? 0 : (uint)packed.Length), .. Bytes(hasDescriptor ? 0 : size), .. Bytes((ushort)encoded.Length), .. Bytes((ushort)extra.Length), .. encoded, .. extra];
        local?.Invoke(header);
        _file.Write(header);
        _file.Write(packed);
        if (hasDescriptor) _file.Write([.. Bytes(0x08074B50u), .. Bytes(crc), .. Bytes((uint)packed.Length), .. Bytes(size)]);
        byte[] entry = [.. Bytes(0x02014B50u), 20, 0, 20, 0, .. Bytes((ushort)flags), .. Bytes((ushort)(deflate ? 8 : 0)), 0, 0, 0, 0, .. Bytes(crc), .. Bytes((uint)packed.Length), .. Bytes(size), .. Bytes((ushort)encoded.Length), .. Bytes((ushort)extra.Length), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. Bytes(offset), .. encoded, .. extra];
        central?.Invoke(entry);
        _directory.Write(entry);
        _count++;
        return this;
    }

    /// <summary>Adds bytes that belong to no entry.</summary>
    public ZipBytes AddHole(params byte[] bytes)
    {
        _file.Write(bytes);
        return this;
    }

    public byte[] ToArray()
    {
        byte[] directory = _directory.ToArray();
        ChangeDirectory(directory);
        uint start = (uint)_file.Length;
        byte[] end = [];
        if (HasEnd64)
        {
            end = [.. Bytes(0x06064B50u), .. Bytes(44UL), 45, 0, 45, 0, .. new byte[8], .. Bytes((ulong)_count), .. Bytes((ulong)_count), .. Bytes((ulong)directory.Length), .. Bytes((ulong)start), .. Bytes(0x07064B50u), 0, 0, 0, 0, .. Bytes((ulong)(start + directory.Length)), 1, 0, 0, 0];
        }

        end = [.. end, .. Bytes(0x06054B50u), 0, 0, 0, 0, .. Bytes((ushort)_count), .. Bytes((ushort)_count), .. Bytes((uint)directory.Length), .. Bytes(start), 0, 0];
        ChangeEnd(end);
        return [.. _file.ToArray(), .. directory, .. end];
    }

    public static byte[] Deflate(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize)) deflate.Write(data);
        return packed.ToArray();
    }

    public static byte[] Bytes(ushort value) => [(byte)value, (byte)(value >> 8)];

    public static byte[] Bytes(uint value) => [.. Bytes((ushort)value), .. Bytes((ushort)(value >> 16))];

    public static byte[] Bytes(ulong value) => [.. Bytes((uint)value), .. Bytes((uint)(value >> 32))];

    /// <summary>The checksum bit by bit, from its definition.</summary>
    public static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    public static void Set(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
}
