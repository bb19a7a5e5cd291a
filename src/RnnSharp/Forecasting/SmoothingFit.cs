using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The parameters of exponential smoothing for a column.</summary>
internal sealed class SmoothingFit : ColumnFit
{
    private readonly SmoothingSeason _kind;
    private readonly bool _hasTrend;
    private readonly int _season;
    private readonly double _deviation;

    private SmoothingFit(ReadOnlySpan<double> values, ExponentialSmoothingOptions options, int season, SmoothingParameters parameters, int fitted)
    {
        _kind = options.Season;
        _hasTrend = options.Trend != SmoothingTrend.None;
        _season = season;
        Parameters = parameters;
        var states = SmoothingStates.Initial(values, _kind, _hasTrend, season);
        int residuals = values.Length - states.Steps;
        Squares = states.Run(values, parameters);
        _deviation = Deviation(Squares, residuals, Math.Min(fitted, residuals - 1));
    }

    public SmoothingParameters Parameters { get; }

    /// <summary>The sum of the squared errors one step ahead.</summary>
    public double Squares { get; }

    public override int Shortest => _kind != SmoothingSeason.None ? 2 * _season : _hasTrend ? 2 : 1;

    public static SmoothingFit Fit(double[] values, ExponentialSmoothingOptions options, int season)
    {
        RequirePositive(values, options.Season);
        bool hasTrend = options.Trend != SmoothingTrend.None;
        SmoothingStates initial = SmoothingStates.Initial(values, options.Season, hasTrend, season);
        List<(double Least, double Most)> box = [];
        if (options.Alpha is null) box.Add((0, 1));
        if (hasTrend && options.Beta is null) box.Add((0, 1));
        if (options.Season != SmoothingSeason.None && options.Gamma is null) box.Add((0, 1));
        if (options.Trend == SmoothingTrend.Damped && options.Phi is null) box.Add((0.8, 0.98));
        SmoothingStates states = initial.Copy();
        double[] best = BoxMinimizer.Minimize(
            point =>
            {
                initial.CopyTo(states);
                return states.Run(values, At(point));
            },
            box);
        return new SmoothingFit(values, options, season, At(best), box.Count);

        SmoothingParameters At(ReadOnlySpan<double> point)
        {
            int next = 0;
            double alpha = options.Alpha ?? point[next++];
            double beta = !hasTrend ? 0 : options.Beta ?? point[next++];
            double gamma = options.Season == SmoothingSeason.None ? 0 : options.Gamma ?? point[next++];
            return new SmoothingParameters(alpha, beta, gamma, options.Trend != SmoothingTrend.Damped ? 1 : options.Phi ?? point[next]);
        }
    }

    public override void Forecast(ReadOnlySpan<double> history, Span<double> means, Span<double> deviations)
    {
        RequirePositive(history, _kind);
        var states = SmoothingStates.Initial(history, _kind, _hasTrend, _season);
        states.Run(history, Parameters);
        (double alpha, double beta, double gamma, double phi) = Parameters;
        double trend = 0, power = 1;
        var weights = new double[means.Length];
        for (int h = 0; h < means.Length; h++)
        {
            // The weight of an error h steps back, psi(h).
            weights[h] = h == 0 ? 1 : alpha * (1 + beta * trend) + (_kind != SmoothingSeason.None && h % _season == 0 ? gamma * (1 - alpha) : 0);
            power *= phi;
            trend += power;
            double level = states.Level + trend * states.Trend, season = states.SeasonAhead(h);
            means[h] = _kind == SmoothingSeason.Multiplicative ? level * season : level + season;
            double variance = 0;
            for (int j = 0; j <= h; j++)
            {
                double weight = _kind == SmoothingSeason.Multiplicative ? weights[j] * season / states.SeasonAhead(h - j) : weights[j];
                variance += weight * weight;
            }

            deviations[h] = _deviation * Math.Sqrt(variance);
        }
    }

    public override string ToString()
    {
        (double alpha, double beta, double gamma, double phi) = Parameters;
        return string.Create(CultureInfo.InvariantCulture, $"alpha {alpha:F4}{(_hasTrend ? $", beta {beta:F4}" : "")}{(_kind == SmoothingSeason.None ? "" : $", gamma {gamma:F4}")}{(phi < 1 ? $", phi {phi:F4}" : "")}");
    }

    private static void RequirePositive(ReadOnlySpan<double> history, SmoothingSeason kind)
    {
        if (kind != SmoothingSeason.Multiplicative) return;
        for (int t = 0; t < history.Length; t++)
        {
            if (!(history[t] > 0)) throw Check.Shape(nameof(history), "values above 0 for a multiplicative season", string.Create(CultureInfo.InvariantCulture, $"{history[t]} at step {t}"));
        }
    }
}

/// <summary>The weights of level, trend and season, and the factor of the trend.</summary>
internal readonly record struct SmoothingParameters(double Alpha, double Beta, double Gamma, double Phi);
