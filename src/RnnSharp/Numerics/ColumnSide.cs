using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>The operand of a product that is read element by element: element (k, column) at k · step + column · column.</summary>
/// <param name="pointer">The first element.</param>
/// <param name="count">The number of indices k.</param>
/// <param name="step">Elements from one k to the next; if more than 1, the columns are interleaved, and are gathered for the product.</param>
/// <param name="column">Elements from one column to the next.</param>
internal readonly unsafe struct ColumnSide<T>(T* pointer, int count, nint step, nint column)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Pointer { get; } = pointer;

    public int Count { get; } = count;

    public nint Step { get; } = step;

    public nint Column { get; } = column;
}
