using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Onnx;

/// <summary>A vector of units whose operations are recorded by the <see cref="EquationTracer{T}"/> of the current thread.</summary>
/// <param name="Index">The number of the value.</param>
internal readonly record struct TracedVector<T>(int Index) : ISimdVector<TracedVector<T>, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static EquationTracer<T> Tracer => EquationTracer<T>.Current;

    public static TracedVector<T> Broadcast(T value) => Tracer.Number(value);

    public static TracedVector<T> operator +(TracedVector<T> a, TracedVector<T> b) => Tracer.Add(a, b);

    public static TracedVector<T> operator -(TracedVector<T> a, TracedVector<T> b) => Tracer.Subtract(a, b);

    public static TracedVector<T> operator *(TracedVector<T> a, TracedVector<T> b) => Tracer.Multiply(a, b);

    public static TracedVector<T> operator /(TracedVector<T> a, TracedVector<T> b) => Tracer.Divide(a, b);

    public static TracedVector<T> MultiplyAdd(TracedVector<T> a, TracedVector<T> b, TracedVector<T> c) => Tracer.Add(Tracer.Multiply(a, b), c);

    public static TracedVector<T> Abs(TracedVector<T> a) => Tracer.Apply("Abs", a, T.Abs);

    public static TracedVector<T> Sqrt(TracedVector<T> a) => Tracer.Apply("Sqrt", a, T.Sqrt);

    public static TracedVector<T> Max(TracedVector<T> a, TracedVector<T> b) => Tracer.Max(a, b);

    public static TracedVector<T> Min(TracedVector<T> a, TracedVector<T> b) => Tracer.Min(a, b);

    public static TracedVector<T> WherePositive(TracedVector<T> a, TracedVector<T> then, TracedVector<T> otherwise) => Tracer.WherePositive(a, then, otherwise);

    public static TracedVector<T> Exp(TracedVector<T> a) => Tracer.Apply("Exp", a, T.Exp);

    public static TracedVector<T> Log(TracedVector<T> a) => Tracer.Apply("Log", a, T.Log);

    public static TracedVector<T> Sigmoid(TracedVector<T> a) => Tracer.Apply("Sigmoid", a, static x => T.One / (T.One + T.Exp(-x)));

    public static TracedVector<T> Tanh(TracedVector<T> a) => Tracer.Apply("Tanh", a, T.Tanh);
}
