namespace RnnSharp.Serialization;

/// <summary>A tensor of a safetensors file: what the header says of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its number type by the format's name: F64, F32, ...</param>
/// <param name="Shape">Its sizes; the values lie row-major.</param>
/// <param name="Begin">Its first byte, counted from the end of the header.</param>
/// <param name="End">The byte after its last.</param>
internal sealed record SafetensorsTensor(string Name, string Type, long[] Shape, long Begin, long End)
{
    /// <summary>The types whose values can be read as float or double.</summary>
    public const string ReadableTypes = "F64, F32, F16 or BF16";

    public bool IsReadable => Type is "F64" or "F32" or "F16" or "BF16";

    public static string TypeOf<T>() => typeof(T) == typeof(double) ? "F64" : "F32";

    /// <summary>Bytes of one number; null for a type that the format's description does not name.</summary>
    public static int? SizeOf(string type) => type switch
    {
        "F64" or "I64" or "U64" or "C64" => 8,
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
        _ => null,
    };

    public static string Describe(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";
}
