namespace RnnSharp.Serialization;

/// <summary>The entry of a tensor in the header of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its number type in the format's notation: F64, F32, ...</param>
/// <param name="Shape">Its sizes; the values are row-major.</param>
/// <param name="Begin">The offset of its first byte from the end of the header.</param>
/// <param name="End">The offset of the byte after its last.</param>
internal readonly record struct SafetensorsTensor(string Name, string Type, long[] Shape, long Begin, long End)
{
    /// <summary>The types whose values can be read as float or double.</summary>
    public const string ReadableTypes = "F64, F32, F16 or BF16";

    /// <summary>The format's types.</summary>
    public static readonly string[] Types = ["F64", "F32", "F16", "BF16", "I64", "U64", "C64", "I32", "U32", "I16", "U16", "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0"];

    public bool IsReadable => Type is "F64" or "F32" or "F16" or "BF16";

    public static string TypeOf<T>() => typeof(T) == typeof(double) ? "F64" : "F32";

    /// <summary>Bytes of one number.</summary>
    public static int SizeOf(string type) => type switch
    {
        "F64" or "I64" or "U64" or "C64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        _ => 1,
    };
}
