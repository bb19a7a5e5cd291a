using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace RnnSharp.Serving;

/// <summary>
/// A session as bytes. All numbers are little-endian:
/// <code>
/// 8 bytes   "RnnSessn"
/// uint16    version, 1
/// uint16    bytes per value: 4 for float, 8 for double
/// int32     features of the output
/// 32 bytes  SHA-256 of the description of the model's layers (ModelFile.Describe)
/// int64     steps made
/// values    the output of the last step; zeros before the first
/// bytes     the state, in the format of State.ToBytes
/// 32 bytes  SHA-256 of everything before
/// </code>
/// </summary>
internal static class SessionBytes
{
    private const ushort FormatVersion = 1;

    // More than any session makes, and so few that a count never overflows.
    private const long MostSteps = long.MaxValue / 2;

    private const int VersionAt = 8;
    private const int ValueSizeAt = 10;
    private const int OutputSizeAt = 12;
    private const int ModelAt = 16;
    private const int StepsAt = ModelAt + SHA256.HashSizeInBytes;
    private const int OutputAt = StepsAt + sizeof(long);

    private static ReadOnlySpan<byte> Magic => "RnnSessn"u8;

    /// <summary>What a session's bytes say of the model that they belong to.</summary>
    public static byte[] Fingerprint(string description) => SHA256.HashData(Encoding.UTF8.GetBytes(description));

    public static byte[] Write<T>(ReadOnlySpan<byte> fingerprint, long steps, ReadOnlySpan<T> output, State<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        byte[] bytes = new byte[Length(output.Length, state)];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(VersionAt), FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(ValueSizeAt), (ushort)Unsafe.SizeOf<T>());
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(OutputSizeAt), output.Length);
        fingerprint.CopyTo(bytes.AsSpan(ModelAt));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(StepsAt), steps);
        int at = OutputAt;
        foreach (T value in output) at += WriteValue(value, bytes.AsSpan(at));
        at += state.WriteTo(bytes.AsSpan(at));
        SHA256.HashData(bytes.AsSpan(0, at), bytes.AsSpan(at));
        return bytes;
    }

    /// <summary>Reads the bytes of a session, which may be hostile, into a new state. Only memory of the expected length is read.</summary>
    /// <exception cref="InvalidDataException">They are not a session, are damaged, or are of another model. Nothing is changed.</exception>
    public static long Read<T>(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> fingerprint, Span<T> output, State<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (bytes.Length < OutputAt || !bytes.StartsWith(Magic)) throw new InvalidDataException("Expected the bytes of a session, got something else.");
        int version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[VersionAt..]);
        if (version != FormatVersion) throw new InvalidDataException($"Expected a session of version {FormatVersion}, got version {version}.");
        int size = BinaryPrimitives.ReadUInt16LittleEndian(bytes[ValueSizeAt..]);
        if (size != Unsafe.SizeOf<T>()) throw new InvalidDataException($"Expected values of {Unsafe.SizeOf<T>()} bytes ({typeof(T).Name}), got {size}.");
        if (!bytes.Slice(ModelAt, SHA256.HashSizeInBytes).SequenceEqual(fingerprint)) throw new InvalidDataException("Expected a session of this model, got one of a model with other layers.");
        int outputs = BinaryPrimitives.ReadInt32LittleEndian(bytes[OutputSizeAt..]);
        if (outputs != output.Length) throw new InvalidDataException($"Expected an output of {output.Length} features, got {outputs}.");
        if (bytes.Length != Length(output.Length, state)) throw new InvalidDataException($"Expected {Length(output.Length, state)} bytes, got {bytes.Length}.");
        int end = bytes.Length - SHA256.HashSizeInBytes;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..end], hash);
        if (!hash.SequenceEqual(bytes[end..])) throw new InvalidDataException("The bytes of the session are damaged: their checksum differs.");
        long steps = BinaryPrimitives.ReadInt64LittleEndian(bytes[StepsAt..]);
        if (steps is < 0 or > MostSteps) throw new InvalidDataException($"Expected 0 to {MostSteps} steps, got {steps}.");
        ReadOnlySpan<byte> values = bytes.Slice(OutputAt, output.Length * size);
        for (int i = 0; i < output.Length; i++) output[i] = ReadValue<T>(values[(i * size)..]);
        state.ReadExample(0, bytes[(OutputAt + values.Length)..end]);
        if (!Finite.All<T>(output) || !state.Leaves.All(leaf => Finite.All<T>(leaf.Values))) throw new InvalidDataException("Expected a session of finite numbers, got NaN or infinity.");
        return steps;
    }

    private static int Length<T>(int outputs, State<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => checked(OutputAt + outputs * Unsafe.SizeOf<T>() + state.ByteCount + SHA256.HashSizeInBytes);

    private static int WriteValue<T>(T value, Span<byte> target)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) BinaryPrimitives.WriteSingleLittleEndian(target, (float)(object)value);
        else BinaryPrimitives.WriteDoubleLittleEndian(target, (double)(object)value);
        return Unsafe.SizeOf<T>();
    }

    private static T ReadValue<T>(ReadOnlySpan<byte> source)
        where T : unmanaged => typeof(T) == typeof(float)
        ? (T)(object)BinaryPrimitives.ReadSingleLittleEndian(source)
        : (T)(object)BinaryPrimitives.ReadDoubleLittleEndian(source);
}
