using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>A vector of one number, for processors without vector instructions (emulated wide vectors are hundreds of times slower).</summary>
internal readonly struct ScalarVector<T>(T value) : IKernelVector<ScalarVector<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Broadcast(T value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ScalarVector<T> Number(float single, double dual) => new(sizeof(T) == sizeof(float) ? Unsafe.BitCast<float, T>(single) : Unsafe.BitCast<double, T>(dual));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ScalarVector<T> Load(T* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(ScalarVector<T> value, T* target) => *target = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ScalarVector<T> Load(T* source, int count) => new(count > 0 ? *source : T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(ScalarVector<T> value, T* target, int count)
    {
        if (count > 0) Store(value, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(ScalarVector<T> a) => a._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(ScalarVector<T> a) => a._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> ZeroTail(ScalarVector<T> value, int count) => count > 0 ? value : new(T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> First(int count, ScalarVector<T> then, ScalarVector<T> otherwise) => count > 0 ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> operator +(ScalarVector<T> a, ScalarVector<T> b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> operator -(ScalarVector<T> a, ScalarVector<T> b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> operator *(ScalarVector<T> a, ScalarVector<T> b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> operator /(ScalarVector<T> a, ScalarVector<T> b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> MultiplyAdd(ScalarVector<T> a, ScalarVector<T> b, ScalarVector<T> c) => new(T.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> MultiplyAdd(ScalarVector<T> a, ScalarVector<T> b, float single, double dual) => MultiplyAdd(a, b, Number(single, dual));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ScalarVector<T> MultiplyAdd(T* a, ScalarVector<T> b, ScalarVector<T> c) => new(T.MultiplyAddEstimate(*a, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> MultiplyAdd(ScalarVector<T> a, float single, double dual, ScalarVector<T> c) => MultiplyAdd(a, Number(single, dual), c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Abs(ScalarVector<T> a) => new(T.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Sqrt(ScalarVector<T> a) => new(T.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Max(ScalarVector<T> a, ScalarVector<T> b) => new(T.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Min(ScalarVector<T> a, ScalarVector<T> b) => new(T.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> CopySign(ScalarVector<T> magnitude, ScalarVector<T> sign) => new(T.CopySign(magnitude._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> WherePositive(ScalarVector<T> a, ScalarVector<T> then, ScalarVector<T> otherwise) => a._value > T.Zero ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Without(int bits, ScalarVector<T> a) => (bits & 1) == 0 ? a : new(T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Exp(ScalarVector<T> a) => VectorMath.Exp<T, ScalarVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Log(ScalarVector<T> a) => VectorMath.Log<T, ScalarVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Sigmoid(ScalarVector<T> a) => VectorMath.Sigmoid<T, ScalarVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Tanh(ScalarVector<T> a) => VectorMath.Tanh<T, ScalarVector<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> FromExponent(ScalarVector<T> field) => typeof(T) == typeof(float)
        ? new(Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(field._value) << 23))
        : new(Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(field._value) << 52));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarVector<T> Split(ScalarVector<T> a, out ScalarVector<T> field)
    {
        if (typeof(T) == typeof(float))
        {
            int bits = Unsafe.BitCast<T, int>(a._value) + FloatBits.SplitSingle;
            field = new(Unsafe.BitCast<int, T>(bits >>> 23 | FloatBits.WholeSingle));
            return new(Unsafe.BitCast<int, T>((bits & FloatBits.SignificandSingle) + FloatBits.RootHalfSingle));
        }
        else
        {
            long bits = Unsafe.BitCast<T, long>(a._value) + FloatBits.SplitDouble;
            field = new(Unsafe.BitCast<long, T>(bits >>> 52 | FloatBits.WholeDouble));
            return new(Unsafe.BitCast<long, T>((bits & FloatBits.SignificandDouble) + FloatBits.RootHalfDouble));
        }
    }
}
