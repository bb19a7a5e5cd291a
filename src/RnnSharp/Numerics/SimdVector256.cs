using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>A vector of 256 bits.</summary>
internal struct SimdVector256<T> : IKernelVector<SimdVector256<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Set by object initializers: a constructor's parameter would cost the JIT one more temporary per operation in compiled equations.
    private Vector256<T> _vector;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Broadcast(T value) => new() { _vector = Vector256.Create(value) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector256<T> Number(float single, double dual) => sizeof(T) == sizeof(float) ? new() { _vector = Vector256.Create(single).As<float, T>() } : new() { _vector = Vector256.Create(dual).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector256<T> Load(T* source) => new() { _vector = Vector256.Load(source) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(SimdVector256<T> value, T* target) => value._vector.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector256<T> Load(T* source, int count)
    {
        if (count >= Vector256<T>.Count) return new() { _vector = Vector256.Load(source) };
        if (!Avx.IsSupported) return VectorMemory.LoadOneByOne<T, SimdVector256<T>>(source, count);
        return typeof(T) == typeof(float)
            ? new() { _vector = Avx.MaskLoad((float*)source, Mask(count).AsSingle()).As<float, T>() }
            : new() { _vector = Avx.MaskLoad((double*)source, Mask(count).AsDouble()).As<double, T>() };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(SimdVector256<T> value, T* target, int count)
    {
        if (count >= Vector256<T>.Count) value._vector.Store(target);
        else if (!Avx.IsSupported) VectorMemory.StoreOneByOne(value, target, count);
        else if (typeof(T) == typeof(float)) Avx.MaskStore((float*)target, Mask(count).AsSingle(), value._vector.AsSingle());
        else Avx.MaskStore((double*)target, Mask(count).AsDouble(), value._vector.AsDouble());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(SimdVector256<T> a) => Sum(a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Vector256<T> vector) => Vector128.Sum(vector.GetLower() + vector.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(SimdVector256<T> a) => Largest(a._vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(Vector256<T> vector) => SimdVector128<T>.Largest(Vector128.MaxNative(vector.GetLower(), vector.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> ZeroTail(SimdVector256<T> value, int count) => count >= Vector256<T>.Count ? value : new() { _vector = Vector256.ConditionalSelect(Mask(count), value._vector, Vector256<T>.Zero) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> First(int count, SimdVector256<T> then, SimdVector256<T> otherwise) => new() { _vector = Vector256.ConditionalSelect(Mask(count), then._vector, otherwise._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> operator +(SimdVector256<T> a, SimdVector256<T> b) => new() { _vector = a._vector + b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> operator -(SimdVector256<T> a, SimdVector256<T> b) => new() { _vector = a._vector - b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> operator *(SimdVector256<T> a, SimdVector256<T> b) => new() { _vector = a._vector * b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> operator /(SimdVector256<T> a, SimdVector256<T> b) => new() { _vector = a._vector / b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> MultiplyAdd(SimdVector256<T> a, SimdVector256<T> b, SimdVector256<T> c) => typeof(T) == typeof(float)
        ? new() { _vector = Vector256.MultiplyAddEstimate(a._vector.AsSingle(), b._vector.AsSingle(), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector256.MultiplyAddEstimate(a._vector.AsDouble(), b._vector.AsDouble(), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector256<T> MultiplyAdd(SimdVector256<T> a, SimdVector256<T> b, float single, double dual) => sizeof(T) == sizeof(float)
        ? new() { _vector = Vector256.MultiplyAddEstimate(a._vector.AsSingle(), b._vector.AsSingle(), Vector256.Create(single)).As<float, T>() }
        : new() { _vector = Vector256.MultiplyAddEstimate(a._vector.AsDouble(), b._vector.AsDouble(), Vector256.Create(dual)).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector256<T> MultiplyAdd(SimdVector256<T> a, float single, double dual, SimdVector256<T> c) => sizeof(T) == sizeof(float)
        ? new() { _vector = Vector256.MultiplyAddEstimate(a._vector.AsSingle(), Vector256.Create(single), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector256.MultiplyAddEstimate(a._vector.AsDouble(), Vector256.Create(dual), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector256<T> MultiplyAdd(T* a, SimdVector256<T> b, SimdVector256<T> c) => typeof(T) == typeof(float)
        ? new() { _vector = Vector256.MultiplyAddEstimate(b._vector.AsSingle(), Vector256.Load((float*)a), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector256.MultiplyAddEstimate(b._vector.AsDouble(), Vector256.Load((double*)a), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Abs(SimdVector256<T> a) => new() { _vector = Vector256.Abs(a._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Sqrt(SimdVector256<T> a) => new() { _vector = Vector256.Sqrt(a._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Max(SimdVector256<T> a, SimdVector256<T> b) => new() { _vector = Vector256.MaxNative(a._vector, b._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Min(SimdVector256<T> a, SimdVector256<T> b) => new() { _vector = Vector256.MinNative(a._vector, b._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> CopySign(SimdVector256<T> magnitude, SimdVector256<T> sign) => new() { _vector = Vector256.CopySign(magnitude._vector, sign._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> WherePositive(SimdVector256<T> a, SimdVector256<T> then, SimdVector256<T> otherwise) =>
        new() { _vector = Vector256.ConditionalSelect(Vector256.GreaterThan(a._vector, Vector256<T>.Zero), then._vector, otherwise._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Without(int bits, SimdVector256<T> a)
    {
        Vector256<T> kept = typeof(T) == typeof(float)
            ? Vector256.Equals(Vector256.Create(bits) & Vector256.Create(FloatBits.ElementsSingle), Vector256<int>.Zero).As<int, T>()
            : Vector256.Equals(Vector256.Create((long)bits) & Vector256.Create(FloatBits.ElementsDouble), Vector256<long>.Zero).As<long, T>();
        return new() { _vector = Vector256.ConditionalSelect(kept, a._vector, Vector256<T>.Zero) };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Exp(SimdVector256<T> a) => VectorMath.Exp<T, SimdVector256<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Log(SimdVector256<T> a) => VectorMath.Log<T, SimdVector256<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Sigmoid(SimdVector256<T> a) => VectorMath.Sigmoid<T, SimdVector256<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Tanh(SimdVector256<T> a) => VectorMath.Tanh<T, SimdVector256<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> FromExponent(SimdVector256<T> field) => typeof(T) == typeof(float)
        ? new() { _vector = (field._vector.AsInt32() << 23).As<int, T>() }
        : new() { _vector = (field._vector.AsInt64() << 52).As<long, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector256<T> Split(SimdVector256<T> a, out SimdVector256<T> field)
    {
        // Offset by √½, so that the exponent changes there. The shift is unsigned, because not every processor has a signed one for 64 bits.
        if (typeof(T) == typeof(float))
        {
            Vector256<int> bits = a._vector.AsInt32() + Vector256.Create(FloatBits.SplitSingle);
            field = new() { _vector = (bits >>> 23 | Vector256.Create(FloatBits.WholeSingle)).As<int, T>() };
            return new() { _vector = ((bits & Vector256.Create(FloatBits.SignificandSingle)) + Vector256.Create(FloatBits.RootHalfSingle)).As<int, T>() };
        }
        else
        {
            Vector256<long> bits = a._vector.AsInt64() + Vector256.Create(FloatBits.SplitDouble);
            field = new() { _vector = (bits >>> 52 | Vector256.Create(FloatBits.WholeDouble)).As<long, T>() };
            return new() { _vector = ((bits & Vector256.Create(FloatBits.SignificandDouble)) + Vector256.Create(FloatBits.RootHalfDouble)).As<long, T>() };
        }
    }

    /// <summary>A mask that selects the first <paramref name="count"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Mask(int count) => typeof(T) == typeof(float)
        ? Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).As<int, T>()
        : Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>();
}
