using System.Globalization;
using System.Text;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The attributes of an HDF5 object that are texts or lists of texts; Keras has no others that matter.</summary>
internal sealed class Hdf5Attributes
{
    private readonly Hdf5Stream _file;
    private readonly object _what;
    private readonly Dictionary<string, Hdf5Message> _messages = new(StringComparer.Ordinal);

    public Hdf5Attributes(Hdf5Stream file, Hdf5Header header, object what)
    {
        _file = file;
        _what = what;
        if (!header.Find(Hdf5MessageType.AttributeInfo).IsEmpty) RequireCompact(header.Find(Hdf5MessageType.AttributeInfo).Span);
        foreach (Hdf5Message message in header.Messages)
        {
            if (message.Type != Hdf5MessageType.Attribute) continue;
            Hdf5Fields fields = Open(message, out int nameLength, out _, out _, out _);
            string name = Encoding.Latin1.GetString(fields.Bytes(nameLength)).TrimEnd('\0');
            if (!_messages.TryAdd(name, message)) throw new InvalidDataException($"{what} of the HDF5 file has the attribute {ErrorText.Quote(name)} twice.");
        }
    }

    /// <summary>The UTF-8 text of an attribute; null if it does not exist.</summary>
    public ReadOnlyMemory<byte>? Text(string name)
    {
        List<ReadOnlyMemory<byte>>? texts = Read(name);
        if (texts is null) return null;
        return texts.Count == 1 ? texts[0] : throw new InvalidDataException($"The attribute {ErrorText.Quote(name)} of {_what} of the HDF5 file has {texts.Count} texts, expected 1.");
    }

    /// <summary>The texts of an attribute, which Keras divides into name0, name1 and so on if they are long; null if it does not exist.</summary>
    public List<string>? Texts(string name)
    {
        List<ReadOnlyMemory<byte>>? found = Read(name);
        for (int i = 0; Read(string.Create(CultureInfo.InvariantCulture, $"{name}{i}")) is { } part; i++)
        {
            found ??= [];
            found.AddRange(part);
        }

        return found?.ConvertAll(text => Encoding.UTF8.GetString(text.Span));
    }

    private List<ReadOnlyMemory<byte>>? Read(string name)
    {
        if (!_messages.TryGetValue(name, out Hdf5Message message)) return null;
        var what = new Hdf5Part($"The attribute \"{name}\"", _what);
        Hdf5Fields fields = Open(message, out int nameLength, out int typeLength, out int spaceLength, out int alignment);
        fields.Skip(Aligned(nameLength, alignment));
        ReadOnlySpan<byte> type = fields.Bytes(Aligned(typeLength, alignment)), space = fields.Bytes(Aligned(spaceLength, alignment));
        ulong count = Hdf5Types.Count(Hdf5Types.Shape(space, what));
        if (count == 0) return [];
        (bool isVariable, int size) = Hdf5Types.Text(type, what);
        if (count > (ulong)(fields.Remaining / size)) throw new InvalidDataException($"{what} of the HDF5 file states {count} texts of {size} bytes, but has {fields.Remaining} bytes.");
        var texts = new List<ReadOnlyMemory<byte>>();
        _file.Charge((long)count * size, what);
        ReadOnlyMemory<byte> data = message.Data[^fields.Remaining..];
        for (int i = 0; i < (int)count; i++)
        {
            ReadOnlyMemory<byte> element = data.Slice(i * size, size);
            texts.Add(isVariable ? Variable(element.Span, what) : element[..Hdf5Types.LengthOf(element.Span)]);
        }

        return texts;
    }

    private ReadOnlyMemory<byte> Variable(ReadOnlySpan<byte> element, object what)
    {
        var fields = new Hdf5Fields(element, what);
        uint length = fields.UInt32();
        return _file.Heap.Read(fields.UInt64(), fields.UInt32(), length, what);
    }

    /// <summary>Reads the lengths at the start of an attribute.</summary>
    private Hdf5Fields Open(Hdf5Message message, out int name, out int type, out int space, out int alignment)
    {
        const int SharedParts = 0x03;
        var fields = new Hdf5Fields(message.Data.Span, new Hdf5Part("An attribute", _what));
        int version = fields.Version(1, 2, 3);
        alignment = version == 1 ? 8 : 1;
        if ((fields.Byte() & SharedParts) != 0 && version > 1) throw new InvalidDataException($"An attribute of {_what} of the HDF5 file has a shared type, which is not supported.");
        name = fields.UInt16();
        type = fields.UInt16();
        space = fields.UInt16();
        if (version == 3) fields.Skip(1);
        return fields;
    }

    private void RequireCompact(ReadOnlySpan<byte> message)
    {
        const int HasIndex = 0x01;
        var fields = new Hdf5Fields(message, new Hdf5Part("The attributes", _what));
        fields.Version(0);
        if ((fields.Byte() & HasIndex) != 0) fields.Skip(sizeof(ushort));
        if (fields.UInt64() != Hdf5Stream.Undefined) throw new InvalidDataException($"{_what} of the HDF5 file has its attributes in a fractal heap, which is not supported. Write the file with h5py's libver='earliest'.");
    }

    private static int Aligned(int length, int alignment) => (length + alignment - 1) / alignment * alignment;
}
