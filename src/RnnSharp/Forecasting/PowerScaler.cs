using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// The power transformation of Box and Cox (1964) for each column: ((x + shift)^λ - 1) / λ, and ln(x + shift) for λ = 0. It makes fluctuations
/// that grow with the level even. Values must be above -shift.
/// </summary>
public sealed class PowerScaler : IScaler
{
    internal const string Kind = "power";

    private readonly double[] _lambdas;
    private readonly double[] _shifts;

    /// <summary>Creates a scaler of given numbers.</summary>
    /// <param name="lambdas">λ, one finite number of -5 to 5 for each column, at least one.</param>
    /// <param name="shifts">What is added to the values before, one finite number for each column.</param>
    /// <exception cref="ArgumentException">A list is null, there is no column, their lengths differ, or a number is out of range.</exception>
    public PowerScaler(IReadOnlyList<double> lambdas, IReadOnlyList<double> shifts)
    {
        _lambdas = ScalerNumbers.Copy(lambdas, nameof(lambdas), "numbers of -5 to 5", lambda => lambda is >= -5 and <= 5);
        _shifts = ScalerNumbers.Copy(shifts, nameof(shifts), "finite numbers", double.IsFinite);
        if (_shifts.Length != _lambdas.Length) throw Check.Shape(nameof(shifts), $"{_lambdas.Length} shifts, one for each λ", $"{_shifts.Length}");
    }

    /// <summary>λ, one for each column; 0 is the logarithm.</summary>
    public IReadOnlyList<double> Lambdas => _lambdas;

    /// <summary>What is added to the values before, one for each column.</summary>
    public IReadOnlyList<double> Shifts => _shifts;

    /// <inheritdoc/>
    public int Columns => _lambdas.Length;

    /// <inheritdoc/>
    public void Transform(ReadOnlySpan<double> values, Span<double> scaled)
    {
        ScalerNumbers.CheckSteps(values, scaled, Columns, nameof(values), nameof(scaled));
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] + _shifts[i % Columns] <= 0)
                throw Check.Shape(nameof(values), string.Create(CultureInfo.InvariantCulture, $"values above {0 - _shifts[i % Columns]}, which have a power of any exponent"), string.Create(CultureInfo.InvariantCulture, $"{values[i]} at step {i / Columns}, column {i % Columns}"));
        }

        for (int i = 0; i < values.Length; i++) scaled[i] = Power(values[i] + _shifts[i % Columns], _lambdas[i % Columns]);
    }

    /// <inheritdoc/>
    /// <remarks>A number that no value has, because λx + 1 is negative, counts as the nearest one that a value can approach.</remarks>
    public void InverseTransform(ReadOnlySpan<double> scaled, Span<double> values)
    {
        ScalerNumbers.CheckSteps(scaled, values, Columns, nameof(scaled), nameof(values));
        for (int i = 0; i < scaled.Length; i++) values[i] = Root(scaled[i], _lambdas[i % Columns]) - _shifts[i % Columns];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> ToNumbers() => ScalerNumbers.Write(Kind, ("lambda", _lambdas), ("shift", _shifts));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Box-Cox of λ = {_lambdas[0]:G4}{(Columns == 1 ? "" : $" and {Columns - 1} more columns")}");

    /// <summary>(x^λ - 1) / λ; the form for small λ ln x keeps its digits as λ approaches 0.</summary>
    internal static double Power(double x, double lambda)
    {
        double log = Math.Log(x);
        return lambda == 0 ? log : ExpMinusOne(lambda * log) / lambda;
    }

    /// <summary>
    /// λ by maximum likelihood (Box and Cox 1964, section 3): the largest (λ - 1) Σ ln x - n/2 ln σ²(λ) from -2 to 2, for positive values, of
    /// which NaN are left out; 1 for fewer than 3 or for equal ones.
    /// </summary>
    internal static double LikeliestLambda(ReadOnlySpan<double> values, double shift)
    {
        List<double> logs = CenteredLogs(values, shift);
        if (logs.Count < 3 || logs.Max() - logs.Min() < 1e-12) return 1;
        double best = 0;
        const int Steps = 40;
        for (int k = -Steps; k <= Steps; k++)
        {
            double lambda = 2d * k / Steps;
            if (LogLikelihood(logs, lambda) > LogLikelihood(logs, best)) best = lambda;
        }

        // Golden section within the neighbours of the best point of the grid.
        double low = Math.Max(-2, best - 2d / Steps), high = Math.Min(2, best + 2d / Steps), ratio = (Math.Sqrt(5) - 1) / 2;
        while (high - low > 1e-9)
        {
            double left = high - ratio * (high - low), right = low + ratio * (high - low);
            if (LogLikelihood(logs, left) > LogLikelihood(logs, right)) high = right;
            else low = left;
        }

        return (low + high) / 2;
    }

    /// <summary>Whether the logarithm of positive values is likelier than the values themselves; by ½, so that series whose values hardly differ, for which it makes no difference, stay as they are.</summary>
    internal static bool PrefersLogarithm(ReadOnlySpan<double> values)
    {
        List<double> logs = CenteredLogs(values, 0);
        return logs.Count >= 3 && logs.Max() - logs.Min() >= 1e-12 && LogLikelihood(logs, 0) > LogLikelihood(logs, 1) + 0.5;
    }

    /// <summary>The logarithms less their mean: of values over their geometric mean, which changes the likelihood by a constant and keeps the powers in range.</summary>
    private static List<double> CenteredLogs(ReadOnlySpan<double> values, double shift)
    {
        var logs = new List<double>(values.Length);
        foreach (double value in values)
        {
            if (!double.IsNaN(value)) logs.Add(Math.Log(value + shift));
        }

        double mean = logs.Count == 0 ? 0 : logs.Average();
        for (int i = 0; i < logs.Count; i++) logs[i] -= mean;
        return logs;
    }

    private static double LogLikelihood(List<double> logs, double lambda)
    {
        double sum = 0, squares = 0;
        foreach (double log in logs) sum += Term(log);
        double average = sum / logs.Count;
        foreach (double log in logs) squares += (Term(log) - average) * (Term(log) - average);
        return -0.5 * logs.Count * Math.Log(squares / logs.Count);

        double Term(double log) => lambda == 0 ? log : ExpMinusOne(lambda * log) / lambda;
    }

    private static double Root(double y, double lambda)
    {
        if (lambda == 0) return Math.Exp(y);
        double power = lambda * y;
        return power <= -1 ? (lambda > 0 ? 0 : double.MaxValue) : Math.Exp(GammaFunctions.LogOnePlus(power) / lambda);
    }

    /// <summary>eˣ - 1 without the loss of digits near 0 (Kahan; Higham 2002, section 1.14.1).</summary>
    private static double ExpMinusOne(double x)
    {
        double e = Math.Exp(x), rounded = e - 1;
        return rounded == 0 ? x : Math.Abs(x) > 1 ? rounded : rounded * x / Math.Log(e);
    }
}
