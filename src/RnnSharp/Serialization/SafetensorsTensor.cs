namespace RnnSharp.Serialization;

/// <summary>The entry of a tensor in the header of a safetensors file.</summary>
/// <param name="Info">Its name, type and shape; the values are row-major.</param>
/// <param name="Begin">The offset of its first byte from the end of the header.</param>
internal readonly record struct SafetensorsTensor(TensorInfo Info, long Begin)
{
    /// <summary>The types that a model's parameters can be loaded from.</summary>
    public const string FloatTypes = "F64, F32, F16 or BF16";

    /// <summary>The format's types.</summary>
    public static readonly string[] Types = ["F64", "F32", "F16", "BF16", "I64", "U64", "C64", "I32", "U32", "I16", "U16", "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0"];

    /// <summary>The offset of the byte after its last.</summary>
    public long End => Begin + Info.Count * SizeOf(Info.TypeName);

    /// <summary>A type in the format's notation.</summary>
    public static TensorType TypeOf(string type) => type switch
    {
        "F64" => TensorType.Float64,
        "F32" => TensorType.Float32,
        "F16" => TensorType.Float16,
        "BF16" => TensorType.BFloat16,
        "I64" => TensorType.Int64,
        "I32" => TensorType.Int32,
        "I16" => TensorType.Int16,
        "I8" => TensorType.Int8,
        "U64" => TensorType.UInt64,
        "U32" => TensorType.UInt32,
        "U16" => TensorType.UInt16,
        "U8" => TensorType.UInt8,
        "BOOL" => TensorType.Boolean,
        _ => TensorType.Other,
    };

    /// <summary>The type of T, which is float or double, in the format's notation.</summary>
    public static string TypeOf<T>() => NameOf(TensorBytes.TypeOf<T>());

    /// <summary>A type that can be written, in the format's notation.</summary>
    public static string NameOf(TensorType type) => type switch
    {
        TensorType.Float64 => "F64",
        TensorType.Float32 => "F32",
        TensorType.Float16 => "F16",
        TensorType.BFloat16 => "BF16",
        TensorType.Int8 => "I8",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected a type that models are stored in."),
    };

    /// <summary>Bytes of one number of a type in the format's notation.</summary>
    public static int SizeOf(string type) => TypeOf(type) is var known and not TensorType.Other ? TensorBytes.SizeOf(known) : type is "C64" ? 8 : 1;
}
