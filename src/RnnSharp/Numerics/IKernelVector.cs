using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>
/// What kernels need of a lane besides arithmetic: memory, parts of a vector, and the bits of numbers. Kernels are generic over the
/// lane, so each is written once and compiled for every width.
/// </summary>
internal interface IKernelVector<TSelf, T> : ISimdVector<TSelf, T>
    where TSelf : unmanaged, IKernelVector<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements in a lane.</summary>
    static abstract int Count { get; }

    /// <summary>
    /// A constant of single or of double precision, whichever T is. One call deep and without typeof, because functions have dozens of
    /// them, and the compiler inlines into a method only so much and so many temporaries.
    /// </summary>
    static abstract TSelf Number(float single, double dual);

    static abstract unsafe TSelf Load(T* source);

    static abstract unsafe void Store(TSelf value, T* target);

    /// <summary>Loads the first elements, 0 to all, and nothing of the memory behind them; the rest is zero.</summary>
    static abstract unsafe TSelf LoadFirst(T* source, int count);

    /// <summary>Stores the first elements, 0 to all, and leaves the memory behind them alone.</summary>
    static abstract unsafe void StoreFirst(TSelf value, T* target, int count);

    /// <summary>The sum of all elements, halves added until few are left.</summary>
    static abstract T Sum(TSelf a);

    /// <summary>The largest element.</summary>
    static abstract T Largest(TSelf a);

    /// <summary>The first elements of <paramref name="then"/>, and the rest of <paramref name="otherwise"/>.</summary>
    static abstract TSelf First(int count, TSelf then, TSelf otherwise);

    /// <summary>The magnitude of <paramref name="magnitude"/> with the sign of <paramref name="sign"/>.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>Element by element: <paramref name="a"/>, and zero where the element's bit is set, the first element's bit the lowest.</summary>
    static abstract TSelf Without(int bits, TSelf a);

    /// <summary>
    /// The power of two whose sign and exponent stand in the low bits of a number's significand, as <see cref="VectorMath"/>'s rounding
    /// constants leave them there: 2^(low bits - 127) in single, 2^(low bits - 1023) in double precision. Exact for every normal number.
    /// </summary>
    static abstract TSelf FromExponent(TSelf field);

    /// <summary>
    /// m from √½ to √2 with a = m·2ⁿ, for a positive normal number (bits without meaning for others), and n + 127 or n + 1023 in the
    /// low bits of <paramref name="field"/>, a number as <see cref="FromExponent"/> takes it.
    /// </summary>
    static abstract TSelf Split(TSelf a, out TSelf field);
}
