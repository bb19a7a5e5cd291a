using System.Globalization;

namespace RnnSharp.Forecasting;

/// <summary>The map of <see cref="LinearMethod"/> for a column.</summary>
internal sealed class LinearFit : ColumnFit
{
    private readonly int _lookback;
    private readonly double[] _weights; // [step][lookback]; the newest value is 0 once it is subtracted, and 1 for the constant takes its place
    private readonly double[] _deviations;

    public LinearFit(ReadOnlySpan<double> values, int lookback, int horizon, double ridge)
    {
        _lookback = lookback;
        int windows = values.Length - lookback - horizon + 1;
        double[] x = new double[lookback], y = new double[horizon], gram = new double[lookback * lookback];
        _weights = new double[horizon * lookback];
        for (int w = 0; w < windows; w++)
        {
            Window(values, w, x, y);
            for (int i = 0; i < lookback; i++) PositiveSystem.AddScaled(x[i], x.AsSpan(0, i + 1), gram.AsSpan(i * lookback, i + 1));
            for (int h = 0; h < horizon; h++) PositiveSystem.AddScaled(y[h], x, _weights.AsSpan(h * lookback, lookback));
        }

        // The constant has no penalty. Where nothing ever changes, any penalty will do.
        double trace = 0;
        for (int i = 0; i < lookback - 1; i++) trace += gram[i * lookback + i];
        for (int i = 0; i < lookback - 1; i++) gram[i * lookback + i] += trace == 0 ? 1 : ridge * trace / (lookback - 1);
        var system = new PositiveSystem(gram, lookback);
        for (int h = 0; h < horizon; h++) system.Solve(_weights.AsSpan(h * lookback, lookback));
        _deviations = new double[horizon];
        for (int w = 0; w < windows; w++)
        {
            Window(values, w, x, y);
            double kept = Math.Max(1 - system.InverseSquare(x), 1e-9);
            for (int h = 0; h < horizon; h++) _deviations[h] += Math.Pow((y[h] - PositiveSystem.Dot(x, _weights.AsSpan(h * lookback, lookback))) / kept, 2) / windows;
        }

        for (int h = 0; h < horizon; h++) _deviations[h] = Math.Sqrt(_deviations[h]);
    }

    public override int Shortest => _lookback;

    public override int Longest => _deviations.Length;

    public override void Forecast(ReadOnlySpan<double> history, Span<double> means, Span<double> deviations)
    {
        var x = new double[_lookback];
        Window(history, history.Length - _lookback, x, []);
        for (int h = 0; h < means.Length; h++) means[h] = history[^1] + PositiveSystem.Dot(x, _weights.AsSpan(h * _lookback, _lookback));
        _deviations.AsSpan(0, means.Length).CopyTo(deviations);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"lookback {_lookback}");

    /// <summary>The window at a step, less its last value, and the steps that follow it.</summary>
    private static void Window(ReadOnlySpan<double> values, int first, Span<double> x, Span<double> y)
    {
        double last = values[first + x.Length - 1];
        for (int i = 0; i < x.Length - 1; i++) x[i] = values[first + i] - last;
        x[^1] = 1;
        for (int h = 0; h < y.Length; h++) y[h] = values[first + x.Length + h] - last;
    }
}
