using System.Globalization;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>Reads the shapes and element types of HDF5 datasets and attributes.</summary>
internal static class Hdf5Types
{
    private const int MaxRank = 32;
    private const int FloatBytes = 20;

    private enum TypeClass
    {
        Integer = 0,
        Float = 1,
        Text = 3,
        Enumeration = 8,
        Variable = 9,
    }

    // Little-endian IEEE types, without the class and version: bit fields, size, offset, precision, exponent, mantissa, bias.
    private static ReadOnlySpan<byte> Half => [0x20, 15, 0, 2, 0, 0, 0, 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0];

    private static ReadOnlySpan<byte> Single => [0x20, 31, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0];

    private static ReadOnlySpan<byte> Double => [0x20, 63, 0, 8, 0, 0, 0, 0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0];

    /// <summary>The sizes of a dataspace; empty for a single element.</summary>
    public static long[] Shape(ReadOnlySpan<byte> message, object what)
    {
        const int Null = 2;
        var fields = new Hdf5Fields(message, what);
        int version = fields.Version(1, 2), rank = fields.Byte();
        fields.Skip(1);
        if (version == 1) fields.Skip(5);
        else if (fields.Byte() == Null) return [0];
        if (rank > MaxRank) throw new InvalidDataException($"{what} of the HDF5 file has {rank} dimensions.");
        var shape = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            ulong size = fields.UInt64();
            shape[i] = size <= long.MaxValue ? (long)size : throw new InvalidDataException($"{what} of the HDF5 file has a size of {size}.");
        }

        return shape;
    }

    /// <summary>The number of elements; saturates.</summary>
    public static ulong Count(ReadOnlySpan<long> shape)
    {
        UInt128 count = 1;
        foreach (long size in shape)
        {
            count *= (ulong)size;
            if (count > long.MaxValue) count = shape.Contains(0) ? 0 : (UInt128)long.MaxValue;
        }

        return (ulong)count;
    }

    /// <summary>The number type of a dataset, little-endian.</summary>
    public static TensorType Number(ReadOnlySpan<byte> message, object what)
    {
        Hdf5Fields fields = Open(message, what, out TypeClass type, out uint bits, out uint size);
        const uint BigEndian = 0x01, Signed = 0x08;
        if ((bits & BigEndian) == 0 && type == TypeClass.Integer && fields.UInt16() == 0 && fields.UInt16() == 8 * size)
        {
            bool isSigned = (bits & Signed) != 0;
            switch (size)
            {
                case 1: return isSigned ? TensorType.Int8 : TensorType.UInt8;
                case 2: return isSigned ? TensorType.Int16 : TensorType.UInt16;
                case 4: return isSigned ? TensorType.Int32 : TensorType.UInt32;
                case 8: return isSigned ? TensorType.Int64 : TensorType.UInt64;
            }
        }

        if (type == TypeClass.Float)
        {
            ReadOnlySpan<byte> layout = message[1..Math.Min(message.Length, FloatBytes)];
            if (layout.SequenceEqual(Half)) return TensorType.Float16;
            if (layout.SequenceEqual(Single)) return TensorType.Float32;
            if (layout.SequenceEqual(Double)) return TensorType.Float64;
        }

        throw new InvalidDataException($"{what} of the HDF5 file has elements of the class {type} of {size} bytes, which are not supported.");
    }

    /// <summary>The element type of texts: whether they are of variable length, and the bytes of each.</summary>
    public static (bool IsVariable, int Size) Text(ReadOnlySpan<byte> message, object what)
    {
        const uint VariableText = 1, KindMask = 0x0f;
        const int Reference = 16;
        Open(message, what, out TypeClass type, out uint bits, out uint size);
        if (type == TypeClass.Text && size is > 0 and <= int.MaxValue) return (false, (int)size);
        if (type == TypeClass.Variable && (bits & KindMask) == VariableText && size == Reference) return (true, Reference);
        throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{what} of the HDF5 file is of the class {type} and has {size} bytes: expected a text."));
    }

    /// <summary>The length of a text that is padded with zeros.</summary>
    public static int LengthOf(ReadOnlySpan<byte> text) => text.IndexOf((byte)0) is >= 0 and int end ? end : text.Length;

    private static Hdf5Fields Open(ReadOnlySpan<byte> message, object what, out TypeClass type, out uint bits, out uint size)
    {
        var fields = new Hdf5Fields(message, what);
        uint start = fields.UInt32();
        type = (TypeClass)(start & 0x0f);
        bits = start >> 8;
        size = fields.UInt32();
        return fields;
    }
}
