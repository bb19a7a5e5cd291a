using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RnnSharp.Keras.Tests.Fuzz;

/// <summary>Random changes of files.</summary>
internal static class Mutations
{
    private static readonly long[] Numbers = [0, 1, 2, 3, 4, 8, 16, 64, 255, 1000, 65_535, 65_536, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue, -1, -2];
    private static readonly string[] Values = ["0", "1", "2", "3", "-1", "1.5", "1e999", "2147483647", "2147483648", "1e10", "null", "true", "false", "[]", "{}", "\"\"", "\"LSTM\"", "\"GRU\"", "\"Dense\"", "\"Embedding\"", "\"LayerNormalization\"", "\"Bidirectional\"", "\"TimeDistributed\"", "\"softmax\"", "\"relu\"", "\"float16\"", "\"uint8\"", "\"../x\"", "[null,null,3]", "[[[]]]", "{\"class_name\":\"Dense\",\"config\":{\"units\":2}}"];

    /// <summary>Changes bytes of a binary file, mostly where it has structures and not only zeros.</summary>
    public static byte[] Bytes(byte[] file, Random random)
    {
        byte[] changed = [.. file];
        for (int i = random.Next(4) == 0 ? random.Next(1, 5) : 1; i > 0; i--)
        {
            int at = random.Next(changed.Length);
            for (int tries = 0; changed[at] == 0 && tries < 8; tries++) at = random.Next(changed.Length);
            switch (random.Next(7))
            {
                case 0:
                    changed[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 2:
                    Write(changed, at & ~7, sizeof(long), Numbers[random.Next(Numbers.Length)]);
                    break;
                case 3:
                    Write(changed, at & ~3, sizeof(int), Numbers[random.Next(Numbers.Length)]);
                    break;
                case 4:
                    // An address or size of another place.
                    int other = random.Next(changed.Length) & ~7;
                    if (other + 8 <= changed.Length) Write(changed, at & ~7, sizeof(long), BinaryPrimitives.ReadInt64LittleEndian(changed.AsSpan(other)));
                    break;
                case 5:
                    Write(changed, at & ~7, sizeof(long), random.Next(changed.Length));
                    break;
                default:
                    if (random.Next(8) == 0) return changed[..at];
                    Write(changed, at & ~7, sizeof(long), BinaryPrimitives.ReadInt64LittleEndian(Padded(changed, at & ~7)) + random.Next(-9, 10));
                    break;
            }
        }

        return changed;
    }

    /// <summary>Changes a JSON text: as text, or the value, name or place of something in it.</summary>
    public static byte[] Json(byte[] text, Random random)
    {
        if (random.Next(6) == 0) return Bytes(text, random);
        JsonNode root = JsonNode.Parse(text)!;
        var nodes = new List<JsonNode>();
        Collect(root, nodes);
        for (int i = random.Next(4) == 0 ? random.Next(1, 4) : 1; i > 0; i--) Change(nodes[random.Next(nodes.Count)], nodes, random);
        byte[] changed = Encoding.UTF8.GetBytes(root.ToJsonString());
        if (random.Next(10) != 0) return changed;

        // A member or item twice.
        int at = Array.IndexOf(changed, (byte)',', random.Next(changed.Length)), end = at < 0 ? -1 : Array.IndexOf(changed, (byte)',', at + 1);
        return end < 0 ? changed : [.. changed[..at], .. changed[at..end], .. changed[at..]];
    }

    private static void Change(JsonNode container, List<JsonNode> nodes, Random random)
    {
        if (container is JsonObject { Count: > 0 } members)
        {
            string name = members.ElementAt(random.Next(members.Count)).Key;
            switch (random.Next(5))
            {
                case 0:
                    members.Remove(name);
                    break;
                case 1:
                    JsonNode? value = members[name]?.DeepClone();
                    members.Remove(name);
                    members[$"{name}_"] = value;
                    break;
                default:
                    members[name] = Value(members[name], nodes, random);
                    break;
            }
        }
        else if (container is JsonArray { Count: > 0 } items)
        {
            int at = random.Next(items.Count);
            if (random.Next(4) == 0) items.RemoveAt(at);
            else if (random.Next(3) == 0) items.Insert(at, items[at]?.DeepClone());
            else items[at] = Value(items[at], nodes, random);
        }
    }

    private static JsonNode? Value(JsonNode? old, List<JsonNode> nodes, Random random) => random.Next(8) switch
    {
        0 => nodes[random.Next(nodes.Count)].DeepClone(),
        1 when old is JsonValue number && number.GetValueKind() == JsonValueKind.Number && number.TryGetValue(out long whole) => unchecked(whole + random.Next(-2, 3)),
        2 when old is JsonValue flag && flag.GetValueKind() is JsonValueKind.True or JsonValueKind.False => !old.GetValue<bool>(),
        _ => JsonNode.Parse(Values[random.Next(Values.Length)]),
    };

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is JsonObject or JsonArray) nodes.Add(node);
        if (node is JsonObject members) foreach ((_, JsonNode? value) in members) Collect(value, nodes);
        else if (node is JsonArray items) foreach (JsonNode? value in items) Collect(value, nodes);
    }

    private static void Write(byte[] file, int at, int size, long value)
    {
        for (int i = 0; i < size && at + i < file.Length; i++) file[at + i] = (byte)(value >> (8 * i));
    }

    private static byte[] Padded(byte[] file, int at)
    {
        byte[] bytes = new byte[sizeof(long)];
        file.AsSpan(at, Math.Min(bytes.Length, file.Length - at)).CopyTo(bytes);
        return bytes;
    }
}
