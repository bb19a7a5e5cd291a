using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>The operand of a product that is stored in packed panels: index k of panel p at p · panel + k · step.</summary>
/// <param name="pointer">The first vector.</param>
/// <param name="panel">Elements from one panel to the next.</param>
/// <param name="step">Elements from one k to the next.</param>
internal readonly unsafe struct PanelSide<T>(T* pointer, nint panel, nint step)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Pointer { get; } = pointer;

    public nint Panel { get; } = panel;

    public nint Step { get; } = step;
}
