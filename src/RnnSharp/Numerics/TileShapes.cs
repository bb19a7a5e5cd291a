namespace RnnSharp.Numerics;

/// <summary>
/// How the vectors of a tile meet its terms. The first term adds to slots 0 … Vectors - 1, the second to the last Vectors slots:
/// the same ones, but for a kind that keeps the two products of a gate apart, as the gated recurrent unit does its candidate's.
/// </summary>
internal interface ITileShape
{
    /// <summary>Weight vectors an index k, 1 to 4.</summary>
    static abstract int Vectors { get; }

    /// <summary>Accumulators a column: Vectors or, where the second term has one of its own, Vectors + 1.</summary>
    static abstract int Slots { get; }
}

/// <summary>The number of columns of a tile, as a type, so that the compiler unrolls it.</summary>
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
