using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Serialization;

/// <summary>Converts the bytes of a tensor in a file to numbers.</summary>
internal static class TensorBytes
{
    private const int ChunkBytes = 1 << 13;

    /// <summary>Bytes of one number; 0 for <see cref="TensorType.Other"/>.</summary>
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.Float64 or TensorType.Int64 or TensorType.UInt64 => 8,
        TensorType.Float32 or TensorType.Int32 or TensorType.UInt32 => 4,
        TensorType.Float16 or TensorType.BFloat16 or TensorType.Int16 or TensorType.UInt16 => 2,
        TensorType.Int8 or TensorType.UInt8 or TensorType.Boolean => 1,
        _ => 0,
    };

    /// <summary>Whether values of a type may become a model's parameters.</summary>
    public static bool IsFloat(TensorType type) => type is TensorType.Float64 or TensorType.Float32 or TensorType.Float16 or TensorType.BFloat16;

    /// <summary>The type of T, which is float or double.</summary>
    public static TensorType TypeOf<T>() => typeof(T) == typeof(double) ? TensorType.Float64 : TensorType.Float32;

    /// <summary>Reads values at a stream's position.</summary>
    /// <exception cref="InvalidDataException">A finite value is out of T's range.</exception>
    public static void Read<T>(Stream stream, in TensorInfo tensor, bool isBigEndian, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (tensor.Type == TypeOf<T>())
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(target);
            stream.ReadExactly(bytes);
            ToNative(bytes, Unsafe.SizeOf<T>(), isBigEndian);
            return;
        }

        int size = SizeOf(tensor.Type);
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        while (!target.IsEmpty)
        {
            int count = Math.Min(target.Length, ChunkBytes / size);
            stream.ReadExactly(chunk[..(count * size)]);
            Convert(tensor, chunk[..(count * size)], isBigEndian, target[..count]);
            target = target[count..];
        }
    }

    /// <summary>Converts bytes to as many numbers.</summary>
    /// <param name="tensor">The tensor that they are from.</param>
    /// <param name="bytes">The bytes, which are overwritten if the byte order is not the processor's.</param>
    /// <param name="isBigEndian">Their byte order.</param>
    /// <param name="target">Receives the numbers.</param>
    /// <exception cref="InvalidDataException">A finite value is out of T's range.</exception>
    public static void Convert<T>(in TensorInfo tensor, Span<byte> bytes, bool isBigEndian, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ToNative(bytes, SizeOf(tensor.Type), isBigEndian);
        switch (tensor.Type)
        {
            case TensorType.Float64:
                ConvertDoubles(tensor, MemoryMarshal.Cast<byte, double>(bytes), target);
                break;
            case TensorType.Float32:
                ConvertEach<float, T>(bytes, target);
                break;
            case TensorType.Float16:
                ConvertEach<Half, T>(bytes, target);
                break;
            case TensorType.BFloat16:
                // A bfloat16 is the upper half of a float.
                ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
                break;
            case TensorType.Int64:
                ConvertEach<long, T>(bytes, target);
                break;
            case TensorType.Int32:
                ConvertEach<int, T>(bytes, target);
                break;
            case TensorType.Int16:
                ConvertEach<short, T>(bytes, target);
                break;
            case TensorType.Int8:
                ConvertEach<sbyte, T>(bytes, target);
                break;
            case TensorType.UInt64:
                ConvertEach<ulong, T>(bytes, target);
                break;
            case TensorType.UInt32:
                ConvertEach<uint, T>(bytes, target);
                break;
            case TensorType.UInt16:
                ConvertEach<ushort, T>(bytes, target);
                break;
            case TensorType.UInt8:
                ConvertEach<byte, T>(bytes, target);
                break;
            case TensorType.Boolean:
                for (int i = 0; i < target.Length; i++) target[i] = bytes[i] == 0 ? T.Zero : T.One;
                break;
            default:
                throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: its values are of type {ErrorText.Quote(tensor.TypeName)}, which cannot be read.");
        }
    }

    /// <summary>Converts numbers that a type can represent to bytes in little-endian order.</summary>
    /// <param name="type">A type that models are stored in, but for Float64.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="target">Receives the bytes, at its start.</param>
    /// <returns>The part of the target that was written.</returns>
    public static Span<byte> Encode<T>(TensorType type, ReadOnlySpan<T> values, Span<byte> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int size = SizeOf(type);
        for (int i = 0; i < values.Length; i++)
        {
            float value = float.CreateTruncating(values[i]);
            Span<byte> bytes = target.Slice(i * size, size);
            if (type == TensorType.Int8) bytes[0] = (byte)(sbyte)value;
            else if (type == TensorType.BFloat16) BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
            else if (type == TensorType.Float16) BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
            else BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        }

        return target[..(values.Length * size)];
    }

    /// <summary>Converts numbers of a size to the processor's byte order, or back.</summary>
    public static void ToNative(Span<byte> numbers, int size, bool isBigEndian)
    {
        if (isBigEndian != BitConverter.IsLittleEndian) return;
        switch (size)
        {
            case 8:
                Span<ulong> longs = MemoryMarshal.Cast<byte, ulong>(numbers);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            case 4:
                Span<uint> words = MemoryMarshal.Cast<byte, uint>(numbers);
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 2:
                Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(numbers);
                BinaryPrimitives.ReverseEndianness(halves, halves);
                break;
        }
    }

    private static void ConvertEach<TFrom, T>(ReadOnlySpan<byte> bytes, Span<T> target)
        where TFrom : unmanaged, INumber<TFrom>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<TFrom> values = MemoryMarshal.Cast<byte, TFrom>(bytes);
        for (int i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(values[i]);
    }

    /// <summary>The only conversion that can leave T's range.</summary>
    private static void ConvertDoubles<T>(in TensorInfo tensor, ReadOnlySpan<double> values, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = T.CreateTruncating(values[i]);
            if (double.IsFinite(values[i]) && !T.IsFinite(target[i])) throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Name)}: the value {values[i]:R} is out of {typeof(T).Name}'s range.");
        }
    }
}
