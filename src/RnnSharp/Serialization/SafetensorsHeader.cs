using System.Collections;
using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>
/// The header of a safetensors file that may be hostile. It is read token by token, and takes less memory than three times its own length.
/// Format: https://github.com/huggingface/safetensors#format.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's limit, in bytes.</summary>
    public const int LongestHeader = 100_000_000;

    public const string MetadataName = "__metadata__";

    /// <summary>The prefix of the metadata keys that belong to RnnSharp.</summary>
    public const string Reserved = "rnnsharp";

    /// <summary>The key of the model's description.</summary>
    public const string DescriptionKey = Reserved;

    /// <summary>The key of the checksum.</summary>
    public const string ChecksumKey = $"{Reserved}.sha256";

    // "":{"dtype":"U8","shape":[],"data_offsets":[0,1]}
    private const int ShortestTensor = 49;

    // A header is an object of tensors that are objects with arrays.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 3 };

    private readonly byte[] _utf8;
    private readonly ModelLimits _limits;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _index;
    private readonly SafetensorsTensor[] _tensors;
    private bool _hasMetadata;

    /// <summary>Reads and checks a header.</summary>
    /// <param name="utf8">The header.</param>
    /// <param name="limits">Limits the number of metadata entries.</param>
    /// <exception cref="InvalidDataException">It is not valid.</exception>
    public SafetensorsHeader(byte[] utf8, ModelLimits limits)
    {
        if (utf8.Length == 0 || utf8[0] != '{') throw new InvalidDataException("This is not a safetensors file: its header does not start with {.");
        _utf8 = utf8;
        _limits = limits;
        try
        {
            // The first pass finds invalid JSON, and how much room the second one needs.
            int room = Math.Min(CountMembers(utf8), utf8.Length / ShortestTensor + 1);
            _tensors = new SafetensorsTensor[room];
            _index = new Dictionary<string, int>(room, StringComparer.Ordinal);
            int count = ReadMembers();
            if (count < room) Array.Resize(ref _tensors, count);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is not valid Unicode.
            throw new InvalidDataException($"The file's header is not valid JSON: {exception.Message}", exception);
        }

        Array.Sort(_tensors, static (one, other) => one.Begin != other.Begin ? one.Begin.CompareTo(other.Begin) : one.End.CompareTo(other.End));
        for (int i = 0; i < _tensors.Length; i++) _index[_tensors[i].Info.Name] = i;
        CheckRanges();
    }

    /// <summary>The tensors, in the order of their data.</summary>
    public ReadOnlySpan<SafetensorsTensor> Tensors => _tensors;

    /// <summary>The index of each tensor by its name.</summary>
    public IReadOnlyDictionary<string, int> Index => _index;

    /// <summary>Bytes of data after the header.</summary>
    public long DataLength => _tensors.Length == 0 ? 0 : _tensors[^1].End;

    /// <summary>The metadata, without that of RnnSharp.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Whether the metadata has a key of RnnSharp.</summary>
    public bool IsRnnSharp { get; private set; }

    /// <summary>The model's description; null if there is none.</summary>
    public ReadOnlyMemory<byte>? Description { get; private set; }

    /// <summary>The position of the checksum's digits in the header; null if there is no checksum.</summary>
    public int? ChecksumPlace { get; private set; }

    /// <summary>The names, types and shapes of the tensors, without a copy of them.</summary>
    public IReadOnlyList<TensorInfo> Infos() => new InfoList(_tensors);

    private static int CountMembers(ReadOnlySpan<byte> utf8)
    {
        int count = 0;
        var reader = new Utf8JsonReader(utf8, Options);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1) count++;
        }

        return count;
    }

    private int ReadMembers()
    {
        var unknown = new ErrorList();
        int count = 0;
        var reader = new Utf8JsonReader(_utf8, Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(MetadataName))
            {
                if (_hasMetadata) throw Twice("The file's header", MetadataName);
                _hasMetadata = true;
                ReadMetadata(ref reader);
                continue;
            }

            SafetensorsTensor tensor = ReadTensor(ref reader, unknown);
            if (!_index.TryAdd(tensor.Info.Name, count)) throw Twice("The file's header", tensor.Info.Name);
            _tensors[count++] = tensor;
        }

        if (unknown.Count > 0) throw new InvalidDataException($"The file has tensors of number types that the safetensors format does not have: {unknown}.");
        return count;
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new InvalidDataException($"{MetadataName}: expected an object, got {ErrorText.Kind(reader.TokenType)}.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw new InvalidDataException($"{MetadataName}, {ErrorText.Quote(key)}: expected a text, got {ErrorText.Kind(reader.TokenType)}.");
            if (key.StartsWith(Reserved, StringComparison.Ordinal))
            {
                ReadReserved(ref reader, key);
                continue;
            }

            if (_metadata.Count == _limits.MetadataEntries) throw new InvalidDataException($"{MetadataName}: expected at most {_limits.MetadataEntries} entries (ModelLimits.MetadataEntries).");
            if (!_metadata.TryAdd(key, reader.GetString()!)) throw Twice(MetadataName, key);
        }
    }

    private void ReadReserved(ref Utf8JsonReader reader, string key)
    {
        IsRnnSharp = true;
        switch (key)
        {
            case DescriptionKey when Description is null:
                var text = new byte[reader.ValueSpan.Length];
                Description = text.AsMemory(0, reader.CopyString(text));
                break;
            case ChecksumKey when ChecksumPlace is null:
                if (reader.ValueSpan.Length != FileChecksum.Length) throw new InvalidDataException($"{MetadataName}, {ChecksumKey}: expected {FileChecksum.Length} hexadecimal digits, got {ErrorText.Quote(reader.ValueSpan)}.");
                ChecksumPlace = (int)reader.TokenStartIndex + 1;
                break;
            case DescriptionKey or ChecksumKey:
                throw Twice(MetadataName, key);
            default:
                throw new InvalidDataException($"{MetadataName}: the key {ErrorText.Quote(key)} is unknown; keys that start with {Reserved} are reserved for RnnSharp.");
        }
    }

    private static SafetensorsTensor ReadTensor(ref Utf8JsonReader reader, ErrorList unknown)
    {
        string name = reader.GetString()!;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw Wrong(name, $"expected an object, got {ErrorText.Kind(reader.TokenType)}");
        string? type = null;
        long[]? shape = null;
        Span<long> range = stackalloc long[2];
        int rangeCount = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (type is null && reader.ValueTextEquals("dtype")) type = ReadType(ref reader, name, unknown);
            else if (shape is null && reader.ValueTextEquals("shape")) shape = ReadShape(ref reader, name);
            else if (rangeCount < 0 && reader.ValueTextEquals("data_offsets")) rangeCount = ReadSizes(ref reader, range, name, "data_offsets");
            else throw Wrong(name, $"the field {ErrorText.Quote(reader.ValueSpan)} is unknown or occurs twice");
        }

        if (type is null || shape is null || rangeCount < 0) throw Wrong(name, "expected dtype, shape and data_offsets, and one is missing");
        if (rangeCount != 2 || range[0] > range[1]) throw Wrong(name, $"expected data_offsets [begin, end], got {ErrorText.Shape(range[..rangeCount])}");

        // A type that the format does not have is reported together with others of its kind; its size is unknown.
        if (type.Length == 0) return new SafetensorsTensor(new TensorInfo(name, TensorType.Other, default, type), range[0]);
        CheckSize(name, type, shape, range);
        return new SafetensorsTensor(new TensorInfo(name, SafetensorsTensor.TypeOf(type), shape, type), range[0]);
    }

    /// <summary>The type in the format's notation; empty for a type that the format does not have.</summary>
    private static string ReadType(ref Utf8JsonReader reader, string name, ErrorList unknown)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String) throw Wrong(name, $"dtype: expected a text, got {ErrorText.Kind(reader.TokenType)}");
        foreach (string type in SafetensorsTensor.Types)
        {
            if (reader.ValueTextEquals(type)) return type;
        }

        unknown.Add(unknown.HasRoom ? $"{ErrorText.Quote(name)} is of {ErrorText.Quote(reader.ValueSpan)}" : "");
        return "";
    }

    private static long[] ReadShape(ref Utf8JsonReader reader, string name)
    {
        const int MaxSizes = 64;
        Span<long> sizes = stackalloc long[MaxSizes];
        return sizes[..ReadSizes(ref reader, sizes, name, "shape")].ToArray();
    }

    private static int ReadSizes(ref Utf8JsonReader reader, scoped Span<long> sizes, string name, string field)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong(name, $"{field}: expected an array, got {ErrorText.Kind(reader.TokenType)}");
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == sizes.Length) throw Wrong(name, $"{field}: expected at most {sizes.Length} numbers");
            if (reader.TokenType != JsonTokenType.Number) throw Wrong(name, $"{field}: expected a number, got {ErrorText.Kind(reader.TokenType)}");
            if (!reader.TryGetInt64(out long size) || size < 0) throw Wrong(name, $"{field}: expected a whole number of 0 to {long.MaxValue}, got {ErrorText.Quote(reader.ValueSpan)}");
            sizes[count++] = size;
        }

        return count;
    }

    private static void CheckSize(string name, string type, ReadOnlySpan<long> shape, ReadOnlySpan<long> range)
    {
        Int128 bytes = SafetensorsTensor.SizeOf(type);
        foreach (long length in shape)
        {
            bytes *= length;
            if (bytes > long.MaxValue) throw Wrong(name, $"the shape {ErrorText.Shape(shape)} is larger than any file");
        }

        if (bytes != range[1] - range[0]) throw Wrong(name, $"the shape {ErrorText.Shape(shape)} takes {bytes} bytes, but data_offsets {ErrorText.Shape(range)} give it {range[1] - range[0]}");
    }

    private void CheckRanges()
    {
        long end = 0;
        foreach (SafetensorsTensor tensor in _tensors)
        {
            if (tensor.Begin != end)
                throw new InvalidDataException($"Tensor {ErrorText.Quote(tensor.Info.Name)}: expected its data to start at {end}, where the data before it ends, got {tensor.Begin}: {(tensor.Begin < end ? "tensors overlap" : "there is a gap")}.");
            end = tensor.End;
        }
    }

    private static InvalidDataException Wrong(string tensor, string problem) => new($"Tensor {ErrorText.Quote(tensor)}: {problem}.");

    private static InvalidDataException Twice(string where, string name) => new($"{where}: {ErrorText.Quote(name)} occurs twice.");

    private sealed class InfoList(SafetensorsTensor[] tensors) : IReadOnlyList<TensorInfo>
    {
        public int Count => tensors.Length;

        public TensorInfo this[int index] => tensors[index].Info;

        public IEnumerator<TensorInfo> GetEnumerator() => tensors.Select(tensor => tensor.Info).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
