using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>
/// The vector of numbers that a kernel is written over: 512, 256 or 128 bits wide, or one scalar. Kernels and equations are
/// generic over the lane, so each is written once and compiled for every width.
/// </summary>
internal interface ILane<TSelf, T>
    where TSelf : unmanaged, ILane<TSelf, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements in a lane.</summary>
    static abstract int Count { get; }

    static abstract TSelf Broadcast(T value);

    static abstract unsafe TSelf Load(T* source);

    static abstract unsafe void Store(TSelf value, T* target);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a·b + c, rounded once where the processor has the instruction.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf a);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>The larger of each pair; NaN where <paramref name="b"/> is (the order that the processors' own instruction has).</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller of each pair; NaN where <paramref name="b"/> is.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>The magnitude of <paramref name="magnitude"/> with the sign of <paramref name="sign"/>.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>Element by element: where <paramref name="a"/> &gt; 0 <paramref name="then"/>, else (also for NaN) <paramref name="otherwise"/>.</summary>
    static abstract TSelf WherePositive(TSelf a, TSelf then, TSelf otherwise);

    /// <summary>
    /// 2ⁿ from the bits of a number to which <see cref="LaneMath"/>'s rounding constant was added: n stands in the low bits of
    /// the significand. Exact for every n whose power is a normal number.
    /// </summary>
    static abstract TSelf PowerOfTwo(TSelf shifted);
}
