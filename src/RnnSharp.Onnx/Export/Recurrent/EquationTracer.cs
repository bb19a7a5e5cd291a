using System.Numerics;

namespace RnnSharp.Onnx;

/// <summary>
/// Records the operations of a cell's equations as nodes of a graph. Values are numbered, because a vector of the equations must be
/// unmanaged; value 0 is the number zero, which is what equations get from <c>default</c>. Operations on numbers are computed at once, and
/// those that change nothing (adding zero, a limit of infinity) are left out.
/// </summary>
internal sealed class EquationTracer<T>(GraphBuilder graph, string path)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [ThreadStatic]
    private static EquationTracer<T>? _current;

    private readonly List<Traced> _values = [new(null, T.Zero, IsStep: false)];

    /// <summary>The recorder of the equations that this thread runs.</summary>
    public static EquationTracer<T> Current => _current ?? throw new InvalidOperationException("The equations are not being recorded.");

    /// <summary>Runs equations on values of the graph.</summary>
    public void Record(Action run)
    {
        EquationTracer<T>? outer = _current;
        _current = this;
        try
        {
            run();
        }
        finally
        {
            _current = outer;
        }
    }

    /// <summary>A number, the same for every unit.</summary>
    public TracedVector<T> Number(T number) => Keep(new Traced(null, number, IsStep: false));

    /// <summary>A value of the step, [batch, units].</summary>
    public TracedVector<T> Step(string name) => Value(name, isStep: true);

    /// <summary>A weight, [units].</summary>
    public TracedVector<T> Weight(string name) => Value(name, isStep: false);

    /// <summary>The name of a value.</summary>
    public string NameOf(TracedVector<T> vector) => Of(vector) is { Name: { } name } ? name : graph.Number(Of(vector).Number);

    /// <summary>Whether a value has a dimension of examples.</summary>
    public bool IsStep(TracedVector<T> vector) => Of(vector).IsStep;

    public TracedVector<T> Apply(string type, TracedVector<T> a, Func<T, T> compute) =>
        Of(a) is { Name: null } number ? Number(compute(number.Number)) : Value(graph.Add(path, type, [NameOf(a)]), IsStep(a));

    public TracedVector<T> Apply(string type, TracedVector<T> a, TracedVector<T> b, Func<T, T, T> compute) =>
        Of(a) is { Name: null } x && Of(b) is { Name: null } y ? Number(compute(x.Number, y.Number)) : Value(graph.Add(path, type, [NameOf(a), NameOf(b)]), IsStep(a) || IsStep(b));

    public TracedVector<T> Add(TracedVector<T> a, TracedVector<T> b) => Is(a, T.Zero) ? b : Is(b, T.Zero) ? a : Apply("Add", a, b, static (x, y) => x + y);

    public TracedVector<T> Subtract(TracedVector<T> a, TracedVector<T> b) => Is(b, T.Zero) ? a : Is(a, T.Zero) ? Apply("Neg", b, static x => -x) : Apply("Sub", a, b, static (x, y) => x - y);

    public TracedVector<T> Multiply(TracedVector<T> a, TracedVector<T> b)
    {
        if (Is(a, T.Zero) || Is(b, T.Zero)) return default;
        return Is(a, T.One) ? b : Is(b, T.One) ? a : Apply("Mul", a, b, static (x, y) => x * y);
    }

    public TracedVector<T> Divide(TracedVector<T> a, TracedVector<T> b) => Is(b, T.One) ? a : Apply("Div", a, b, static (x, y) => x / y);

    public TracedVector<T> Max(TracedVector<T> a, TracedVector<T> b)
    {
        if (Is(a, T.NegativeInfinity)) return b;
        return Is(b, T.NegativeInfinity) ? a : Is(a, T.Zero) ? Apply("Relu", b, static x => T.Max(T.Zero, x)) : Apply("Max", a, b, T.Max);
    }

    public TracedVector<T> Min(TracedVector<T> a, TracedVector<T> b) => Is(a, T.PositiveInfinity) ? b : Is(b, T.PositiveInfinity) ? a : Apply("Min", a, b, T.Min);

    public TracedVector<T> WherePositive(TracedVector<T> a, TracedVector<T> then, TracedVector<T> otherwise)
    {
        if (Of(a) is { Name: null } number) return number.Number > T.Zero ? then : otherwise;
        return Value(graph.Add(path, "Where", [graph.Add(path, "Greater", [NameOf(a), graph.Number(T.Zero)]), NameOf(then), NameOf(otherwise)]), IsStep(a) || IsStep(then) || IsStep(otherwise));
    }

    private TracedVector<T> Value(string name, bool isStep) => Keep(new Traced(name, T.Zero, isStep));

    private bool Is(TracedVector<T> vector, T number) => Of(vector) is { Name: null } known && known.Number == number;

    private Traced Of(TracedVector<T> vector) => _values[vector.Index];

    private TracedVector<T> Keep(Traced value)
    {
        _values.Add(value);
        return new TracedVector<T>(_values.Count - 1);
    }

    /// <summary>A value of the graph, or a number if it has no name.</summary>
    private readonly record struct Traced(string? Name, T Number, bool IsStep);
}
