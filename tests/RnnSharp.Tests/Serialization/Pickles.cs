using System.Buffers.Binary;
using System.Text;

namespace RnnSharp.Tests.Serialization;

/// <summary>Writes archives of PyTorch opcode by opcode, each of which a test can set wrong.</summary>
internal static class Pickles
{
    /// <summary>An archive with a pickle, the storage 0 of 12 floats, and version 3.</summary>
    public static byte[] Archive(byte[] pickle) => ZipBytes.Of(("a/data.pkl", pickle), ("a/data/0", Storage), ("a/version", "3\n"u8.ToArray()));

    /// <summary>The numbers 0 to 11.</summary>
    public static byte[] Storage { get; } = [.. Enumerable.Range(0, 12).SelectMany(i => BitConverter.GetBytes((float)i))];

    /// <summary>A pickle of protocol 2.</summary>
    public static byte[] Of(params byte[][] opcodes) => [0x80, 2, .. opcodes.SelectMany(code => code), (byte)'.'];

    /// <summary>A pickle of a dictionary with one value called w.</summary>
    public static byte[] Dictionary(params byte[][] value) => Of([Code('}'), Word("w"), .. value, Code('s')]);

    public static byte[] Code(params char[] opcodes) => [.. opcodes.Select(opcode => (byte)opcode)];

    public static byte[] Global(string module, string name) => Encoding.UTF8.GetBytes($"c{module}\n{name}\n");

    public static byte[] Word(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return [(byte)'X', .. BitConverter.GetBytes(utf8.Length), .. utf8];
    }

    public static byte[] Number(long value)
    {
        var bytes = new byte[10];
        bytes[0] = 0x8A;
        bytes[1] = 8;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(2), value);
        return bytes;
    }

    public static byte[] Tuple(params byte[][] items) => [(byte)'(', .. items.SelectMany(item => item), (byte)'t'];

    public static byte[] Numbers(params long[] values) => Tuple([.. values.Select(Number)]);

    public static byte[] Persistent(string key = "0", long count = 12, string type = "FloatStorage", string module = "torch") =>
        [.. Tuple(Word("storage"), Global(module, type), Word(key), Word("cpu"), Number(count)), (byte)'Q'];

    /// <summary>A tensor of 2 x 3 values of the storage.</summary>
    public static byte[] Tensor(byte[]? storage = null, long offset = 0, long[]? size = null, long[]? strides = null) =>
        [.. Global("torch._utils", "_rebuild_tensor_v2"), .. Tuple(storage ?? Persistent(), Number(offset), Numbers(size ?? [2, 3]), Numbers(strides ?? [3, 1]), [0x89], Empty), (byte)'R'];

    /// <summary>An empty OrderedDict.</summary>
    public static byte[] Empty { get; } = [.. Global("collections", "OrderedDict"), (byte)')', (byte)'R'];
}
