using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>
/// What kernels need of a vector besides arithmetic: memory access, partial vectors, and the bits of numbers. Kernels are generic over the
/// vector, so each is written once and compiled for every width.
/// </summary>
internal interface IKernelVector<TSelf, T> : ISimdVector<TSelf, T>
    where TSelf : unmanaged, IKernelVector<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of elements.</summary>
    static abstract int Count { get; }

    /// <summary>
    /// A constant, in single or double precision depending on T. It is a single call and does not use typeof, because functions have dozens of
    /// constants, and the JIT limits both the code and the temporaries that it inlines into a method.
    /// </summary>
    static abstract TSelf Number(float single, double dual);

    /// <summary>a·b plus a <see cref="Number"/>: a step of a polynomial, as a single call for the same reason.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, float single, double dual);

    /// <summary>a times a <see cref="Number"/> plus c, as a single call for the same reason.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, float single, double dual, TSelf c);

    /// <summary>
    /// a·b + c for an <paramref name="a"/> in memory, with the bits of <see cref="ISimdVector{TSelf, T}.MultiplyAdd"/>. It is one instruction;
    /// of a Load and a MultiplyAdd, the JIT makes three.
    /// </summary>
    static abstract unsafe TSelf MultiplyAdd(T* a, TSelf b, TSelf c);

    static abstract unsafe TSelf Load(T* source);

    static abstract unsafe void Store(TSelf value, T* target);

    /// <summary>Loads the first <paramref name="count"/> elements without reading past them, at most a whole vector; the rest are zero.</summary>
    static abstract unsafe TSelf Load(T* source, int count);

    /// <summary>Stores the first <paramref name="count"/> elements without writing past them, at most a whole vector.</summary>
    static abstract unsafe void Store(TSelf value, T* target, int count);

    /// <summary>Sets all but the first <paramref name="count"/> elements to zero.</summary>
    static abstract TSelf ZeroTail(TSelf value, int count);

    /// <summary>The sum of all elements, by adding halves.</summary>
    static abstract T Sum(TSelf a);

    /// <summary>The largest element.</summary>
    static abstract T Largest(TSelf a);

    /// <summary>The first <paramref name="count"/> elements of <paramref name="then"/>, and the remaining ones of <paramref name="otherwise"/>.</summary>
    static abstract TSelf First(int count, TSelf then, TSelf otherwise);

    /// <summary>The magnitude of <paramref name="magnitude"/> with the sign of <paramref name="sign"/>.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary><paramref name="a"/> with the elements whose bit is set replaced by zero. The lowest bit is that of the first element.</summary>
    static abstract TSelf Without(int bits, TSelf a);

    /// <summary>
    /// The power of two whose sign and exponent are in the low bits of a number's significand, where <see cref="VectorMath"/>'s rounding
    /// constants put them: 2^(low bits - 127) in single, 2^(low bits - 1023) in double precision. Exact for every normal number.
    /// </summary>
    static abstract TSelf FromExponent(TSelf field);

    /// <summary>
    /// Splits a positive normal number a = m·2ⁿ (for others, the result has no meaning): returns m from √½ to √2, and in the low bits of
    /// <paramref name="field"/> n + 127 or n + 1023, as <see cref="FromExponent"/> takes it.
    /// </summary>
    static abstract TSelf Split(TSelf a, out TSelf field);
}
