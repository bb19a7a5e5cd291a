using RnnSharp.Forecasting;

namespace RnnSharp.Tests;

/// <summary>DeepAR and its method.</summary>
public sealed partial class BadArgumentTests
{
    private static readonly Lazy<DeepAr> FittedDeepAr = new(() => DeepAr.Fit(Week(60), new() { Horizon = 2, Season = 1, Context = 4, HiddenSize = 2, Layers = 1, Epochs = 1, BatchesPerEpoch = 1, SamplePaths = 2 }));

    private static IEnumerable<Row> DeepArRows()
    {
        const string One = "DeepAr.Fit(TimeSeries series, DeepArOptions options, CancellationToken cancellation)", Several = "DeepAr.Fit(IReadOnlyList`1 series, DeepArOptions options, CancellationToken cancellation)";
        TimeSeries negative = new([.. Enumerable.Repeat(-1d, 60)]), two = new(new double[120], 2);
        TimeSeries gaps = new([.. Enumerable.Repeat(double.NaN, 50), .. Enumerable.Repeat(1d, 10)]);
        yield return Null(One, "series", _ => DeepAr.Fit((TimeSeries)null!));
        yield return Bad(One, "series", "at least", "got 5", _ => DeepAr.Fit(Week(5), new() { Context = 4, Season = 1 }));
        yield return Bad(One, "series", "counts of 0", "-1", _ => DeepAr.Fit(negative, new() { Distribution = DeepArDistribution.NegativeBinomial }));
        yield return Bad(One, "series", "1 column", "got 2", _ => DeepAr.Fit(two));
        yield return Bad(One, "series", "start and a step", "60 steps", _ => DeepAr.Fit(Week(60), new() { Calendar = [CalendarField.DayOfWeek] }));
        yield return Bad(One, "series", "training part", "none", _ => DeepAr.Fit(gaps, new() { Context = 4, Season = 1 }));
        yield return Bad(One, "series", "without missing values", "NaN", _ => DeepAr.Fit(new TimeSeries(new double[60]) { FutureCovariates = gaps }));
        yield return Null(Several, "series", _ => DeepAr.Fit((IReadOnlyList<TimeSeries>)null!));
        yield return Bad(Several, "series", "at least one series", "none", _ => DeepAr.Fit([]));
        yield return Bad(Several, "series", "Series 1", "null", _ => DeepAr.Fit([Week(60), null!]));
        yield return Bad(Several, "series", "0 covariates", "1", _ => DeepAr.Fit([Week(60), new TimeSeries(new double[60]) { FutureCovariates = Week(60) }]));
        yield return Bad("DeepAr.Predict(series)", "series", "0 to 0", "1", _ => FittedDeepAr.Value.Predict(1));
        const string Forecast = "DeepAr.Forecast(history, horizon, cancellation)";
        yield return Null(Forecast, "history", _ => FittedDeepAr.Value.Forecast(null!, 1));
        yield return Bad(Forecast, "history", "at least 5 steps", "4", _ => FittedDeepAr.Value.Forecast(Week(4), 1));
        yield return Bad(Forecast, "history", "1 column", "2", _ => FittedDeepAr.Value.Forecast(two, 1));
        yield return Bad(Forecast, "horizon", "1 to 2", "3", _ => FittedDeepAr.Value.Forecast(Week(60), 3));
        yield return Null("DeepAr.Save(path)", "path", _ => FittedDeepAr.Value.Save((string)null!));
        yield return Null("DeepAr.Save(stream)", "stream", _ => FittedDeepAr.Value.Save((Stream)null!));
        yield return Null("DeepAr.Load(path)", "path", _ => DeepAr.Load((string)null!));
        yield return Null("DeepAr.Load(stream)", "stream", _ => DeepAr.Load((Stream)null!));
        yield return Null("DeepArMethod.Fit(history, horizon, cancellation)", "history", _ => new DeepArMethod().Fit(null!, 1));
        yield return Bad("DeepArMethod.Fit(history, horizon, cancellation)", "horizon", "at least 1", "0", _ => new DeepArMethod().Fit(Week(60), 0));
        yield return Bad("DeepArMethod.Fit(history, horizon, cancellation)", "horizon", "at most 100000", "100001", _ => new DeepArMethod().Fit(Week(60), 100_001));
    }
}
