using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>A tensor of a TensorFlow.js model, in the bytes of all its shards.</summary>
/// <param name="Info">Its name, the type of its values, and its shape.</param>
/// <param name="Start">Its first byte.</param>
/// <param name="Quantization">How its stored numbers become values; null if they are the values.</param>
internal readonly record struct StoredTensor(TensorInfo Info, long Start, Quantization? Quantization);

/// <summary>value = stored · Scale + Minimum.</summary>
/// <param name="Type">The type of the stored numbers.</param>
/// <param name="Scale">The difference between two values.</param>
/// <param name="Minimum">The value of 0.</param>
internal sealed record Quantization(TensorType Type, double Scale, double Minimum);

/// <summary>Reads the weights manifest of a TensorFlow.js model.</summary>
internal sealed class TensorFlowJsManifest
{
    private const int MaxGroups = 1000;
    private const int MaxShards = 10_000;

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "COM", "LPT"];

    private static readonly (string Name, TensorType Type)[] Types = [("float32", TensorType.Float32), ("float16", TensorType.Float16), ("int32", TensorType.Int32), ("uint8", TensorType.UInt8), ("uint16", TensorType.UInt16), ("bool", TensorType.Boolean)];

    // Some systems do not tell a.bin from A.bin.
    private readonly HashSet<string> _shardNames = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _tensorNames = new(StringComparer.Ordinal);

    /// <summary>The names of the shards, group by group; each group ends with a shard.</summary>
    public List<string> Shards { get; } = [];

    /// <summary>For each group, how many shards there are up to its end, and the bytes of its tensors and of those before it.</summary>
    public List<(int Shards, long Bytes)> Groups { get; } = [];

    /// <summary>The tensors of the model, without those of an optimizer.</summary>
    public List<StoredTensor> Tensors { get; } = [];

    /// <param name="manifest">The array of groups.</param>
    /// <param name="tensors">The number of tensors that are expected.</param>
    public static TensorFlowJsManifest Read(KerasJson manifest, int tensors)
    {
        var result = new TensorFlowJsManifest();
        long bytes = 0;
        foreach (KerasJson group in manifest.Items(MaxGroups))
        {
            foreach (KerasJson path in group.Get("paths").Items(MaxShards)) result.AddShard(path.Text());
            foreach (KerasJson weight in group.Get("weights").Items(int.MaxValue))
            {
                StoredTensor tensor = Tensor(weight, bytes, out long length);
                if (length > long.MaxValue - bytes) throw new InvalidDataException("The weights of the model take too many bytes.");
                bytes += length;
                if (weight.FindSet("group") is { } kind && kind.Text() is "optimizer") continue;
                if (result.Tensors.Count == tensors) throw new InvalidDataException($"The manifest has more than the {tensors} weights of the model: {ErrorText.Quote(tensor.Info.Name)} is one too many.");
                if (!result._tensorNames.Add(tensor.Info.Name)) throw Invalid(tensor.Info.Name, "is there twice");
                result.Tensors.Add(tensor);
            }

            result.Groups.Add((result.Shards.Count, bytes));
        }

        return result.Tensors.Count == tensors ? result : throw new InvalidDataException($"The manifest has {result.Tensors.Count} weights: expected the {tensors} of the model.");
    }

    /// <summary>Whether a text is the name of a file on any system, without a folder, and not that of a device.</summary>
    public static bool IsFileName(string name)
    {
        const int Longest = 255;
        if (name.Length is 0 or > Longest || name[^1] is ' ' or '.' || name.AsSpan().IndexOfAny("/\\:*?\"<>|%") >= 0 || name.AsSpan().ContainsAnyInRange('\0', '\x1f')) return false;
        ReadOnlySpan<char> stem = name.AsSpan(0, name.IndexOf('.') is >= 0 and int dot ? dot : name.Length);
        foreach (string device in Devices)
        {
            if (stem.Equals(device, StringComparison.OrdinalIgnoreCase) || (stem.Length == device.Length + 1 && char.IsAsciiDigit(stem[^1]) && stem.StartsWith(device, StringComparison.OrdinalIgnoreCase))) return false;
        }

        return true;
    }

    /// <summary>Adds a shard, whose name must be that of a file in the folder of the model.</summary>
    private void AddShard(string name)
    {
        if (!IsFileName(name)) throw new InvalidDataException($"The manifest has the path {ErrorText.Quote(name)}: expected the name of a file beside the model.");
        if (!_shardNames.Add(name)) throw new InvalidDataException($"The manifest has the path {ErrorText.Quote(name)} twice.");
        Shards.Add(name);
    }

    private static StoredTensor Tensor(KerasJson weight, long start, out long bytes)
    {
        string name = weight.Get("name").Text();
        long[] shape = Shape(weight.Get("shape"), name);
        TensorType type = TypeOf(weight.Get("dtype"), name), stored = type;
        Quantization? quantization = null;
        if (weight.FindSet("quantization") is { } quantized)
        {
            if (type != TensorType.Float32) throw Invalid(name, "is quantized, but is not of the type float32");
            stored = TypeOf(quantized.Get("dtype"), name);
            if (stored is TensorType.UInt8 or TensorType.UInt16) quantization = new Quantization(stored, quantized.Get("scale").Double(), quantized.Get("min").Double());
            else if (stored != TensorType.Float16) throw Invalid(name, $"is quantized to {stored}, which is not supported: expected uint8, uint16 or float16");
        }

        Int128 count = 1;
        foreach (long size in shape)
        {
            count *= size;
            if (count > long.MaxValue / sizeof(double)) throw Invalid(name, $"has the shape {ErrorText.Shape(shape)}, which is too large");
        }

        bytes = (long)count * TensorBytes.SizeOf(stored);
        return new StoredTensor(new TensorInfo(name, quantization is null ? stored : type, shape), start, quantization);
    }

    private static long[] Shape(KerasJson sizes, string name)
    {
        const int MaxRank = 8;
        Span<long> shape = stackalloc long[MaxRank];
        int rank = 0;
        foreach (KerasJson size in sizes.Items(MaxRank))
        {
            long value = size.Int64();
            shape[rank++] = value >= 0 ? value : throw Invalid(name, $"has a size of {value}");
        }

        return shape[..rank].ToArray();
    }

    private static TensorType TypeOf(KerasJson value, string name)
    {
        string type = value.Text();
        int at = Array.FindIndex(Types, known => string.Equals(known.Name, type, StringComparison.Ordinal));
        return at >= 0 ? Types[at].Type : throw Invalid(name, $"is of the type {ErrorText.Quote(type)}, which is not supported");
    }

    private static InvalidDataException Invalid(string name, string problem) => new($"The weight {ErrorText.Quote(name)} {problem}.");
}
