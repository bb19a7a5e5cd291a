namespace RnnSharp.Serialization;

/// <summary>A list in a pickle. Its items are of no use to a state dictionary, so they are dropped.</summary>
internal sealed class PickleList
{
#pragma warning disable CA1822 // It reads as the list that it stands for.
    public void Add(object? item)
    {
    }
#pragma warning restore CA1822
}

/// <summary>A dictionary in a pickle: only what has a text as its key, in the order of the file.</summary>
internal sealed class PickleDictionary
{
    private List<KeyValuePair<string, object?>>? _items;
    private bool _hasOther;

    public int Count => _items?.Count ?? 0;

    public bool IsEmpty => Count == 0 && !_hasOther;

    public IReadOnlyList<KeyValuePair<string, object?>> Items => _items ?? [];

    public IEnumerable<string> Keys => Items.Select(item => item.Key);

    public void Add(object? key, object? value)
    {
        if (key is string text) (_items ??= []).Add(new KeyValuePair<string, object?>(text, value));
        else _hasOther = true;
    }
}

/// <summary>The numbers of a storage.</summary>
/// <param name="Name">What PyTorch calls the type of a tensor, such as torch.float32.</param>
/// <param name="Type">The type.</param>
/// <param name="Size">Bytes of one number.</param>
internal sealed record PickleStorageType(string Name, TensorType Type, int Size);

/// <summary>A storage that a tensor refers to: the entry of the archive that holds its numbers.</summary>
internal sealed record PickleStorage(PickleStorageType Type, int Entry, long Count);

/// <summary>A tensor: a part of a storage, with sizes and strides in elements.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Size, long[] Strides);

/// <summary>What a name in a pickle stands for.</summary>
internal enum PickleRole
{
    /// <summary>collections.OrderedDict.</summary>
    OrderedDictionary,

    /// <summary>torch._utils._rebuild_tensor_v2.</summary>
    RebuildTensor,

    /// <summary>torch._utils._rebuild_parameter.</summary>
    RebuildParameter,

    /// <summary>torch.Size.</summary>
    Size,

    /// <summary>torch.device.</summary>
    Device,

    /// <summary>The type of a storage.</summary>
    Storage,

    /// <summary>A number type, which only stands for itself.</summary>
    NumberType,
}

/// <summary>A name that a pickle may refer to. This is all that is known of it: no Python name has a meaning beyond this list.</summary>
internal sealed class PickleGlobal
{
    private static readonly PickleStorageType NoStorage = new("", TensorType.Other, 0);

    private static readonly Dictionary<string, PickleGlobal> Known = new[]
    {
        new PickleGlobal("collections.OrderedDict", PickleRole.OrderedDictionary),
        new PickleGlobal("torch._utils._rebuild_tensor_v2", PickleRole.RebuildTensor),
        new PickleGlobal("torch._utils._rebuild_parameter", PickleRole.RebuildParameter),
        new PickleGlobal("torch.Size", PickleRole.Size),
        new PickleGlobal("torch.device", PickleRole.Device),
        OfStorage("Double", "float64", TensorType.Float64),
        OfStorage("Float", "float32", TensorType.Float32),
        OfStorage("Half", "float16", TensorType.Float16),
        OfStorage("BFloat16", "bfloat16", TensorType.BFloat16),
        OfStorage("Long", "int64", TensorType.Int64),
        OfStorage("Int", "int32", TensorType.Int32),
        OfStorage("Short", "int16", TensorType.Int16),
        OfStorage("Char", "int8", TensorType.Int8),
        OfStorage("Byte", "uint8", TensorType.UInt8),
        OfStorage("Bool", "bool", TensorType.Boolean),
        OfStorage("ComplexFloat", "complex64", TensorType.Other, 8),
        OfStorage("ComplexDouble", "complex128", TensorType.Other, 16),
    }
        .Concat(((string[])["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64", "complex128"]).Select(name => new PickleGlobal($"torch.{name}", PickleRole.NumberType)))
        .ToDictionary(global => global.Name, StringComparer.Ordinal);

    private PickleGlobal(string name, PickleRole role, PickleStorageType? storage = null)
    {
        Name = name;
        Role = role;
        Storage = storage ?? NoStorage;
    }

    public string Name { get; }

    public PickleRole Role { get; }

    public PickleStorageType Storage { get; }

    /// <summary>The name, if it is one of the list; null if not.</summary>
    public static PickleGlobal? Find(string module, string name) => Known.TryGetValue($"{module}.{name}", out PickleGlobal? global) && global.Name.LastIndexOf('.') == module.Length ? global : null;

    private static PickleGlobal OfStorage(string name, string type, TensorType number, int size = 0) =>
        new($"torch.{name}Storage", PickleRole.Storage, new PickleStorageType($"torch.{type}", number, size > 0 ? size : TensorBytes.SizeOf(number)));
}
