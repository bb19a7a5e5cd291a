using RnnSharp.Numerics;

namespace RnnSharp.Extensions.Tests;

/// <summary>A vector of one number that computes with .NET's own functions, as an exporter's vector would record operations.</summary>
internal readonly record struct Real(double Value) : ISimdVector<Real, double>
{
    public static Real operator +(Real a, Real b) => new(a.Value + b.Value);

    public static Real operator -(Real a, Real b) => new(a.Value - b.Value);

    public static Real operator *(Real a, Real b) => new(a.Value * b.Value);

    public static Real operator /(Real a, Real b) => new(a.Value / b.Value);

    public static Real Broadcast(double value) => new(value);

    public static Real MultiplyAdd(Real a, Real b, Real c) => new(a.Value * b.Value + c.Value);

    public static Real Abs(Real a) => new(Math.Abs(a.Value));

    public static Real Sqrt(Real a) => new(Math.Sqrt(a.Value));

    public static Real Max(Real a, Real b) => new(Math.Max(a.Value, b.Value));

    public static Real Min(Real a, Real b) => new(Math.Min(a.Value, b.Value));

    public static Real WherePositive(Real a, Real then, Real otherwise) => a.Value > 0 ? then : otherwise;

    public static Real Exp(Real a) => new(Math.Exp(a.Value));

    public static Real Log(Real a) => new(Math.Log(a.Value));

    public static Real Sigmoid(Real a) => new(1 / (1 + Math.Exp(-a.Value)));

    public static Real Tanh(Real a) => new(Math.Tanh(a.Value));
}
