using System.Text.Json;
using FluentAssertions;
using PassengerForecast;
using RnnSharp.Forecasting;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Naive, drift, mean and linear forecasts against forecasting.py.</summary>
public sealed class BaselineTests
{
    private static readonly JsonElement Cases = ForecastingReference.Root.GetProperty("simple");

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Points_and_deviations_equal_the_reference(int number)
    {
        JsonElement item = Cases[number];
        double[] points = item.Values("points");
        Forecast forecast = Method(item).Forecast(new TimeSeries(item.Values("values")), points.Length);
        Close(forecast.Points, points);
        Close(forecast.Deviations, item.Values("deviations"));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_model_goes_on_from_a_newer_history_with_the_spread_of_its_fit(int number)
    {
        JsonElement item = Cases[number];
        double[] values = item.Values("values"), points = item.Values("points"), newer = [.. values, 1, 5, -2];
        IForecastModel model = Method(item).Fit(new TimeSeries(values), points.Length);
        Forecast forecast = model.Forecast(new TimeSeries(newer), points.Length);
        Close(forecast.Deviations, item.Values("deviations"));
        forecast.Points.ToArray().Should().NotEqual(points);
        if (!string.Equals(item.Text("method"), "linear", StringComparison.Ordinal))
            Close(forecast.Points, Method(item).Forecast(new TimeSeries(newer), points.Length).Points.ToArray());
    }

    [Fact]
    public void Columns_are_forecast_each_by_itself()
    {
        double[] one = Cases[0].Values("values"), two = [.. one.Select(value => 3 - 2 * value)];
        foreach (IForecastMethod method in new IForecastMethod[] { new DriftMethod(), new LinearMethod(5), new ExponentialSmoothing() })
        {
            Forecast both = method.Forecast(TimeSeries.FromColumns([one, two]), 4);
            both.Column(0).Should().Equal(method.Forecast(new TimeSeries(one), 4).Column(0));
            both.Column(1).Should().Equal(method.Forecast(new TimeSeries(two), 4).Column(0));
        }
    }

    [Fact]
    public void A_linear_map_repeats_a_pattern_that_is_linear_and_stands_still_on_a_constant()
    {
        double[] wave = [.. Enumerable.Range(0, 60).Select(t => Math.Sin(t * 0.7) + 0.3 * t)];
        Forecast forecast = new LinearMethod(6, 1e-9).Forecast(new TimeSeries(wave), 3);
        for (int h = 0; h < 3; h++) forecast[h].Should().BeApproximately(Math.Sin((60 + h) * 0.7) + 0.3 * (60 + h), 1e-5);
        Forecast constant = new LinearMethod(4).Forecast(new TimeSeries([.. Enumerable.Repeat(7.0, 20)]), 3);
        constant.Points.ToArray().Should().Equal(7, 7, 7);
        constant.Deviations.ToArray().Should().Equal(0, 0, 0);
    }

    [Fact]
    public void The_season_comes_from_the_step_unless_given()
    {
        new SeasonalNaiveMethod().Forecast(Passengers.Series, 13).Points.ToArray().Should().Equal([.. Passengers.Thousands[^12..], Passengers.Thousands[^12]]);
        new SeasonalNaiveMethod(2).Forecast(Passengers.Series, 3).Points.ToArray().Should().Equal(390, 432, 390);
        new SeasonalNaiveMethod().Forecast(new TimeSeries([1, 2, 5]), 2).Points.ToArray().Should().Equal(5, 5);
    }

    [Fact]
    public void A_model_refuses_what_it_was_not_fitted_for()
    {
        IForecastModel model = new LinearMethod(3).Fit(Passengers.Series, 4);
        model.Invoking(m => m.Forecast(Passengers.Series, 5)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("horizon").WithMessage("*at most 4*");
        model.Invoking(m => m.Forecast(new TimeSeries([1, 2]), 4)).Should().Throw<ArgumentException>().WithParameterName("history").WithMessage("*at least 3 steps*");
        model.Invoking(m => m.Forecast(new TimeSeries([1, 2, 3, 4, 5, 6], 2), 4)).Should().Throw<ArgumentException>().WithParameterName("history").WithMessage("*1 columns*");
        model.Invoking(m => m.Forecast(new TimeSeries([1, 2, double.NaN]), 4)).Should().Throw<ArgumentException>().WithParameterName("history").WithMessage("*missing*");
        model.Invoking(m => m.Forecast(null!, 4)).Should().Throw<ArgumentNullException>().WithParameterName("history");
        new MeanMethod().Invoking(m => m.Fit(Passengers.Series, 1, new CancellationToken(true))).Should().Throw<OperationCanceledException>();
    }

    private static ColumnMethod Method(JsonElement item) => item.Text("method") switch
    {
        "naive" => new NaiveMethod(),
        "seasonal" => new SeasonalNaiveMethod(item.Integer("size")),
        "drift" => new DriftMethod(),
        "mean" => new MeanMethod(),
        _ => new LinearMethod(item.Integer("size"), item.Number("ridge")),
    };

    private static void Close(ReadOnlyMemory<double> actual, double[] expected)
    {
        actual.Length.Should().Be(expected.Length);
        for (int i = 0; i < expected.Length; i++) actual.Span[i].Should().BeApproximately(expected[i], 1e-9 * Math.Max(1, Math.Abs(expected[i])));
    }
}
