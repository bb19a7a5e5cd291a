using System.Text.Json;
using FluentAssertions;
using PassengerForecast;
using RnnSharp.Forecasting;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Exponential smoothing against forecasting.py, and against what R's HoltWinters publishes of the airline series.</summary>
public sealed class ExponentialSmoothingTests
{
    private static readonly JsonElement Cases = ForecastingReference.Root.GetProperty("smoothing");

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void With_given_parameters_forecasts_equal_the_reference(int number)
    {
        JsonElement item = Cases[number];
        (SmoothingFit fit, Forecast forecast) = Run(item, Options(item, item.Values("given")));
        fit.Squares.Should().BeApproximately(item.Number("sse"), 1e-9 * item.Number("sse"));
        Close(forecast.Points, item.Values("points"), 1e-10);
        Close(forecast.Deviations, item.Values("deviations"), 1e-10);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Fitted_parameters_are_the_best_that_SciPy_finds(int number)
    {
        JsonElement item = Cases[number];
        (SmoothingFit fit, Forecast forecast) = Run(item, Options(item, null));
        double best = item.Number("fitted_sse");
        fit.Squares.Should().BeInRange(best * (1 - 1e-7), best * (1 + 1e-9));
        Close(forecast.Points, item.Values("fitted_points"), 1e-5);
        Close(forecast.Deviations, item.Values("fitted_deviations"), 1e-5);
    }

    [Fact]
    public void Holt_Winters_of_the_airline_series_has_the_parameters_that_R_publishes()
    {
        // HoltWinters(AirPassengers, seasonal = "mult"), from the example of its help page.
        var method = new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Multiplicative });
        var fit = (SmoothingFit)((ColumnModel)method.Fit(Passengers.Series, 12)).Fits[0];
        fit.Parameters.Alpha.Should().BeApproximately(0.2755925, 1e-4);
        fit.Parameters.Beta.Should().BeApproximately(0.03269295, 1e-4);
        fit.Parameters.Gamma.Should().BeApproximately(0.8707292, 1e-4);

