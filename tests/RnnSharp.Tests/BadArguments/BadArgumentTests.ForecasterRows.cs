using RnnSharp.Forecasting;

namespace RnnSharp.Tests;

/// <summary>Scalers, and forecasters with their options.</summary>
public sealed partial class BadArgumentTests
{
    private static readonly Lazy<Forecaster> Fitted = new(() => Forecaster.Fit(Week(60), new() { Horizon = 2, Season = 1, Lookback = 4, HiddenSize = 2, Members = 1, Epochs = 1 }));

    private static IEnumerable<Row> ScalerRows()
    {
        const string Affine = "AffineScaler.new(centers, scales)", Power = "PowerScaler.new(lambdas, shifts)", Composed = "ComposedScaler.new(scalers)";
        yield return Null(Affine, "centers", f => _ = new AffineScaler(null!, [1]));
        yield return Bad(Affine, "centers", "at least one", "none", f => _ = new AffineScaler([], []));
        yield return Bad(Affine, "centers", "finite", "NaN in column 0", f => _ = new AffineScaler([double.NaN], [1]));
        yield return Bad(Affine, "scales", "above 0", "0 in column 1", f => _ = new AffineScaler([0, 0], [1, 0]));
        yield return Bad(Affine, "scales", "2 scales", "1", f => _ = new AffineScaler([0, 0], [1]));
        yield return Null(Power, "lambdas", f => _ = new PowerScaler(null!, [1]));
        yield return Bad(Power, "lambdas", "-5 to 5", "6 in column 0", f => _ = new PowerScaler([6], [0]));
        yield return Bad(Power, "shifts", "1 shifts", "2", f => _ = new PowerScaler([1], [0, 0]));
        yield return Null(Composed, "scalers", f => _ = new ComposedScaler(null!));
        yield return Bad(Composed, "scalers", "at least one", "none", f => _ = new ComposedScaler());
        yield return Bad(Composed, "scalers", "1 columns in scaler 1", "2", f => _ = new ComposedScaler(new AffineScaler([0], [1]), new AffineScaler([0, 0], [1, 1])));
        IScaler affine = new AffineScaler([0, 0], [1, 1]), power = new PowerScaler([0, 0], [0, 0]), composed = new ComposedScaler(new AffineScaler([0, 0], [1, 1]));
        foreach ((string name, IScaler scaler) in new[] { ("AffineScaler", affine), ("PowerScaler", power), ("ComposedScaler", composed) })
        {
            yield return Bad($"{name}.Transform(values, scaled)", "values", "whole steps of 2", "3 values", _ => scaler.Transform(new double[3], new double[3]));
            yield return Bad($"{name}.Transform(values, scaled)", "scaled", "2 values", "4", _ => scaler.Transform([1, 1], new double[4]));
            yield return Bad($"{name}.InverseTransform(scaled, values)", "scaled", "whole steps of 2", "3 values", _ => scaler.InverseTransform(new double[3], new double[3]));
            yield return Bad($"{name}.InverseTransform(scaled, values)", "values", "2 values", "4", _ => scaler.InverseTransform([1, 1], new double[4]));
        }

        yield return Bad("PowerScaler.Transform(values, scaled)", "values", "above 0", "-1 at step 0, column 1", _ => power.Transform([1, -1], new double[2]));
        yield return Bad("Scaling.Log(shift)", "shift", "finite", "NaN", _ => Scaling.Log(double.NaN));
        yield return Bad("Scaling.BoxCox(lambda, shift)", "lambda", "-5 to 5", "NaN", _ => Scaling.BoxCox(double.NaN));
        yield return Bad("Scaling.BoxCox(lambda, shift)", "shift", "finite", "Infinity", _ => Scaling.BoxCox(1, double.PositiveInfinity));
        yield return Null("Scaling.Then(next)", "next", _ => Scaling.Standard.Then(null!));
        yield return Null("Scaling.Fit(series)", "series", _ => Scaling.Standard.Fit(null!));
        yield return Bad("Scaling.Fit(values, columns)", "columns", "at least 1", "0", _ => Scaling.Standard.Fit([1], 0));
        yield return Bad("Scaling.Fit(values, columns)", "values", "2 columns", "3 values", _ => Scaling.Standard.Fit([1, 2, 3], 2));
        yield return Bad("Scaling.Fit(values, columns)", "values", "in column 1", "none", _ => Scaling.Standard.Fit([1, double.NaN], 2));
        yield return Bad("Scaling.Fit(values, columns)", "values", "finite", "Infinity at step 1", _ => Scaling.Standard.Fit([1, double.PositiveInfinity]));
        yield return Bad("Scaling.Fit(values, columns)", "values", "values above 0", "got 0 in column 0", _ => Scaling.Log().Fit([1, 0]));
        yield return Null("Scaling.Restore(numbers)", "numbers", _ => Scaling.Restore(null!));
    }

