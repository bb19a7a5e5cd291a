using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Wasm;

namespace RnnSharp.Numerics;

/// <summary>
/// A vector of 128 bits in WebAssembly. <see cref="SimdVector128{T}"/> computes the same, but there .NET interprets: it has instructions for all of
/// <see cref="PackedSimd"/> and for a few methods of Vector128, and runs the other methods one element at a time.
/// </summary>
internal struct PackedVector<T> : IKernelVector<PackedVector<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Read and written by Unsafe.BitCast: for a field, the interpreter takes the address of the whole vector.
    private readonly Vector128<T> _vector;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> Broadcast(T value) => Of(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> Number(float single, double dual) => sizeof(T) == sizeof(float) ? Of(Vector128.Create(single)) : Of(Vector128.Create(dual));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> Load(T* source) => *(PackedVector<T>*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(PackedVector<T> value, T* target) => *(PackedVector<T>*)target = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> Load(T* source, int count) => count >= Count ? Load(source) : VectorMemory.LoadOneByOne<T, PackedVector<T>>(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(PackedVector<T> value, T* target, int count)
    {
        if (count >= Count) Store(value, target);
        else VectorMemory.StoreOneByOne(value, target, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe T Sum(PackedVector<T> a)
    {
        T* elements = (T*)&a;
        return sizeof(T) == sizeof(float) ? elements[0] + elements[2] + (elements[1] + elements[3]) : elements[0] + elements[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(PackedVector<T> a) => SimdVector128<T>.Largest(a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> ZeroTail(PackedVector<T> value, int count) => count >= Count ? value : First(count, value, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> First(int count, PackedVector<T> then, PackedVector<T> otherwise)
    {
        PackedVector<T> mask = sizeof(T) == sizeof(float)
            ? Of(PackedSimd.CompareLessThan(Vector128<int>.Indices, Vector128.Create(count)))
            : Of(PackedSimd.CompareLessThan(Vector128<long>.Indices, Vector128.Create((long)count)));
        return Select(mask, then, otherwise);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> operator +(PackedVector<T> a, PackedVector<T> b) => sizeof(T) == sizeof(float) ? Of(PackedSimd.Add(Singles(a), Singles(b))) : Of(PackedSimd.Add(Doubles(a), Doubles(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> operator -(PackedVector<T> a, PackedVector<T> b) => sizeof(T) == sizeof(float) ? Of(PackedSimd.Subtract(Singles(a), Singles(b))) : Of(PackedSimd.Subtract(Doubles(a), Doubles(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> operator *(PackedVector<T> a, PackedVector<T> b) => sizeof(T) == sizeof(float) ? Of(PackedSimd.Multiply(Singles(a), Singles(b))) : Of(PackedSimd.Multiply(Doubles(a), Doubles(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> operator /(PackedVector<T> a, PackedVector<T> b) => sizeof(T) == sizeof(float) ? Of(PackedSimd.Divide(Singles(a), Singles(b))) : Of(PackedSimd.Divide(Doubles(a), Doubles(b)));

    // There is no fused multiply-add in WebAssembly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> MultiplyAdd(PackedVector<T> a, PackedVector<T> b, PackedVector<T> c) => sizeof(T) == sizeof(float)
        ? Of(PackedSimd.Add(PackedSimd.Multiply(Singles(a), Singles(b)), Singles(c)))
        : Of(PackedSimd.Add(PackedSimd.Multiply(Doubles(a), Doubles(b)), Doubles(c)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> MultiplyAdd(PackedVector<T> a, PackedVector<T> b, float single, double dual) => MultiplyAdd(a, b, Number(single, dual));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> MultiplyAdd(PackedVector<T> a, float single, double dual, PackedVector<T> c) => MultiplyAdd(a, Number(single, dual), c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> MultiplyAdd(T* a, PackedVector<T> b, PackedVector<T> c) => MultiplyAdd(Load(a), b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> Abs(PackedVector<T> a) => sizeof(T) == sizeof(float) ? Of(PackedSimd.Abs(Singles(a))) : Of(PackedSimd.Abs(Doubles(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> Sqrt(PackedVector<T> a) => sizeof(T) == sizeof(float) ? Of(PackedSimd.Sqrt(Singles(a))) : Of(PackedSimd.Sqrt(Doubles(a)));

    // PseudoMax and PseudoMin return their first argument if either is NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> Max(PackedVector<T> a, PackedVector<T> b) => sizeof(T) == sizeof(float) ? Of(PackedSimd.PseudoMax(Singles(b), Singles(a))) : Of(PackedSimd.PseudoMax(Doubles(b), Doubles(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> Min(PackedVector<T> a, PackedVector<T> b) => sizeof(T) == sizeof(float) ? Of(PackedSimd.PseudoMin(Singles(b), Singles(a))) : Of(PackedSimd.PseudoMin(Doubles(b), Doubles(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> CopySign(PackedVector<T> magnitude, PackedVector<T> sign) => Select(Number(-0f, -0d), sign, magnitude);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> WherePositive(PackedVector<T> a, PackedVector<T> then, PackedVector<T> otherwise)
    {
        PackedVector<T> mask = sizeof(T) == sizeof(float)
            ? Of(PackedSimd.CompareGreaterThan(Singles(a), Vector128<float>.Zero))
            : Of(PackedSimd.CompareGreaterThan(Doubles(a), Vector128<double>.Zero));
        return Select(mask, then, otherwise);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> Without(int bits, PackedVector<T> a) => Unsafe.BitCast<SimdVector128<T>, PackedVector<T>>(SimdVector128<T>.Without(bits, Unsafe.BitCast<PackedVector<T>, SimdVector128<T>>(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> Exp(PackedVector<T> a) => VectorMath.Exp<T, PackedVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> Log(PackedVector<T> a) => VectorMath.Log<T, PackedVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> Sigmoid(PackedVector<T> a) => VectorMath.Sigmoid<T, PackedVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> Tanh(PackedVector<T> a) => VectorMath.Tanh<T, PackedVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe PackedVector<T> FromExponent(PackedVector<T> field) => sizeof(T) == sizeof(float)
        ? Of(PackedSimd.ShiftLeft(Unsafe.BitCast<PackedVector<T>, Vector128<int>>(field), 23))
        : Of(PackedSimd.ShiftLeft(Unsafe.BitCast<PackedVector<T>, Vector128<long>>(field), 52));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedVector<T> Split(PackedVector<T> a, out PackedVector<T> field)
    {
        SimdVector128<T> significand = SimdVector128<T>.Split(Unsafe.BitCast<PackedVector<T>, SimdVector128<T>>(a), out SimdVector128<T> bits);
        field = Unsafe.BitCast<SimdVector128<T>, PackedVector<T>>(bits);
        return Unsafe.BitCast<SimdVector128<T>, PackedVector<T>>(significand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PackedVector<T> Select(PackedVector<T> mask, PackedVector<T> then, PackedVector<T> otherwise) => Of(Vector128.ConditionalSelect(Elements(mask), Elements(then), Elements(otherwise)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Elements(PackedVector<T> a) => Unsafe.BitCast<PackedVector<T>, Vector128<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Singles(PackedVector<T> a) => Unsafe.BitCast<PackedVector<T>, Vector128<float>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Doubles(PackedVector<T> a) => Unsafe.BitCast<PackedVector<T>, Vector128<double>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PackedVector<T> Of<TElement>(Vector128<TElement> vector) => Unsafe.BitCast<Vector128<TElement>, PackedVector<T>>(vector);
}
