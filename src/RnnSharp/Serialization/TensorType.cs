namespace RnnSharp.Serialization;

/// <summary>The number type of a tensor in a file.</summary>
public enum TensorType
{
    /// <summary>A type whose values this library does not read, such as complex numbers or text.</summary>
    Other,

    /// <summary>64-bit floating point.</summary>
    Float64,

    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>16-bit floating point of IEEE 754.</summary>
    Float16,

    /// <summary>The upper 16 bits of a 32-bit floating-point number.</summary>
    BFloat16,

    /// <summary>64-bit signed integer.</summary>
    Int64,

    /// <summary>32-bit signed integer.</summary>
    Int32,

    /// <summary>16-bit signed integer.</summary>
    Int16,

    /// <summary>8-bit signed integer.</summary>
    Int8,

    /// <summary>64-bit unsigned integer.</summary>
    UInt64,

    /// <summary>32-bit unsigned integer.</summary>
    UInt32,

    /// <summary>16-bit unsigned integer.</summary>
    UInt16,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8,

    /// <summary>A byte that is 0 for false; any other value is read as 1.</summary>
    Boolean,
}
