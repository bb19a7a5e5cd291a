using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>A lane of one number, for processors without vector instructions (emulated wide vectors are hundreds of times slower).</summary>
internal readonly struct ScalarLane<T>(T value) : IMemoryLane<ScalarLane<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _value = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Broadcast(T value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ScalarLane<T> Number(float single, double dual) => new(sizeof(T) == sizeof(float) ? Unsafe.BitCast<float, T>(single) : Unsafe.BitCast<double, T>(dual));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ScalarLane<T> Load(T* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(ScalarLane<T> value, T* target) => *target = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ScalarLane<T> LoadFirst(T* source, int count) => new(count > 0 ? *source : T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void StoreFirst(ScalarLane<T> value, T* target, int count)
    {
        if (count > 0) Store(value, target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(ScalarLane<T> a) => a._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(ScalarLane<T> a) => a._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> First(int count, ScalarLane<T> then, ScalarLane<T> otherwise) => count > 0 ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> operator +(ScalarLane<T> a, ScalarLane<T> b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> operator -(ScalarLane<T> a, ScalarLane<T> b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> operator *(ScalarLane<T> a, ScalarLane<T> b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> operator /(ScalarLane<T> a, ScalarLane<T> b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> MultiplyAdd(ScalarLane<T> a, ScalarLane<T> b, ScalarLane<T> c) => new(T.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Abs(ScalarLane<T> a) => new(T.Abs(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Sqrt(ScalarLane<T> a) => new(T.Sqrt(a._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Max(ScalarLane<T> a, ScalarLane<T> b) => new(T.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Min(ScalarLane<T> a, ScalarLane<T> b) => new(T.MinNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> CopySign(ScalarLane<T> magnitude, ScalarLane<T> sign) => new(T.CopySign(magnitude._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> WherePositive(ScalarLane<T> a, ScalarLane<T> then, ScalarLane<T> otherwise) => a._value > T.Zero ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Without(int bits, ScalarLane<T> a) => (bits & 1) == 0 ? a : new(T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Exp(ScalarLane<T> a) => LaneMath.Exp<T, ScalarLane<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Log(ScalarLane<T> a) => LaneMath.Log<T, ScalarLane<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Sigmoid(ScalarLane<T> a) => LaneMath.Sigmoid<T, ScalarLane<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Tanh(ScalarLane<T> a) => LaneMath.Tanh<T, ScalarLane<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> FromExponent(ScalarLane<T> field) => typeof(T) == typeof(float)
        ? new(Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(field._value) << 23))
        : new(Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(field._value) << 52));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ScalarLane<T> Split(ScalarLane<T> a, out ScalarLane<T> field)
    {
        if (typeof(T) == typeof(float))
        {
            int bits = Unsafe.BitCast<T, int>(a._value) + LaneBits.SplitSingle;
            field = new(Unsafe.BitCast<int, T>(bits >>> 23 | LaneBits.WholeSingle));
            return new(Unsafe.BitCast<int, T>((bits & LaneBits.SignificandSingle) + LaneBits.RootHalfSingle));
        }
        else
        {
            long bits = Unsafe.BitCast<T, long>(a._value) + LaneBits.SplitDouble;
            field = new(Unsafe.BitCast<long, T>(bits >>> 52 | LaneBits.WholeDouble));
            return new(Unsafe.BitCast<long, T>((bits & LaneBits.SignificandDouble) + LaneBits.RootHalfDouble));
        }
    }
}