    private static IEnumerable<Row> ForecasterRows()
    {
        const string One = "Forecaster.Fit(TimeSeries series, ForecasterOptions options, CancellationToken cancellation)", Several = "Forecaster.Fit(IReadOnlyList`1 series, ForecasterOptions options, CancellationToken cancellation)";
        yield return Null(One, "series", _ => Forecaster.Fit((TimeSeries)null!));
        yield return Bad(One, "series", "at least", "got 5", _ => Forecaster.Fit(Week(5), new() { Lookback = 4, Season = 1 }));
        yield return Bad(One, "series", "counts of 0 or more", "-1", _ => Forecaster.Fit(new TimeSeries([.. Enumerable.Repeat(-1d, 60)]), new() { Head = ForecastHead.NegativeBinomial }));
        yield return Bad(One, "options", "Lookback of at least 3", "2", _ => Forecaster.Fit(new TimeSeries(new double[60]) { FutureCovariates = Week(70) }, new() { Horizon = 3, Lookback = 2 }));
        yield return Bad(One, "options", "the Direct strategy", "Recursive", _ => Forecaster.Fit(Week(60), new() { Horizon = 3, Head = ForecastHead.NegativeBinomial, Strategy = ForecastStrategy.Recursive }));
        yield return Bad(One, "options", "a Season", "none", _ => Forecaster.Fit(Week(60), new() { Seasons = 2, Season = 1 }));
        yield return Bad(One, "options", "at most 4 AnchorSteps", "5", _ => Forecaster.Fit(Week(60), new() { Lookback = 4, AnchorSteps = 5 }));
        yield return Null(Several, "series", _ => Forecaster.Fit((IReadOnlyList<TimeSeries>)null!));
        yield return Bad(Several, "series", "at least one series", "none", _ => Forecaster.Fit([]));
        yield return Bad(Several, "series", "Series 1", "null", _ => Forecaster.Fit([Week(60), null!]));
        yield return Bad(Several, "series", "one step of time, 1 month", "1 day in series 1", _ => Forecaster.Fit([Monthly(), new TimeSeries(Monthly().Values.Span) { Start = default(DateTime), Step = TimeStep.Day }]));
        yield return Bad(Several, "series", "different Ids", "two named a", _ => Forecaster.Fit([new TimeSeries([1]) { Id = "a" }, new TimeSeries([2]) { Id = "a" }]));
        yield return Bad(Several, "series", "1 columns", "2", _ => Forecaster.Fit([Week(60), new TimeSeries([1, 2], 2)]));
        yield return Bad("Forecaster.Predict(series)", "series", "0 to 0", "1", _ => Fitted.Value.Predict(1));
        const string Forecast = "Forecaster.Forecast(history, horizon, cancellation)";
        yield return Null(Forecast, "history", _ => Fitted.Value.Forecast(null!, 1));
        yield return Bad(Forecast, "history", "at least 4 steps", "3", _ => Fitted.Value.Forecast(Week(3), 1));
        yield return Bad(Forecast, "history", "1 columns", "2", _ => Fitted.Value.Forecast(new TimeSeries([1, 2], 2), 1));
        yield return Bad(Forecast, "horizon", "1 to 2", "3", _ => Fitted.Value.Forecast(Week(60), 3));
        yield return Bad("Forecaster.Update(values, series)", "series", "0 to 0", "-1", _ => Fitted.Value.Update([1d], -1));
        yield return Bad("Forecaster.Update(values, series)", "values", "finite", "Infinity", _ => Fitted.Value.Update([double.PositiveInfinity]));
        yield return Null("Forecaster.Update(next, series)", "next", _ => Fitted.Value.Update((TimeSeries)null!));
        yield return Bad("Forecaster.Update(next, series)", "next", "1 columns", "2", _ => Fitted.Value.Update(new TimeSeries([1, 2], 2)));
        yield return Bad("Forecaster.Update(next, series)", "series", "0 to 0", "1", _ => Fitted.Value.Update(Week(1), 1));
        yield return Null("Forecaster.Save(path)", "path", _ => Fitted.Value.Save((string)null!));
        yield return Null("Forecaster.Save(stream)", "stream", _ => Fitted.Value.Save((Stream)null!));
        yield return Null("Forecaster.Load(path)", "path", _ => Forecaster.Load((string)null!));
        yield return Null("Forecaster.Load(stream)", "stream", _ => Forecaster.Load((Stream)null!));
        yield return Null("ForecasterMethod.Fit(history, horizon, cancellation)", "history", _ => new ForecasterMethod().Fit(null!, 1));
        yield return Bad("ForecasterMethod.Fit(history, horizon, cancellation)", "horizon", "at least 1", "0", _ => new ForecasterMethod().Fit(Week(60), 0));
        yield return Bad("ForecasterMethod.Fit(history, horizon, cancellation)", "horizon", "at most 100000", "100001", _ => new ForecasterMethod().Fit(Week(60), 100_001));
        yield return Bad("TimeSeries.Monthly(values, start, columns)", "columns", "at least 1", "0", _ => TimeSeries.Monthly([1], default, 0));
        yield return Bad("TimeSeries.Monthly(values, start, columns)", "values", "at least one step", "0 values", _ => TimeSeries.Monthly([], default));
        yield return Null("TimeSeries.Append(next)", "next", _ => Week(2).Append(null!));
        yield return Bad("TimeSeries.Append(next)", "next", "1 columns", "2", _ => Week(2).Append(new TimeSeries([1, 2], 2)));
        yield return Bad("TimeSeries.Append(next)", "next", "from 0006-01-01T00:00:00 on", "from 0007-01-01T00:00:00 on", _ => Monthly().Append(TimeSeries.Monthly([1], new(7, 1, 1))));

        static TimeSeries Monthly() => TimeSeries.Monthly(new double[60], default);
    }

    private static TimeSeries Week(int length) => new([.. Enumerable.Range(0, length).Select(i => (double)(i % 7))]) { Step = TimeStep.Day };
}
