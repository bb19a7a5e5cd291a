using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;
using DataType = RnnSharp.Onnx.Schema.TensorProto.Types.DataType;

namespace RnnSharp.Onnx.Import;

/// <summary>A tensor of a file: its shape, and where its values are in the file. They are read when they are needed.</summary>
internal sealed class StoredTensor
{
    private const int ChunkBytes = 4096;

    // 16-bit values written as numbers have no fixed size, so that reading a part of them reads all before it.
    private const int MostHalves = 4096;

    private readonly WireReader _file;
    private readonly int _field;
    private readonly long _position;
    private readonly long _length;

    /// <summary>Describes a tensor whose values are in a field of the message.</summary>
    /// <exception cref="InvalidDataException">The field does not hold as many values as the shape says.</exception>
    public StoredTensor(WireReader file, string name, DataType type, long[] shape, int field, long position, long length, long varints)
    {
        _file = file;
        Name = name;
        Type = type;
        Shape = shape;
        Count = CountOf(name, shape);
        _field = field;
        _position = position;
        _length = length;
        int size = SizeOf(type);
        bool fits = field switch
        {
            TensorProto.RawDataFieldNumber => length % size == 0 && length / size == Count,
            TensorProto.FloatDataFieldNumber => type == DataType.Float && length % sizeof(float) == 0 && length / sizeof(float) == Count,
            TensorProto.DoubleDataFieldNumber => type == DataType.Double && length % sizeof(double) == 0 && length / sizeof(double) == Count,
            TensorProto.Int64DataFieldNumber => type == DataType.Int64 && varints == Count,
            TensorProto.Int32DataFieldNumber => type is DataType.Int32 or DataType.Int16 or DataType.Int8 or DataType.Uint16 or DataType.Uint8 or DataType.Bool or DataType.Float16 or DataType.Bfloat16 && varints == Count && (IsWhole || Count <= MostHalves),
            TensorProto.Uint64DataFieldNumber => type is DataType.Uint32 or DataType.Uint64 && varints == Count,
            _ => Count == 0,
        };
        if (!fits) throw new InvalidDataException($"Tensor {ErrorText.Quote(name)}: expected {Count} values of type {type} (shape {ErrorText.Shape(shape)}), got {(field == 0 ? "none" : $"{length} bytes")}.");
    }

    public string Name { get; }

    public DataType Type { get; }

    public long[] Shape { get; }

    /// <summary>Number of values.</summary>
    public long Count { get; }

    public bool IsWhole => Type is not (DataType.Float or DataType.Double or DataType.Float16 or DataType.Bfloat16);

    /// <summary>Whether the values are stored as bytes, and not as numbers of the message.</summary>
    public bool IsRaw => _field == TensorProto.RawDataFieldNumber;

    /// <summary>Reads bytes of a tensor that is stored as bytes.</summary>
    public void ReadRaw(long first, Span<byte> target) => _file.ReadAt(_position + first, target);

    /// <summary>Number of values of a shape.</summary>
    /// <exception cref="InvalidDataException">A size is negative, or the product is out of range.</exception>
    public static long CountOf(string name, ReadOnlySpan<long> shape)
    {
        Int128 count = 1;
        bool isEmpty = false;
        foreach (long size in shape)
        {
            if (size < 0) throw new InvalidDataException($"Tensor {ErrorText.Quote(name)}: expected sizes of 0 or more, got {ErrorText.Shape(shape)}.");
            isEmpty |= size == 0;
            if (size > 0) count *= size;
            if (count > long.MaxValue) throw new InvalidDataException($"Tensor {ErrorText.Quote(name)}: the shape {ErrorText.Shape(shape)} has more values than can be counted.");
        }

        return isEmpty ? 0 : (long)count;
    }

    /// <summary>Reads values of a floating-point tensor, row by row from a position on.</summary>
    public void Read<T>(long first, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_field == TensorProto.Int32DataFieldNumber)
        {
            ReadHalves(first, target);
            return;
        }

        if (BitConverter.IsLittleEndian && Type == (typeof(T) == typeof(double) ? DataType.Double : DataType.Float))
        {
            _file.ReadAt(_position + first * Unsafe.SizeOf<T>(), MemoryMarshal.AsBytes(target));
            return;
        }

