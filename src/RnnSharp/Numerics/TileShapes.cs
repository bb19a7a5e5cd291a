namespace RnnSharp.Numerics;

/// <summary>
/// How the terms of a tile map to its slots. The first term adds to slots 0 … Vectors - 1, the second to the last Vectors slots. These are the
/// same slots, unless a cell keeps the two products of a gate separate, as the GRU does for its candidate.
/// </summary>
internal interface ITileShape
{
    /// <summary>The weight vectors per k, 1 to 4.</summary>
    static abstract int Vectors { get; }

    /// <summary>The accumulators per column: Vectors or, if the second term has one of its own, Vectors + 1.</summary>
    static abstract int Slots { get; }
}

/// <summary>The number of columns of a tile, as a type, so that the JIT unrolls loops over it.</summary>
internal interface IColumnCount
{
    static abstract int Count { get; }
}

internal readonly struct OneVector : ITileShape
{
    public static int Vectors => 1;

    public static int Slots => 1;
}

internal readonly struct TwoVectors : ITileShape
{
    public static int Vectors => 2;

    public static int Slots => 2;
}

internal readonly struct ThreeVectors : ITileShape
{
    public static int Vectors => 3;

    public static int Slots => 3;
}

internal readonly struct FourVectors : ITileShape
{
    public static int Vectors => 4;

    public static int Slots => 4;
}

internal readonly struct OneVectorTwoSlots : ITileShape
{
    public static int Vectors => 1;

    public static int Slots => 2;
}

internal readonly struct TwoVectorsThreeSlots : ITileShape
{
    public static int Vectors => 2;

    public static int Slots => 3;
}

internal readonly struct ThreeVectorsFourSlots : ITileShape
{
    public static int Vectors => 3;

    public static int Slots => 4;
}

internal readonly struct Columns1 : IColumnCount
{
    public static int Count => 1;
}

internal readonly struct Columns2 : IColumnCount
{
    public static int Count => 2;
}

internal readonly struct Columns3 : IColumnCount
{
    public static int Count => 3;
}

internal readonly struct Columns4 : IColumnCount
{
    public static int Count => 4;
}

internal readonly struct Columns5 : IColumnCount
{
    public static int Count => 5;
}

internal readonly struct Columns6 : IColumnCount
{
    public static int Count => 6;
}
