using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using RnnSharp.Tests.Serialization;

namespace RnnSharp.Tests.Fuzz;

/// <summary>
/// Changes model files at random: bits and bytes anywhere, or the fields of the header and of the description in it, which are then
/// written with the right length and usually the right checksum, so that the change comes past both.
/// </summary>
internal sealed class ModelFileMutator(Random random)
{
    private const int Prefix = sizeof(long);

    private static readonly string[] Numbers = ["0", "1", "2", "3", "7", "-1", "1.5", "1e0", "1e999", "-0", "2147483647", "2147483648", "-2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "100000", "65536", "0.5", "1e-60"];
    private static readonly string[] Texts = ["", "F16", "BF16", "F32", "F64", "I8", "dense", "lstm", "gru", "rnn", "stack", "feedback", "reverse", "residual", "tanh", "relu", "weight", "0.weight", "bias", "layers", "kind", "__metadata__", "rnnsharp", "rnnsharp.sha256", "merged", "none", "separate", "\ud800", "\0", new string('9', 300)];
    private static readonly byte[] Bytes = [0, 1, 0x7f, 0x80, 0xff, (byte)'"', (byte)'{', (byte)'}', (byte)'[', (byte)']', (byte)',', (byte)':', (byte)'0', (byte)'9', (byte)'-', (byte)'\\', (byte)' '];

    /// <summary>A changed copy of a file.</summary>
    /// <param name="file">A file, or another one that has been changed.</param>
    /// <param name="isSealed">Whether the checksum was computed again after the change.</param>
    public byte[] Mutate(byte[] file, out bool isSealed)
    {
        isSealed = random.Next(8) != 0;
        byte[] changed = file;
        for (int i = random.Next(4) == 0 ? random.Next(1, 5) : 1; i > 0; i--)
        {
            changed = random.Next(3) == 0 ? ChangeBytes(changed) : ChangeHeader(changed);
        }

        if (isSealed) ModelBytes.Seal(changed);
        return changed;
    }

    private byte[] ChangeBytes(byte[] file)
    {
        if (file.Length == 0) return [1];
        int at = random.Next(file.Length);
        switch (random.Next(6))
        {
            case 0:
                return With(file, at, (byte)(file[at] ^ 1 << random.Next(8)));
            case 1:
                return With(file, at, Bytes[random.Next(Bytes.Length)]);
            case 2:
                return file[..at];
            case 3:
                var inserted = new byte[random.Next(1, 20)];
                random.NextBytes(inserted);
                return [.. file[..at], .. inserted, .. file[at..]];
            case 4:
                int end = random.Next(at, file.Length);
                return random.Next(2) == 0 ? [.. file[..at], .. file[end..]] : [.. file[..end], .. file[at..]];
            default:
                return With(file, random.Next(Math.Min(Prefix, file.Length)), (byte)random.Next(256));
        }
    }

    private byte[] ChangeHeader(byte[] file)
    {
        if (!TryHeader(file, out JsonObject? header, out byte[] data)) return ChangeBytes(file);
        if (random.Next(2) == 0 && header["__metadata__"] is JsonObject metadata && metadata["rnnsharp"] is JsonValue text && text.TryGetValue(out string? json) && TryParse(json, out JsonObject? description))
        {
            metadata["rnnsharp"] = Changed(description);
            return Write(header.ToJsonString(), data);
        }

        if (random.Next(4) == 0 && data.Length > 0) return Write(header.ToJsonString(), With(data, random.Next(data.Length), random.Next(2) == 0 ? (byte)0xff : (byte)random.Next(256)));
        return Write(Changed(header), data);
    }

    /// <summary>The text of an object with one change somewhere in it.</summary>
    private string Changed(JsonObject root)
    {
        var containers = new List<JsonNode>();
        Collect(root, containers);
        JsonNode container = containers[random.Next(containers.Count)];
        string? before = null;
        if (container is JsonObject { Count: > 0 } members)
        {
            string name = members.ElementAt(random.Next(members.Count)).Key;
            switch (random.Next(6))
            {
                case 0:
                    members.Remove(name);
                    break;
                case 1:
                    string other = members.ElementAt(random.Next(members.Count)).Key;
                    (JsonNode? one, JsonNode? two) = (members[name]?.DeepClone(), members[other]?.DeepClone());
                    members[name] = two;
                    members[other] = one;
                    break;
                case 2:
                    JsonNode? value = members[name]?.DeepClone();
                    members.Remove(name);
                    members[Texts[random.Next(Texts.Length - 3)]] = value;
                    break;
                case 3:
                    before = $"{JsonSerializer.Serialize(name)}:{members[name]?.ToJsonString() ?? "null"}";
                    break;
                default:
                    members[name] = Value(members[name], containers);
                    break;
            }
        }
        else if (container is JsonArray { Count: > 0 } items)
        {
            int at = random.Next(items.Count);
            if (random.Next(4) == 0) items.RemoveAt(at);
            else if (random.Next(3) == 0) items.Insert(at, items[at]?.DeepClone());
            else items[at] = Value(items[at], containers);
        }

        string text = root.ToJsonString();
        int place = before is null ? -1 : text.IndexOf(before, StringComparison.Ordinal);
        return place < 0 ? text : text.Insert(place, before + ",");
    }

    private JsonNode? Value(JsonNode? old, List<JsonNode> containers) => random.Next(10) switch
    {
        0 => null,
        1 => containers[random.Next(containers.Count)].DeepClone(),
        2 => new JsonArray(),
        3 => random.Next(2) == 0,
        4 or 5 => TextOrOther(),
        6 when old is JsonValue number && number.TryGetValue(out long whole) => unchecked(whole + random.Next(-2, 3)),
        _ => JsonNode.Parse(Numbers[random.Next(Numbers.Length)]),
    };

    private JsonNode TextOrOther()
    {
        string text = Texts[random.Next(Texts.Length)];
        return text is "\ud800" ? JsonValue.Create(random.Next().ToString(CultureInfo.InvariantCulture)) : JsonValue.Create(text);
    }

    private static void Collect(JsonNode? node, List<JsonNode> containers)
    {
        if (node is JsonObject members)
        {
            containers.Add(node);
            foreach ((_, JsonNode? value) in members) Collect(value, containers);
        }
        else if (node is JsonArray items)
        {
            containers.Add(node);
            foreach (JsonNode? value in items) Collect(value, containers);
        }
    }

    private static bool TryHeader(byte[] file, out JsonObject header, out byte[] data)
    {
        (header, data) = ([], []);
        if (file.Length < Prefix) return false;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (length > (ulong)(file.Length - Prefix)) return false;
        data = file[(Prefix + (int)length)..];
        return TryParse(Encoding.UTF8.GetString(file, Prefix, (int)length), out header!);
    }

    private static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out JsonObject? parsed)
    {
        parsed = null;
        try
        {
            parsed = JsonNode.Parse(text) as JsonObject;
            Collect(parsed, []); // finds names that are there twice, however deep
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            parsed = null;
        }

        return parsed is not null;
    }

    private byte[] Write(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var file = new byte[Prefix + text.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, (ulong)text.Length);
        text.CopyTo(file, Prefix);
        data.CopyTo(file, Prefix + text.Length);
        return file;
    }

    private static byte[] With(byte[] file, int at, byte value)
    {
        byte[] copy = [.. file];
        copy[at] = value;
        return copy;
    }
}
