using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>A vector of 128 bits.</summary>
internal struct SimdVector128<T> : IKernelVector<SimdVector128<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Set by object initializers: a constructor's parameter would cost the JIT one more temporary per operation in compiled equations.
    private Vector128<T> _vector;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Broadcast(T value) => new() { _vector = Vector128.Create(value) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector128<T> Number(float single, double dual) => sizeof(T) == sizeof(float) ? new() { _vector = Vector128.Create(single).As<float, T>() } : new() { _vector = Vector128.Create(dual).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector128<T> Load(T* source) => new() { _vector = Vector128.Load(source) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(SimdVector128<T> value, T* target) => value._vector.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector128<T> Load(T* source, int count)
    {
        if (count >= Vector128<T>.Count) return new() { _vector = Vector128.Load(source) };
        if (!Avx.IsSupported) return VectorMemory.LoadOneByOne<T, SimdVector128<T>>(source, count);
        return typeof(T) == typeof(float)
            ? new() { _vector = Avx.MaskLoad((float*)source, Mask(count).AsSingle()).As<float, T>() }
            : new() { _vector = Avx.MaskLoad((double*)source, Mask(count).AsDouble()).As<double, T>() };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(SimdVector128<T> value, T* target, int count)
    {
        if (count >= Vector128<T>.Count) value._vector.Store(target);
        else if (!Avx.IsSupported) VectorMemory.StoreOneByOne(value, target, count);
        else if (typeof(T) == typeof(float)) Avx.MaskStore((float*)target, Mask(count).AsSingle(), value._vector.AsSingle());
        else Avx.MaskStore((double*)target, Mask(count).AsDouble(), value._vector.AsDouble());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(SimdVector128<T> a) => Vector128.Sum(a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(SimdVector128<T> a) => Largest(a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(Vector128<T> vector)
    {
        T max = T.MaxNative(vector[0], vector[1]);
        return Vector128<T>.Count == 2 ? max : T.MaxNative(max, T.MaxNative(vector[2], vector[3]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> ZeroTail(SimdVector128<T> value, int count) => count >= Vector128<T>.Count ? value : new() { _vector = Vector128.ConditionalSelect(Mask(count), value._vector, Vector128<T>.Zero) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> First(int count, SimdVector128<T> then, SimdVector128<T> otherwise) => new() { _vector = Vector128.ConditionalSelect(Mask(count), then._vector, otherwise._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> operator +(SimdVector128<T> a, SimdVector128<T> b) => new() { _vector = a._vector + b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> operator -(SimdVector128<T> a, SimdVector128<T> b) => new() { _vector = a._vector - b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> operator *(SimdVector128<T> a, SimdVector128<T> b) => new() { _vector = a._vector * b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> operator /(SimdVector128<T> a, SimdVector128<T> b) => new() { _vector = a._vector / b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> MultiplyAdd(SimdVector128<T> a, SimdVector128<T> b, SimdVector128<T> c) => typeof(T) == typeof(float)
        ? new() { _vector = Vector128.MultiplyAddEstimate(a._vector.AsSingle(), b._vector.AsSingle(), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector128.MultiplyAddEstimate(a._vector.AsDouble(), b._vector.AsDouble(), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector128<T> MultiplyAdd(SimdVector128<T> a, SimdVector128<T> b, float single, double dual) => sizeof(T) == sizeof(float)
        ? new() { _vector = Vector128.MultiplyAddEstimate(a._vector.AsSingle(), b._vector.AsSingle(), Vector128.Create(single)).As<float, T>() }
        : new() { _vector = Vector128.MultiplyAddEstimate(a._vector.AsDouble(), b._vector.AsDouble(), Vector128.Create(dual)).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector128<T> MultiplyAdd(SimdVector128<T> a, float single, double dual, SimdVector128<T> c) => sizeof(T) == sizeof(float)
        ? new() { _vector = Vector128.MultiplyAddEstimate(a._vector.AsSingle(), Vector128.Create(single), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector128.MultiplyAddEstimate(a._vector.AsDouble(), Vector128.Create(dual), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector128<T> MultiplyAdd(T* a, SimdVector128<T> b, SimdVector128<T> c) => typeof(T) == typeof(float)
        ? new() { _vector = Vector128.MultiplyAddEstimate(b._vector.AsSingle(), Vector128.Load((float*)a), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector128.MultiplyAddEstimate(b._vector.AsDouble(), Vector128.Load((double*)a), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Abs(SimdVector128<T> a) => new() { _vector = Vector128.Abs(a._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Sqrt(SimdVector128<T> a) => new() { _vector = Vector128.Sqrt(a._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Max(SimdVector128<T> a, SimdVector128<T> b) => new() { _vector = Vector128.MaxNative(a._vector, b._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Min(SimdVector128<T> a, SimdVector128<T> b) => new() { _vector = Vector128.MinNative(a._vector, b._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> CopySign(SimdVector128<T> magnitude, SimdVector128<T> sign) => new() { _vector = Vector128.CopySign(magnitude._vector, sign._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> WherePositive(SimdVector128<T> a, SimdVector128<T> then, SimdVector128<T> otherwise) =>
        new() { _vector = Vector128.ConditionalSelect(Vector128.GreaterThan(a._vector, Vector128<T>.Zero), then._vector, otherwise._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Without(int bits, SimdVector128<T> a)
    {
        Vector128<T> kept = typeof(T) == typeof(float)
            ? Vector128.Equals(Vector128.Create(bits) & Vector128.Create(FloatBits.ElementsSingle), Vector128<int>.Zero).As<int, T>()
            : Vector128.Equals(Vector128.Create((long)bits) & Vector128.Create(FloatBits.ElementsDouble), Vector128<long>.Zero).As<long, T>();
        return new() { _vector = Vector128.ConditionalSelect(kept, a._vector, Vector128<T>.Zero) };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Exp(SimdVector128<T> a) => VectorMath.Exp<T, SimdVector128<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Log(SimdVector128<T> a) => VectorMath.Log<T, SimdVector128<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Sigmoid(SimdVector128<T> a) => VectorMath.Sigmoid<T, SimdVector128<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Tanh(SimdVector128<T> a) => VectorMath.Tanh<T, SimdVector128<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> FromExponent(SimdVector128<T> field) => typeof(T) == typeof(float)
        ? new() { _vector = (field._vector.AsInt32() << 23).As<int, T>() }
        : new() { _vector = (field._vector.AsInt64() << 52).As<long, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector128<T> Split(SimdVector128<T> a, out SimdVector128<T> field)
    {
        // Offset by √½, so that the exponent changes there. The shift is unsigned, because not every processor has a signed one for 64 bits.
        if (typeof(T) == typeof(float))
        {
            Vector128<int> bits = a._vector.AsInt32() + Vector128.Create(FloatBits.SplitSingle);
            field = new() { _vector = (bits >>> 23 | Vector128.Create(FloatBits.WholeSingle)).As<int, T>() };
            return new() { _vector = ((bits & Vector128.Create(FloatBits.SignificandSingle)) + Vector128.Create(FloatBits.RootHalfSingle)).As<int, T>() };
        }
        else
        {
            Vector128<long> bits = a._vector.AsInt64() + Vector128.Create(FloatBits.SplitDouble);
            field = new() { _vector = (bits >>> 52 | Vector128.Create(FloatBits.WholeDouble)).As<long, T>() };
            return new() { _vector = ((bits & Vector128.Create(FloatBits.SignificandDouble)) + Vector128.Create(FloatBits.RootHalfDouble)).As<long, T>() };
        }
    }

    /// <summary>A mask that selects the first <paramref name="count"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Mask(int count) => typeof(T) == typeof(float)
        ? Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)).As<int, T>()
        : Vector128.LessThan(Vector128<long>.Indices, Vector128.Create((long)count)).As<long, T>();
}
