using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSharp.Numerics;

/// <summary>A vector of 512 bits.</summary>
internal struct SimdVector512<T> : IKernelVector<SimdVector512<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Set by object initializers: a constructor's parameter would cost the JIT one more temporary per operation in compiled equations.
    private Vector512<T> _vector;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Broadcast(T value) => new() { _vector = Vector512.Create(value) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector512<T> Number(float single, double dual) => sizeof(T) == sizeof(float) ? new() { _vector = Vector512.Create(single).As<float, T>() } : new() { _vector = Vector512.Create(dual).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector512<T> Load(T* source) => new() { _vector = Vector512.Load(source) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(SimdVector512<T> value, T* target) => value._vector.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector512<T> Load(T* source, int count)
    {
        if (count >= Vector512<T>.Count) return new() { _vector = Vector512.Load(source) };
        if (!Avx512F.IsSupported) return VectorMemory.LoadOneByOne<T, SimdVector512<T>>(source, count);
        return typeof(T) == typeof(float)
            ? new() { _vector = Avx512F.MaskLoad((float*)source, Mask(count).AsSingle(), Vector512<float>.Zero).As<float, T>() }
            : new() { _vector = Avx512F.MaskLoad((double*)source, Mask(count).AsDouble(), Vector512<double>.Zero).As<double, T>() };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(SimdVector512<T> value, T* target, int count)
    {
        if (count >= Vector512<T>.Count) value._vector.Store(target);
        else if (!Avx512F.IsSupported) VectorMemory.StoreOneByOne(value, target, count);
        else if (typeof(T) == typeof(float)) Avx512F.MaskStore((float*)target, Mask(count).AsSingle(), value._vector.AsSingle());
        else Avx512F.MaskStore((double*)target, Mask(count).AsDouble(), value._vector.AsDouble());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(SimdVector512<T> a) => SimdVector256<T>.Sum(a._vector.GetLower() + a._vector.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Largest(SimdVector512<T> a) => SimdVector256<T>.Largest(Vector256.MaxNative(a._vector.GetLower(), a._vector.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> ZeroTail(SimdVector512<T> value, int count) => count >= Vector512<T>.Count ? value : new() { _vector = Vector512.ConditionalSelect(Mask(count), value._vector, Vector512<T>.Zero) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> First(int count, SimdVector512<T> then, SimdVector512<T> otherwise) => new() { _vector = Vector512.ConditionalSelect(Mask(count), then._vector, otherwise._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> operator +(SimdVector512<T> a, SimdVector512<T> b) => new() { _vector = a._vector + b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> operator -(SimdVector512<T> a, SimdVector512<T> b) => new() { _vector = a._vector - b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> operator *(SimdVector512<T> a, SimdVector512<T> b) => new() { _vector = a._vector * b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> operator /(SimdVector512<T> a, SimdVector512<T> b) => new() { _vector = a._vector / b._vector };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> MultiplyAdd(SimdVector512<T> a, SimdVector512<T> b, SimdVector512<T> c) => typeof(T) == typeof(float)
        ? new() { _vector = Vector512.MultiplyAddEstimate(a._vector.AsSingle(), b._vector.AsSingle(), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector512.MultiplyAddEstimate(a._vector.AsDouble(), b._vector.AsDouble(), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector512<T> MultiplyAdd(SimdVector512<T> a, SimdVector512<T> b, float single, double dual) => sizeof(T) == sizeof(float)
        ? new() { _vector = Vector512.MultiplyAddEstimate(a._vector.AsSingle(), b._vector.AsSingle(), Vector512.Create(single)).As<float, T>() }
        : new() { _vector = Vector512.MultiplyAddEstimate(a._vector.AsDouble(), b._vector.AsDouble(), Vector512.Create(dual)).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector512<T> MultiplyAdd(SimdVector512<T> a, float single, double dual, SimdVector512<T> c) => sizeof(T) == sizeof(float)
        ? new() { _vector = Vector512.MultiplyAddEstimate(a._vector.AsSingle(), Vector512.Create(single), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector512.MultiplyAddEstimate(a._vector.AsDouble(), Vector512.Create(dual), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe SimdVector512<T> MultiplyAdd(T* a, SimdVector512<T> b, SimdVector512<T> c) => typeof(T) == typeof(float)
        ? new() { _vector = Vector512.MultiplyAddEstimate(b._vector.AsSingle(), Vector512.Load((float*)a), c._vector.AsSingle()).As<float, T>() }
        : new() { _vector = Vector512.MultiplyAddEstimate(b._vector.AsDouble(), Vector512.Load((double*)a), c._vector.AsDouble()).As<double, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Abs(SimdVector512<T> a) => new() { _vector = Vector512.Abs(a._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Sqrt(SimdVector512<T> a) => new() { _vector = Vector512.Sqrt(a._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Max(SimdVector512<T> a, SimdVector512<T> b) => new() { _vector = Vector512.MaxNative(a._vector, b._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Min(SimdVector512<T> a, SimdVector512<T> b) => new() { _vector = Vector512.MinNative(a._vector, b._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> CopySign(SimdVector512<T> magnitude, SimdVector512<T> sign) => new() { _vector = Vector512.CopySign(magnitude._vector, sign._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> WherePositive(SimdVector512<T> a, SimdVector512<T> then, SimdVector512<T> otherwise) =>
        new() { _vector = Vector512.ConditionalSelect(Vector512.GreaterThan(a._vector, Vector512<T>.Zero), then._vector, otherwise._vector) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Without(int bits, SimdVector512<T> a)
    {
        Vector512<T> kept = typeof(T) == typeof(float)
            ? Vector512.Equals(Vector512.Create(bits) & Vector512.Create(FloatBits.ElementsSingle), Vector512<int>.Zero).As<int, T>()
            : Vector512.Equals(Vector512.Create((long)bits) & Vector512.Create(FloatBits.ElementsDouble), Vector512<long>.Zero).As<long, T>();
        return new() { _vector = Vector512.ConditionalSelect(kept, a._vector, Vector512<T>.Zero) };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Exp(SimdVector512<T> a) => VectorMath.Exp<T, SimdVector512<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Log(SimdVector512<T> a) => VectorMath.Log<T, SimdVector512<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Sigmoid(SimdVector512<T> a) => VectorMath.Sigmoid<T, SimdVector512<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Tanh(SimdVector512<T> a) => VectorMath.Tanh<T, SimdVector512<T>>(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> FromExponent(SimdVector512<T> field) => typeof(T) == typeof(float)
        ? new() { _vector = (field._vector.AsInt32() << 23).As<int, T>() }
        : new() { _vector = (field._vector.AsInt64() << 52).As<long, T>() };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector512<T> Split(SimdVector512<T> a, out SimdVector512<T> field)
    {
        // Offset by √½, so that the exponent changes there. The shift is unsigned, because not every processor has a signed one for 64 bits.
        if (typeof(T) == typeof(float))
        {
            Vector512<int> bits = a._vector.AsInt32() + Vector512.Create(FloatBits.SplitSingle);
            field = new() { _vector = (bits >>> 23 | Vector512.Create(FloatBits.WholeSingle)).As<int, T>() };
            return new() { _vector = ((bits & Vector512.Create(FloatBits.SignificandSingle)) + Vector512.Create(FloatBits.RootHalfSingle)).As<int, T>() };
        }
        else
        {
            Vector512<long> bits = a._vector.AsInt64() + Vector512.Create(FloatBits.SplitDouble);
            field = new() { _vector = (bits >>> 52 | Vector512.Create(FloatBits.WholeDouble)).As<long, T>() };
            return new() { _vector = ((bits & Vector512.Create(FloatBits.SignificandDouble)) + Vector512.Create(FloatBits.RootHalfDouble)).As<long, T>() };
        }
    }

    /// <summary>A mask that selects the first <paramref name="count"/> elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Mask(int count) => typeof(T) == typeof(float)
        ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>()
        : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();
}
