using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RnnSharp.Serialization;

/// <summary>
/// The header of a .npy file (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): versions 1.0 to 3.0. It is a Python
/// dictionary of three keys, of which only this form is accepted and nothing is evaluated.
/// </summary>
internal ref struct NumpyHeader
{
    /// <summary>The bytes before the dictionary in versions 2.0 and 3.0; version 1.0 has two fewer.</summary>
    public const int PrefixBytes = 12;

    /// <summary>NumPy's own limit for headers of files that are not trusted.</summary>
    public const int LongestDictionary = 10_000;

    // NumPy's limit for an array.
    private const int MostSizes = 64;

    private readonly ReadOnlySpan<byte> _text;
    private readonly string _name;
    private int _at;

    private NumpyHeader(ReadOnlySpan<byte> text, string name)
    {
        _text = text;
        _name = name;
    }

    /// <summary>The magic string of the format.</summary>
    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads where the dictionary of an array is from the first bytes of its file.</summary>
    /// <exception cref="InvalidDataException">It is no NumPy array, or of another version.</exception>
    public static (int Start, int Length) ReadPrefix(ReadOnlySpan<byte> file, string name)
    {
        if (file.Length > 0 && file[0] == 0x80) throw Invalid(name, "it is a pickle, which can run code when it is loaded: save numbers with numpy.save instead");
        if (file.Length < PrefixBytes - 2 || !file.StartsWith(Magic)) throw Invalid(name, "it does not start as a .npy file does");
        (int major, int minor) = (file[6], file[7]);
        if (major is < 1 or > 3 || minor != 0) throw Invalid(name, $"expected version 1.0, 2.0 or 3.0, got {major}.{minor}");
        if (major > 1 && file.Length < PrefixBytes) throw Invalid(name, "it is truncated");
        (int start, long length) = major == 1 ? (PrefixBytes - 2, BinaryPrimitives.ReadUInt16LittleEndian(file[8..])) : (PrefixBytes, BinaryPrimitives.ReadUInt32LittleEndian(file[8..]));
        return length <= LongestDictionary ? (start, (int)length) : throw Invalid(name, $"expected a header of at most {LongestDictionary} bytes, got {length}");
    }

    /// <summary>Reads the dictionary.</summary>
    /// <exception cref="InvalidDataException">It is not valid, or the array holds Python objects.</exception>
    public static NumpyHeaderFields Read(ReadOnlySpan<byte> dictionary, string name) => new NumpyHeader(dictionary, name).Read();

    /// <summary>Creates the bytes before the data of a row-major array, padded so that the data is aligned.</summary>
    public static byte[] Write(string descriptor, ReadOnlySpan<long> shape)
    {
        const int Alignment = 64;
        var sizes = new StringBuilder();
        foreach (long size in shape) sizes.Append(CultureInfo.InvariantCulture, $"{size}{(shape.Length == 1 ? "," : ", ")}");
        if (shape.Length > 1) sizes.Length -= 2;
        string dictionary = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': ({sizes}), }}";
        int length = PrefixBytes - 2 + dictionary.Length + 1;
        int padded = (length + Alignment - 1) / Alignment * Alignment;
        var header = new byte[padded];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(padded - PrefixBytes + 2));
        header.AsSpan(PrefixBytes - 2).Fill((byte)' ');
        Encoding.ASCII.GetBytes(dictionary, header.AsSpan(PrefixBytes - 2));
        header[^1] = (byte)'\n';
        return header;
    }

    private NumpyHeaderFields Read()
    {
        string? descriptor = null;
        bool? isFortran = null;
        long[]? shape = null;
        Expect('{');
        while (!TryTake('}'))
        {
            ReadOnlySpan<byte> key = Text();
            Expect(':');
            if (key.SequenceEqual("descr"u8) && descriptor is null) descriptor = Descriptor();
            else if (key.SequenceEqual("fortran_order"u8) && isFortran is null) isFortran = Flag();
            else if (key.SequenceEqual("shape"u8) && shape is null) shape = Shape();
            else throw Invalid(_name, $"the key {ErrorText.Quote(key)} of its header is unknown or occurs twice");
            if (TryTake(',')) continue;
            Expect('}');
            break;
        }

        SkipSpaces();
        if (_at < _text.Length) throw Invalid(_name, "something follows the dictionary of its header");
        if (descriptor is null || isFortran is null || shape is null) throw Invalid(_name, "expected a header with descr, fortran_order and shape, and one is missing");
        (TensorType type, bool isBigEndian) = TypeOf(descriptor);
        if (!TensorInfo.TryCount(shape, out long count) || (Int128)count * Math.Max(TensorBytes.SizeOf(type), 1) > long.MaxValue) throw Invalid(_name, $"the shape {ErrorText.Shape(shape)} is larger than any file");
        return new NumpyHeaderFields(new TensorInfo(_name, type, shape, descriptor), isFortran.Value, isBigEndian);
    }

    private readonly (TensorType Type, bool IsBigEndian) TypeOf(string descriptor)
    {
        if (descriptor.Length > 1 && descriptor[1] == 'O') throw Invalid(_name, "it is an array of Python objects, stored as a pickle, which can run code when it is loaded: save numbers instead");
        TensorType type = descriptor.Length < 2 ? TensorType.Other : descriptor.AsSpan(1) switch
        {
            "f8" => TensorType.Float64,
            "f4" => TensorType.Float32,
            "f2" => TensorType.Float16,
            "i8" => TensorType.Int64,
            "i4" => TensorType.Int32,
            "i2" => TensorType.Int16,
            "i1" => TensorType.Int8,
            "u8" => TensorType.UInt64,
            "u4" => TensorType.UInt32,
            "u2" => TensorType.UInt16,
            "u1" => TensorType.UInt8,
            "b1" => TensorType.Boolean,
            _ => TensorType.Other,
        };
        bool hasOrder = descriptor.Length > 0 && descriptor[0] is '<' or '>';
        bool isOrderless = descriptor.Length > 0 && descriptor[0] == '|' && TensorBytes.SizeOf(type) <= 1;
        return hasOrder || isOrderless ? (type, descriptor[0] == '>') : throw Invalid(_name, $"its type {ErrorText.Quote(descriptor)} has no byte order");
    }

    private string Descriptor()
    {
        SkipSpaces();
        if (_at < _text.Length && _text[_at] is (byte)'[' or (byte)'(') throw Invalid(_name, "it is a structured array, which is not supported");
        return Encoding.Latin1.GetString(Text());
    }

    private bool Flag()
    {
        SkipSpaces();
        ReadOnlySpan<byte> rest = _text[_at..];
        bool value = rest.StartsWith("True"u8);
        if (!value && !rest.StartsWith("False"u8)) throw Invalid(_name, "fortran_order: expected True or False");
        _at += value ? 4 : 5;
        return value;
    }

    private long[] Shape()
    {
        Span<long> sizes = stackalloc long[MostSizes];
        int count = 0;
        bool hasComma = true;
        Expect('(');
        while (!TryTake(')'))
        {
            if (!hasComma || count == MostSizes) throw Invalid(_name, $"shape: expected a tuple of at most {MostSizes} sizes");
            SkipSpaces();
            int end = _at;
            while (end < _text.Length && char.IsAsciiDigit((char)_text[end])) end++;
            if (!long.TryParse(_text[_at..end], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[count])) throw Invalid(_name, $"shape: expected whole numbers of 0 to {long.MaxValue}");
            _at = end;
            count++;
            hasComma = TryTake(',');
        }

        // (3) is a number in parentheses, not a tuple.
        if (count == 1 && !hasComma) throw Invalid(_name, "shape: expected a tuple");
        return sizes[..count].ToArray();
    }

    private ReadOnlySpan<byte> Text()
    {
        SkipSpaces();
        byte quote = _at < _text.Length ? _text[_at] : (byte)0;
        if (quote is not ((byte)'\'' or (byte)'"')) throw Invalid(_name, "expected a text in the dictionary of its header");
        int length = _text[(_at + 1)..].IndexOf(quote);
        if (length < 0) throw Invalid(_name, "a text in its header does not end");
        ReadOnlySpan<byte> text = _text.Slice(_at + 1, length);
        if (text.Contains((byte)'\\')) throw Invalid(_name, "a text in its header has an escape sequence");
        _at += length + 2;
        return text;
    }

    private void Expect(char character)
    {
        if (!TryTake(character)) throw Invalid(_name, $"its header is no dictionary of descr, fortran_order and shape: expected {character} at {_at}");
    }

    private bool TryTake(char character)
    {
        SkipSpaces();
        if (_at == _text.Length || _text[_at] != character) return false;
        _at++;
        return true;
    }

    private void SkipSpaces()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\n') _at++;
    }

    private static InvalidDataException Invalid(string name, string problem) => new($"NumPy array {ErrorText.Quote(name)}: {problem}.");
}

/// <summary>What the header of an array tells.</summary>
/// <param name="Info">Its name, type and shape.</param>
/// <param name="IsFortran">Whether it is column-major.</param>
/// <param name="IsBigEndian">Its byte order.</param>
internal readonly record struct NumpyHeaderFields(TensorInfo Info, bool IsFortran, bool IsBigEndian);
