namespace RnnSharp;

/// <summary>How the weights of a quantized model are stored. Products widen them when they are loaded.</summary>
public enum QuantizedType
{
    /// <summary>
    /// Integers of 8 bits with a scale per row: a quarter of the memory of float. Products are sums of integers; the input of a product is
    /// rounded to integers as well, with a scale per example and step.
    /// </summary>
    Int8,

    /// <summary>The upper 16 bits of floats: half the memory, float's range, 8 significant bits.</summary>
    BFloat16,

    /// <summary>Floats of 16 bits (IEEE 754): half the memory, numbers up to 65,504, 11 significant bits.</summary>
    Float16,
}
