using System.Buffers.Binary;
using System.Text;

namespace RnnSharp.Onnx.Import;

/// <summary>
/// Reads the fields of protobuf messages from a seekable stream, without objects for them. Every length is checked against the message
/// around it before anything is allocated, and values that are not needed now are skipped and read later by position.
/// </summary>
internal sealed class WireReader
{
    /// <summary>The longest text that is read into a caller's buffer, in bytes and characters.</summary>
    public const int LongestText = 1024;

    private const int BufferBytes = 8192;
    private const int DeepestNesting = 32;
    private const int LongestVarint = 10;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Stream _stream;
    private readonly long _origin;
    private readonly byte[] _buffer;

    // The buffer holds the bytes [_start, _start + _count) of the file.
    private long _start;
    private int _count;
    private int _depth;

    /// <summary>Reads a stream from its current position to its end.</summary>
    public WireReader(Stream stream)
    {
        _stream = stream;
        _origin = stream.Position;
        Length = End = Math.Max(0, stream.Length - _origin);
        _buffer = new byte[(int)Math.Min(BufferBytes, Math.Max(Length, 16))];
    }

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; }

    /// <summary>The position in the file.</summary>
    public long Position { get; private set; }

    /// <summary>The end of the message that is being read.</summary>
    public long End { get; private set; }

    /// <summary>Reads the tag of the next field; false at the end of the message.</summary>
    public bool Next(out Field field)
    {
        field = default;
        if (Position == End) return false;
        ulong tag = Varint();
        if (tag > uint.MaxValue || tag >> 3 == 0) throw Invalid("a field without a valid number");
        field = new Field((int)(tag >> 3), (WireType)(tag & 7));
        if (field.Type is not (WireType.Varint or WireType.Fixed64 or WireType.Bytes or WireType.Fixed32)) throw Invalid($"field {field.Number} of the unknown wire type {(int)field.Type}");
        return true;
    }

    public ulong Varint(Field field)
    {
        Require(field, WireType.Varint);
        return Varint();
    }

    /// <summary>A number of a field that holds 32 bits.</summary>
    public int Int32(Field field) => Varint(field) is <= int.MaxValue and ulong value ? (int)value : throw Invalid($"a number above {int.MaxValue} in field {field.Number}");

    public float Single(Field field)
    {
        Require(field, WireType.Fixed32);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        Bytes(bytes);
        return BinaryPrimitives.ReadSingleLittleEndian(bytes);
    }

    /// <summary>Reads a text, at most 1,024 bytes of UTF-8, into a caller's buffer of as many characters.</summary>
    public ReadOnlySpan<char> Text(Field field, Span<char> target)
    {
        long length = Size(field);
        if (length > LongestText) throw Invalid($"a text of {length} bytes in field {field.Number}; at most {LongestText} are allowed");
        Span<byte> bytes = stackalloc byte[(int)length];
        Bytes(bytes);
        return target[..Decode(field, bytes, target)];
    }

    /// <summary>Reads a text into a string.</summary>
    public string Text(Field field)
    {
        Span<char> characters = stackalloc char[LongestText];
        return Text(field, characters).ToString();
    }

    /// <summary>Reads a text of any length up to a limit in bytes.</summary>
    public string LongText(Field field, long limit)
    {
        long length = Size(field);
        if (length > limit) throw Invalid($"a text of {length} bytes in field {field.Number}; at most {limit} are allowed");
        byte[] bytes = new byte[length];
        Bytes(bytes);
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (ArgumentException)
        {
            throw Invalid($"text in field {field.Number} that is not UTF-8");
        }
    }

    /// <summary>Enters a message. Returns the end of the message around it, for <see cref="Leave"/>.</summary>
    public long Enter(Field field)
    {
        long length = Size(field), outer = End;
        if (++_depth > DeepestNesting) throw Invalid($"messages that are nested more than {DeepestNesting} deep");
        End = Position + length;
        return outer;
    }

    public void Leave(long outer)
    {
        _depth--;
        End = outer;
    }

    /// <summary>Reads the length of a field's bytes, which follow.</summary>
    public long Size(Field field)
    {
        Require(field, WireType.Bytes);
        ulong length = Varint();
        return length <= (ulong)(End - Position) ? (long)length : throw Invalid($"field {field.Number} of {length} bytes, where {End - Position} are left");
    }

    public void Skip(Field field)
    {
        switch (field.Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Bytes:
                Skip(Size(field));
                break;
            default:
                long size = field.Type == WireType.Fixed32 ? sizeof(uint) : sizeof(ulong);
                if (size > End - Position) throw Invalid($"a field {field.Number} that is cut off");
                Skip(size);
                break;
        }
    }

    /// <summary>Goes to a message that was skipped.</summary>
    public void Move(long position, long end)
    {
        Position = position;
        End = end;
    }

    /// <summary>Skips bytes that the caller has checked to be there.</summary>
    public void Skip(long count) => Position += count;

    public ulong Varint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint; i++)
        {
            byte next = Byte();
            if (i == LongestVarint - 1 && next > 1) break;
            value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80) return value;
        }

        throw Invalid("a number of more than 64 bits");
    }

    /// <summary>Reads bytes at the current position.</summary>
    public void Bytes(Span<byte> target)
    {
        if (target.Length > End - Position) throw Invalid("a field that is cut off");
        ReadAt(Position, target);
        Position += target.Length;
    }

    /// <summary>Reads bytes at any position of the file.</summary>
    public void ReadAt(long position, Span<byte> target)
    {
        while (target.Length > 0)
        {
            if (position >= _start && position < _start + _count)
            {
                ReadOnlySpan<byte> held = _buffer.AsSpan((int)(position - _start), (int)Math.Min(_start + _count - position, target.Length));
                held.CopyTo(target);
                position += held.Length;
                target = target[held.Length..];
                continue;
            }

            if (target.Length >= _buffer.Length)
            {
                _stream.Position = _origin + position;
                if (_stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length) throw Invalid("an end that comes too early");
                return;
            }

            Fill(position);
        }
    }

    /// <summary>An exception that says where the file is bad.</summary>
    public InvalidDataException Invalid(string problem) => new($"Not a valid ONNX file: at byte {Position} of {Length}, expected a protobuf message of the ONNX format, got {problem}.");

    private void Require(Field field, WireType type)
    {
        if (field.Type != type) throw Invalid($"field {field.Number} of wire type {(int)field.Type} where {(int)type} is right");
    }

    private int Decode(Field field, ReadOnlySpan<byte> bytes, Span<char> target)
    {
        try
        {
            return Utf8.GetChars(bytes, target);
        }
        catch (ArgumentException)
        {
            throw Invalid($"text in field {field.Number} that is not UTF-8");
        }
    }

    private byte Byte()
    {
        if (Position >= End) throw Invalid("a field that is cut off");
        if (Position < _start || Position >= _start + _count) Fill(Position);
        return _buffer[(int)(Position++ - _start)];
    }

    private void Fill(long position)
    {
        _stream.Position = _origin + position;
        _start = position;
        _count = _stream.ReadAtLeast(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, Length - position)), 1, throwOnEndOfStream: false);
        if (_count == 0) throw Invalid("an end that comes too early");
    }
}

/// <summary>The number of a field in its message, and how its value is written.</summary>
internal readonly record struct Field(int Number, WireType Type);

/// <summary>How the value of a field is written.</summary>
internal enum WireType
{
    /// <summary>A number of 1 to 10 bytes.</summary>
    Varint = 0,

    /// <summary>8 bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length and as many bytes.</summary>
    Bytes = 2,

    /// <summary>4 bytes.</summary>
    Fixed32 = 5,
}
