namespace RnnSharp.Onnx.Tests.Import;

/// <summary>
/// Changes protobuf files at random: bytes anywhere, or fields of the messages in it (removed, repeated, moved, with other numbers, types and
/// values), which are then written with the right lengths, so that the change comes past the outer ones.
/// </summary>
internal sealed class ProtobufMutator(Random random)
{
    private static readonly ulong[] Numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 16, 17, 127, 128, 255, 1000, 65535, 65536, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 1];
    private static readonly string[] Texts = ["", "x", "y", "h", "X", "LSTM", "GRU", "RNN", "Gemm", "MatMul", "Add", "Slice", "Concat", "Reshape", "Transpose", "Squeeze", "Expand", "Shape", "Gather", "Constant", "Identity", "Scan", "Loop", "If", "reverse", "bidirectional", "Relu", "axis", "axes", "perm", "value", "clip", "layout", "../../etc/passwd", "location", "rnnsharp.model", "\0", new('9', 300)];

    public byte[] Mutate(byte[] file)
    {
        byte[] changed = file;
        for (int i = random.Next(4) == 0 ? random.Next(1, 5) : 1; i > 0; i--) changed = random.Next(3) == 0 ? ChangeBytes(changed) : ChangeFields(changed);
        return changed;
    }

    /// <summary>
    /// The file with the checksum of its graph in the metadata, where the library wrote one, so that the change comes past it; null if there
    /// is nothing to renew.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="graphBytes">Receives the length of the graph.</param>
    public static byte[]? Resealed(byte[] file, out int graphBytes)
    {
        graphBytes = 0;
        if (Parse(file) is not { } fields || fields.Find(part => part is { Number: Schema.ModelProto.GraphFieldNumber, Type: 2 }) is not { } graph) return null;
        graphBytes = graph.Bytes.Length;
        for (int i = 0; i < fields.Count; i++)
        {
            if (fields[i] is not { Number: Schema.ModelProto.MetadataPropsFieldNumber, Type: 2 } || Parse(fields[i].Bytes) is not { } entry) continue;
            if (entry is not [{ Number: 1, Type: 2 } key, { Number: 2, Type: 2 } value] || !key.Bytes.AsSpan().SequenceEqual("rnnsharp.sha256"u8)) continue;
            entry[1] = value with { Bytes = System.Text.Encoding.ASCII.GetBytes(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(graph.Bytes))) };
            fields[i] = fields[i] with { Bytes = Write(entry) };
            return Write(fields);
        }

        return null;
    }

    private byte[] ChangeBytes(byte[] file)
    {
        if (file.Length == 0) return [1];
        int at = random.Next(file.Length);
        switch (random.Next(5))
        {
            case 0:
                return With(file, at, (byte)(file[at] ^ 1 << random.Next(8)));
            case 1:
                return With(file, at, (byte)random.Next(256));
            case 2:
                return file[..at];
            case 3:
                byte[] inserted = new byte[random.Next(1, 20)];
                random.NextBytes(inserted);
                return [.. file[..at], .. inserted, .. file[at..]];
            default:
                int end = random.Next(at, file.Length);
                return random.Next(2) == 0 ? [.. file[..at], .. file[end..]] : [.. file[..end], .. file[at..]];
        }
    }

    private byte[] ChangeFields(byte[] file)
    {
        if (Parse(file) is not { } fields) return ChangeBytes(file);

        // Down to a random message.
        var path = new List<(List<Part> Message, int Index)>();
        List<Part> message = fields;
        while (true)
        {
            int[] nested = [.. Enumerable.Range(0, message.Count).Where(i => message[i].Type == 2 && message[i].Bytes.Length > 1 && Parse(message[i].Bytes) is not null)];
            if (nested.Length == 0 || random.Next(5) == 0) break;
            int index = nested[random.Next(nested.Length)];
            path.Add((message, index));
            message = Parse(message[index].Bytes)!;
        }

        Change(message);
        for (int i = path.Count - 1; i >= 0; i--)
        {
            (List<Part> outer, int index) = path[i];
            outer[index] = outer[index] with { Bytes = Write(message) };
            message = outer;
        }

        return Write(message);
    }

    private void Change(List<Part> message)
    {
        if (message.Count == 0)
        {
            message.Add(new Part(random.Next(1, 30), 0, Numbers[random.Next(Numbers.Length)], []));
            return;
        }

        int at = random.Next(message.Count), other = random.Next(message.Count);
        Part part = message[at];
        switch (random.Next(9))
        {
            case 0:
                message.RemoveAt(at);
                break;
            case 1:
                message.Insert(random.Next(message.Count + 1), part);
                break;
            case 2:
                (message[at], message[other]) = (message[other], message[at]);
                break;
            case 3:
                message[at] = part with { Number = random.Next(1, 30) };
                break;
            case 4:
                message.InsertRange(at, Enumerable.Repeat(part, random.Next(2, 40)));
                break;
            case 5:
                message[at] = new Part(part.Number, random.Next(2) == 0 ? 0 : part.Type, Numbers[random.Next(Numbers.Length)], part.Bytes);
                break;
            case 6:
                message[at] = new Part(part.Number, 2, 0, System.Text.Encoding.UTF8.GetBytes(Texts[random.Next(Texts.Length)]));
                break;
            case 7:
                byte[] bytes = new byte[random.Next(64)];
                random.NextBytes(bytes);
                message[at] = new Part(part.Number, 2, 0, bytes);
                break;
            default:
                message[at] = message[other] with { Number = part.Number };
                break;
        }
    }

    private static byte[] With(byte[] file, int at, byte value)
    {
        byte[] changed = [.. file];
        changed[at] = value;
        return changed;
    }

    private static List<Part>? Parse(byte[] bytes)
    {
        var parts = new List<Part>();
        int at = 0;
        while (at < bytes.Length)
        {
            if (!Varint(bytes, ref at, out ulong tag) || tag >> 3 is 0 or > 100) return null;
            int type = (int)(tag & 7);
            ulong value = 0;
            int length = type switch { 1 => 8, 5 => 4, 0 or 2 => 0, _ => -1 };
            if (length < 0 || (type is 0 or 2 && !Varint(bytes, ref at, out value))) return null;
            if (type == 2) length = value <= (ulong)(bytes.Length - at) ? (int)value : -1;
            if (length < 0 || length > bytes.Length - at) return null;
            parts.Add(new Part((int)(tag >> 3), type, value, bytes[at..(at + length)]));
            at += length;
        }

        return parts;
    }

    private static bool Varint(byte[] bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; at < bytes.Length && shift < 64; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return true;
        }

        return false;
    }

    private static byte[] Write(List<Part> parts)
    {
        var bytes = new List<byte>();
        foreach (Part part in parts)
        {
            Write(bytes, ((ulong)part.Number << 3) | (uint)part.Type);
            if (part.Type == 0) Write(bytes, part.Value);
            if (part.Type == 2) Write(bytes, (ulong)part.Bytes.Length);
            if (part.Type != 0) bytes.AddRange(part.Bytes);
        }

        return [.. bytes];
    }

    private static void Write(List<byte> target, ulong value)
    {
        for (; value >= 0x80; value >>= 7) target.Add((byte)(value | 0x80));
        target.Add((byte)value);
    }

    /// <summary>A field: a number for type 0, bytes for the others.</summary>
    private sealed record Part(int Number, int Type, ulong Value, byte[] Bytes);
}
