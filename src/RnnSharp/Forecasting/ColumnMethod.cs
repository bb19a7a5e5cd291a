using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>The base class of the baselines, which forecast each column by itself as normal distributions, and read no covariates.</summary>
public abstract class ColumnMethod : IForecastMethod
{
    private protected ColumnMethod()
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public IForecastModel Fit(TimeSeries history, int horizon, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        Check.Positive(horizon);
        CheckHistory(history, Shortest(history, horizon));
        var fits = new ColumnFit[history.Columns];
        for (int c = 0; c < fits.Length; c++)
        {
            cancellation.ThrowIfCancellationRequested();
            fits[c] = FitColumn(history, c, horizon);
        }

        return new ColumnModel(this, fits);
    }

    /// <summary>The name, as in tables.</summary>
    public override string ToString() => Name;

    /// <summary>The season of an option, or by default the usual one for the step of the history.</summary>
    internal static int SeasonOf(int? season, TimeSeries history) => season ?? history.Step?.Season ?? 1;

    internal static void CheckHistory(TimeSeries history, int shortest)
    {
        if (history.Length < shortest) throw Check.Shape(nameof(history), $"at least {shortest} steps", history.ToString());
        int missing = history.Values.Span.IndexOf(double.NaN);
        if (missing >= 0) throw Check.Shape(nameof(history), "no missing values (FillGaps fills them)", $"NaN at step {missing / history.Columns}, column {missing % history.Columns}");
    }

    /// <summary>The length of the shortest history that the method can be fitted to.</summary>
    private protected abstract int Shortest(TimeSeries history, int horizon);

    /// <summary>Fits a column of a history, which is long enough and has no missing values.</summary>
    private protected abstract ColumnFit FitColumn(TimeSeries history, int column, int horizon);
}
