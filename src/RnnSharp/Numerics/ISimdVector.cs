using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>
/// A SIMD vector of numbers: 512, 256 or 128 bits, or a single number, depending on the processor. Code is written over it once, as if over
/// plain numbers, and compiled for each width: see <see cref="Recurrent.IRecurrentEquations"/> and <see cref="Elementwise"/>. All operations
/// work element by element.
/// </summary>
/// <typeparam name="TSelf">The vector type itself.</typeparam>
/// <typeparam name="T">float or double.</typeparam>
public interface ISimdVector<TSelf, T>
    where TSelf : unmanaged, ISimdVector<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The same number in every element.</summary>
    static abstract TSelf Broadcast(T value);

    /// <summary>a + b.</summary>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>a - b.</summary>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>a·b.</summary>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a / b.</summary>
    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a·b + c, rounded once if the processor has a fused multiply-add.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>|a|.</summary>
    static abstract TSelf Abs(TSelf a);

    /// <summary>√a.</summary>
    static abstract TSelf Sqrt(TSelf a);

    /// <summary>The larger of each pair; NaN where <paramref name="b"/> is (the processor's own instruction).</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller of each pair; NaN where <paramref name="b"/> is.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary><paramref name="then"/> where <paramref name="a"/> &gt; 0, and <paramref name="otherwise"/> elsewhere, including where a is NaN.</summary>
    static abstract TSelf WherePositive(TSelf a, TSelf then, TSelf otherwise);

    /// <summary>eᵃ within 2 units in the last place.</summary>
    static abstract TSelf Exp(TSelf a);

    /// <summary>ln a within 2 units in the last place; NaN below 0.</summary>
    static abstract TSelf Log(TSelf a);

    /// <summary>The logistic function 1 / (1 + e⁻ᵃ) within 2 units in the last place, including both tails.</summary>
    static abstract TSelf Sigmoid(TSelf a);

    /// <summary>The hyperbolic tangent within 2 units in the last place.</summary>
    static abstract TSelf Tanh(TSelf a);
}
