using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RnnSharp.Serialization;

namespace RnnSharp.Tests.Serialization;

/// <summary>Model files as bytes, and what tests change in them.</summary>
internal static class ModelBytes
{
    private const string ChecksumKey = "\"rnnsharp.sha256\":\"";
    private const int ChecksumLength = 64;

    /// <summary>The limits do not matter to most tests, and numbers that are not finite are a case of their own.</summary>
    public static readonly ModelSaveOptions AnyNumbers = new() { AllowNonFinite = true };

    public static byte[] Save<T>(ILayer<T> model, ModelSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var stream = new MemoryStream();
        ModelFile.Save(model, stream, options);
        return stream.ToArray();
    }

    public static LoadedModel<T> Load<T>(byte[] file, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ModelFile.Load<T>(new MemoryStream(file), options);

    /// <summary>A safetensors file with a given header and given data, sealed if it has a checksum.</summary>
    public static byte[] Of(string header, params ReadOnlySpan<byte> data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var file = new byte[sizeof(long) + text.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)text.Length);
        text.CopyTo(file, sizeof(long));
        data.CopyTo(file.AsSpan(sizeof(long) + text.Length));
        Seal(file);
        return file;
    }

    public static string HeaderOf(byte[] file) => Encoding.UTF8.GetString(file, sizeof(long), (int)BinaryPrimitives.ReadUInt64LittleEndian(file));

    public static byte[] DataOf(byte[] file) => file[(sizeof(long) + (int)BinaryPrimitives.ReadUInt64LittleEndian(file))..];

    /// <summary>A file with another header, and with the header's length and the checksum that belong to it.</summary>
    public static byte[] WithHeader(byte[] file, Func<string, string> change) => Of(change(HeaderOf(file)), DataOf(file));

    /// <summary>A file with another description of its model.</summary>
    public static byte[] WithDescription(byte[] file, string description) => WithHeader(file, header =>
    {
        using JsonDocument json = JsonDocument.Parse(header);
        string old = json.RootElement.GetProperty("__metadata__").GetProperty("rnnsharp").GetRawText();
        return header.Replace($"\"rnnsharp\":{old}", $"\"rnnsharp\":{JsonSerializer.Serialize(description)}", StringComparison.Ordinal);
    });

    public static string DescriptionOf(byte[] file)
    {
        using JsonDocument json = JsonDocument.Parse(HeaderOf(file));
        return json.RootElement.GetProperty("__metadata__").GetProperty("rnnsharp").GetString()!;
    }

    /// <summary>The tensors of a file, each as its name and what the header has for it.</summary>
    public static string[] TensorsOf(byte[] file)
    {
        using JsonDocument json = JsonDocument.Parse(HeaderOf(file));
        return [.. json.RootElement.EnumerateObject().Where(member => member.Name is not "__metadata__").Select(member => $"{member.Name} {member.Value}")];
    }

    /// <summary>
    /// Writes the checksum that belongs to a file where the file has one: the SHA-256 of all its bytes with zeros for the checksum. It is
    /// computed here from the format's description, not by the library.
    /// </summary>
    public static void Seal(byte[] file)
    {
        int key = file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(ChecksumKey));
        if (key < 0 || key + ChecksumKey.Length + ChecksumLength > file.Length) return;
        Span<byte> checksum = file.AsSpan(key + ChecksumKey.Length, ChecksumLength);
        checksum.Fill((byte)'0');
        byte[] digits = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(file)));
        digits.CopyTo(checksum);
    }
}