        int size = SizeOf(Type), perChunk = ChunkBytes / size;
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        for (int done = 0; done < target.Length; done += perChunk)
        {
            int count = Math.Min(perChunk, target.Length - done);
            _file.ReadAt(_position + (first + done) * size, chunk[..(count * size)]);
            for (int i = 0; i < count; i++) target[done + i] = Value<T>(chunk[(i * size)..]);
        }
    }

    /// <summary>Reads all values of a tensor of whole numbers or flags.</summary>
    public void ReadWhole(Span<long> target)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        int size = SizeOf(Type);
        long position = _position;
        for (int i = 0; i < target.Length; i++)
        {
            if (_field == TensorProto.RawDataFieldNumber)
            {
                Span<byte> value = bytes[..size];
                _file.ReadAt(_position + (long)i * size, value);
                target[i] = Type switch
                {
                    DataType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(value),
                    DataType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(value),
                    DataType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(value),
                    DataType.Int8 => (sbyte)value[0],
                    DataType.Uint32 => BinaryPrimitives.ReadUInt32LittleEndian(value),
                    DataType.Uint16 => BinaryPrimitives.ReadUInt16LittleEndian(value),
                    DataType.Uint64 when BinaryPrimitives.ReadUInt64LittleEndian(value) is <= long.MaxValue and ulong whole => (long)whole,
                    DataType.Uint8 or DataType.Bool => value[0],
                    _ => throw OutOfRange(i),
                };
            }
            else
            {
                target[i] = unchecked((long)VarintAt(ref position));
            }
        }
    }

    /// <summary>Bytes of a value of a type.</summary>
    /// <exception cref="InvalidDataException">The type is not one of numbers that are read.</exception>
    public static int SizeOf(DataType type) => type switch
    {
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Double or DataType.Int64 or DataType.Uint64 => 8,
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 2,
        DataType.Int8 or DataType.Uint8 or DataType.Bool => 1,
        _ => throw new InvalidDataException($"Expected tensors of floating-point or whole numbers or flags, got the type {(Enum.IsDefined(type) ? type.ToString() : $"{(int)type}")}."),
    };

    private T Value<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Type switch
        {
            DataType.Float => T.CreateTruncating(BinaryPrimitives.ReadSingleLittleEndian(bytes)),
            DataType.Double => Narrow<T>(BinaryPrimitives.ReadDoubleLittleEndian(bytes)),
            DataType.Float16 => T.CreateTruncating(BinaryPrimitives.ReadHalfLittleEndian(bytes)),
            DataType.Bfloat16 => T.CreateTruncating(Brain(BinaryPrimitives.ReadUInt16LittleEndian(bytes))),
            _ => throw new InvalidDataException($"Tensor {ErrorText.Quote(Name)}: expected floating-point numbers, got the type {Type}."),
        };

    private T Narrow<T>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T narrow = T.CreateTruncating(value);
        return !double.IsFinite(value) || T.IsFinite(narrow) ? narrow : throw new InvalidDataException($"Tensor {ErrorText.Quote(Name)}: the number {value} is out of {typeof(T).Name}'s range.");
    }

    /// <summary>Reads 16-bit values that are written as numbers of their bits.</summary>
    private void ReadHalves<T>(long first, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long position = _position;
        for (long i = 0; i < first; i++) VarintAt(ref position);
        for (int i = 0; i < target.Length; i++)
        {
            ulong bits = VarintAt(ref position);
            if (bits > ushort.MaxValue) throw OutOfRange(i);
            target[i] = T.CreateTruncating(Type == DataType.Float16 ? (float)BitConverter.UInt16BitsToHalf((ushort)bits) : Brain((ushort)bits));
        }
    }

    private static float Brain(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private ulong VarintAt(ref long position)
    {
        ulong value = 0;
        Span<byte> next = stackalloc byte[1];
        for (int shift = 0; position < _position + _length && shift < 64; shift += 7)
        {
            _file.ReadAt(position++, next);
            value |= (ulong)(next[0] & 0x7f) << shift;
            if (next[0] < 0x80) return value;
        }

        throw OutOfRange(0);
    }

    private InvalidDataException OutOfRange(long index) => new($"Tensor {ErrorText.Quote(Name)}: value {index} is out of range.");
}
