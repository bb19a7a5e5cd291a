namespace RnnSharp.Numerics;

/// <summary>The bit patterns by which vectors split a number into exponent and significand.</summary>
internal static class FloatBits
{
    /// <summary>The bits of the smallest numbers not below √½, where the range of a logarithm's significand begins.</summary>
    public const int RootHalfSingle = 0x3F3504F3;
    public const long RootHalfDouble = 0x3FE6A09E667F3BCD;

    public const int SignificandSingle = 0x7FFFFF;
    public const long SignificandDouble = 0xFFFFFFFFFFFFF;

    /// <summary>Added to the bits of m·2ⁿ with m from √½ to √2, gives n plus the bias in the exponent field and the distance of m from √½ in the significand.</summary>
    public const int SplitSingle = (127 << 23) - RootHalfSingle;
    public const long SplitDouble = (1023L << 52) - RootHalfDouble;

    /// <summary>The bits of 1.5·2^23 and 1.5·2^52, where a unit in the last place is 1.</summary>
    public const int WholeSingle = 0x4B400000;
    public const long WholeDouble = 0x4338000000000000;

    /// <summary>One bit for each element of a vector of up to 512 bits.</summary>
    public static ReadOnlySpan<int> ElementsSingle => [1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15];

    public static ReadOnlySpan<long> ElementsDouble => [1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7];
}
