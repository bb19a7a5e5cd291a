using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>
/// A vector of floats whose multiply-add rounds twice, as on a processor without a fused one. Everything else that a vector does element by
/// element is exactly rounded or works on bits, so that equations over it give the same bits at every width and with no vectors at all.
/// Functions are calls, not inlined, because the wrapped operations would exceed the JIT's limit of temporaries in a cell's equations; they
/// take an address, because a vector passed by value is copied in parts, which is slow to read as a whole.
/// </summary>
internal struct UnfusedVector<TVector> : IKernelVector<UnfusedVector<TVector>, float>
    where TVector : unmanaged, IKernelVector<TVector, float>
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const MethodImplOptions Call = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;

    private TVector _vector;

    public static int Count
    {
        [MethodImpl(Inline)]
        get => TVector.Count;
    }

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Broadcast(float value) => Of(TVector.Broadcast(value));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Number(float single, double dual) => Of(TVector.Broadcast(single));

    [MethodImpl(Inline)]
    public static unsafe UnfusedVector<TVector> Load(float* source) => Of(TVector.Load(source));

    [MethodImpl(Inline)]
    public static unsafe void Store(UnfusedVector<TVector> value, float* target) => TVector.Store(value._vector, target);

    [MethodImpl(Inline)]
    public static unsafe UnfusedVector<TVector> Load(float* source, int count) => Of(TVector.Load(source, count));

    [MethodImpl(Inline)]
    public static unsafe void Store(UnfusedVector<TVector> value, float* target, int count) => TVector.Store(value._vector, target, count);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> ZeroTail(UnfusedVector<TVector> value, int count) => Of(TVector.ZeroTail(value._vector, count));

    [MethodImpl(Inline)]
    public static float Sum(UnfusedVector<TVector> a) => TVector.Sum(a._vector);

    [MethodImpl(Inline)]
    public static float Largest(UnfusedVector<TVector> a) => TVector.Largest(a._vector);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> First(int count, UnfusedVector<TVector> then, UnfusedVector<TVector> otherwise) => Of(TVector.First(count, then._vector, otherwise._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> operator +(UnfusedVector<TVector> a, UnfusedVector<TVector> b) => Of(a._vector + b._vector);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> operator -(UnfusedVector<TVector> a, UnfusedVector<TVector> b) => Of(a._vector - b._vector);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> operator *(UnfusedVector<TVector> a, UnfusedVector<TVector> b) => Of(a._vector * b._vector);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> operator /(UnfusedVector<TVector> a, UnfusedVector<TVector> b) => Of(a._vector / b._vector);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> MultiplyAdd(UnfusedVector<TVector> a, UnfusedVector<TVector> b, UnfusedVector<TVector> c) => Of(a._vector * b._vector + c._vector);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> MultiplyAdd(UnfusedVector<TVector> a, UnfusedVector<TVector> b, float single, double dual) => Of(a._vector * b._vector + TVector.Broadcast(single));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> MultiplyAdd(UnfusedVector<TVector> a, float single, double dual, UnfusedVector<TVector> c) => Of(a._vector * TVector.Broadcast(single) + c._vector);

    [MethodImpl(Inline)]
    public static unsafe UnfusedVector<TVector> MultiplyAdd(float* a, UnfusedVector<TVector> b, UnfusedVector<TVector> c) => MultiplyAdd(Load(a), b, c);

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Abs(UnfusedVector<TVector> a) => Of(TVector.Abs(a._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Sqrt(UnfusedVector<TVector> a) => Of(TVector.Sqrt(a._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Max(UnfusedVector<TVector> a, UnfusedVector<TVector> b) => Of(TVector.Max(a._vector, b._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Min(UnfusedVector<TVector> a, UnfusedVector<TVector> b) => Of(TVector.Min(a._vector, b._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> CopySign(UnfusedVector<TVector> magnitude, UnfusedVector<TVector> sign) => Of(TVector.CopySign(magnitude._vector, sign._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> WherePositive(UnfusedVector<TVector> a, UnfusedVector<TVector> then, UnfusedVector<TVector> otherwise) => Of(TVector.WherePositive(a._vector, then._vector, otherwise._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Without(int bits, UnfusedVector<TVector> a) => Of(TVector.Without(bits, a._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> FromExponent(UnfusedVector<TVector> field) => Of(TVector.FromExponent(field._vector));

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Split(UnfusedVector<TVector> a, out UnfusedVector<TVector> field)
    {
        TVector significand = TVector.Split(a._vector, out TVector exponent);
        field = Of(exponent);
        return Of(significand);
    }

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Exp(UnfusedVector<TVector> a)
    {
        ExpInPlace(ref a);
        return a;
    }

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Log(UnfusedVector<TVector> a)
    {
        LogInPlace(ref a);
        return a;
    }

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Sigmoid(UnfusedVector<TVector> a)
    {
        SigmoidInPlace(ref a);
        return a;
    }

    [MethodImpl(Inline)]
    public static UnfusedVector<TVector> Tanh(UnfusedVector<TVector> a)
    {
        TanhInPlace(ref a);
        return a;
    }

    [MethodImpl(Call)]
    private static void ExpInPlace(ref UnfusedVector<TVector> a) => a = VectorMath.Exp<float, UnfusedVector<TVector>>(a);

    [MethodImpl(Call)]
    private static void LogInPlace(ref UnfusedVector<TVector> a) => a = VectorMath.Log<float, UnfusedVector<TVector>>(a);

    [MethodImpl(Call)]
    private static void SigmoidInPlace(ref UnfusedVector<TVector> a) => a = VectorMath.Sigmoid<float, UnfusedVector<TVector>>(a);

    [MethodImpl(Call)]
    private static void TanhInPlace(ref UnfusedVector<TVector> a) => a = VectorMath.Tanh<float, UnfusedVector<TVector>>(a);

    [MethodImpl(Inline)]
    private static UnfusedVector<TVector> Of(TVector vector) => new() { _vector = vector };
}