        // With R's parameters, its coefficients: level, trend, and the factors of January to December.
        (double level, double trend) = (469.3232206, 3.0215391);
        double[] factors = [0.9464611, 0.8829239, 0.9717369, 1.0304825, 1.0476884, 1.1805272, 1.3590778, 1.3331706, 1.1083381, 0.9868813, 0.8361333, 0.9209877];
        var given = new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Multiplicative, Alpha = 0.2755925, Beta = 0.03269295, Gamma = 0.8707292 });
        Forecast forecast = given.Forecast(Passengers.Series, 24);
        for (int h = 0; h < 24; h++) forecast[h].Should().BeApproximately((level + (h + 1) * trend) * factors[h % 12], 1e-4);
    }

    [Fact]
    public void A_given_parameter_is_kept_and_the_others_are_fitted()
    {
        var method = new ExponentialSmoothing(new() { Trend = SmoothingTrend.Damped, Alpha = 0.4, Phi = 0.5 });
        var fit = (SmoothingFit)((ColumnModel)method.Fit(Passengers.Series, 1)).Fits[0];
        (fit.Parameters.Alpha, fit.Parameters.Phi, fit.Parameters.Gamma).Should().Be((0.4, 0.5, 0));
        foreach (double beta in new[] { 0, 0.3, 0.6, 1 })
        {
            var other = (SmoothingFit)((ColumnModel)new ExponentialSmoothing(new() { Trend = SmoothingTrend.Damped, Alpha = 0.4, Phi = 0.5, Beta = beta }).Fit(Passengers.Series, 1)).Fits[0];
            other.Squares.Should().BeGreaterThanOrEqualTo(fit.Squares);
        }
    }

    [Fact]
    public void A_line_and_a_season_without_noise_are_continued_exactly()
    {
        double[] season = [3, -1, -2], values = [.. Enumerable.Range(0, 200).Select(t => 10 + 0.5 * t + season[t % 3])];
        var method = new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Additive, SeasonLength = 3, Alpha = 0.5, Beta = 0.5, Gamma = 0.5 });
        Forecast forecast = method.Forecast(new TimeSeries(values), 7);
        for (int h = 0; h < 7; h++) forecast[h].Should().BeApproximately(10 + 0.5 * (200 + h) + season[(200 + h) % 3], 1e-9);
        Forecast line = new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive }).Forecast(new TimeSeries([1, 3, 5, 7]), 2);
        line[1].Should().BeApproximately(11, 1e-12);
        new ExponentialSmoothing().Forecast(new TimeSeries([4, 4, 4]), 1)[0].Should().Be(4);
    }

    [Fact]
    public void Models_tell_their_parameters_and_methods_their_kind()
    {
        ExponentialSmoothing[] methods = [new(), new(new() { Trend = SmoothingTrend.Additive }), new(new() { Trend = SmoothingTrend.Damped }), new(new() { Season = SmoothingSeason.Additive }), new(new() { Trend = SmoothingTrend.Damped, Season = SmoothingSeason.Multiplicative })];
        methods.Select(method => method.Name).Should().Equal("Simple smoothing", "Holt", "Damped Holt", "Seasonal smoothing (additive)", "Damped Holt-Winters (multiplicative)");
        var given = new ExponentialSmoothing(new() { Trend = SmoothingTrend.Additive, Season = SmoothingSeason.Additive, Alpha = 0.25, Beta = 0.125, Gamma = 0.5 });
        given.Fit(Passengers.Series, 1).ToString().Should().Be("Holt-Winters (additive): alpha 0.2500, beta 0.1250, gamma 0.5000");
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Refused(() => new ExponentialSmoothingOptions { Trend = (SmoothingTrend)3 }, "None, Additive or Damped");
        Refused(() => new ExponentialSmoothingOptions { Season = (SmoothingSeason)(-1) }, "None, Additive or Multiplicative");
        Refused(() => new ExponentialSmoothingOptions { SeasonLength = 1 }, "at least 2");
        Refused(() => new ExponentialSmoothingOptions { Alpha = -0.1 }, "0 to 1");
        Refused(() => new ExponentialSmoothingOptions { Beta = 1.1 }, "0 to 1");
        Refused(() => new ExponentialSmoothingOptions { Gamma = double.NaN }, "0 to 1");
        Refused(() => new ExponentialSmoothingOptions { Phi = 2 }, "0 to 1");

        static void Refused(Func<object> create, string words) => create.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("value").WithMessage($"*{words}*");
    }

    private static (SmoothingFit Fit, Forecast Forecast) Run(JsonElement item, ExponentialSmoothingOptions options)
    {
        var series = new TimeSeries(item.Values("values"));
        int horizon = item.Integer("horizon");
        var model = (ColumnModel)new ExponentialSmoothing(options).Fit(series, horizon);
        return ((SmoothingFit)model.Fits[0], model.Forecast(series, horizon));
    }

    private static ExponentialSmoothingOptions Options(JsonElement item, double[]? parameters)
    {
        var options = new ExponentialSmoothingOptions
        {
            Trend = Enum.Parse<SmoothingTrend>(item.Text("trend"), ignoreCase: true),
            Season = Enum.Parse<SmoothingSeason>(item.Text("season"), ignoreCase: true),
            SeasonLength = item.Integer("length") is var length and > 1 ? length : null,
        };
        return parameters is null ? options : options with
        {
            Alpha = parameters[0],
            Beta = options.Trend == SmoothingTrend.None ? null : parameters[1],
            Gamma = options.Season == SmoothingSeason.None ? null : parameters[2],
            Phi = options.Trend == SmoothingTrend.Damped ? parameters[3] : null,
        };
    }

    private static void Close(ReadOnlyMemory<double> actual, double[] expected, double tolerance)
    {
        actual.Length.Should().Be(expected.Length);
        for (int i = 0; i < expected.Length; i++) actual.Span[i].Should().BeApproximately(expected[i], tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}
