using FluentAssertions;
using RnnSharp.Forecasting;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

/// <summary>Forecasts of each kind.</summary>
public sealed class ForecastTests
{
    private static readonly TimeSeries History = new([1, 2, 3, 4], 2) { Id = "a", Names = ["x", "y"], Start = new DateTime(2024, 1, 30), Step = TimeStep.Month };

    [Fact]
    public void A_forecast_follows_its_history()
    {
        Forecast forecast = Forecast.OfPoints(History, [5, 6, 7, 8, 9, 10]);
        (forecast.Horizon, forecast.Columns, forecast.Id, forecast.Kind).Should().Be((3, 2, "a", ForecastKind.Points));
        forecast.Names.Should().Equal("x", "y");
        forecast.TimeAt(0).Should().Be(new DateTime(2024, 3, 30));
        forecast[2, 1].Should().Be(10);
        forecast.Column(1).Should().Equal(6, 8, 10);
        forecast.ToString().Should().Be("a: 3 steps of 2 columns, Points, from 2024-03-30T00:00:00");
        forecast.HasLevel(0.5).Should().BeFalse();
        forecast.Invoking(f => f.Quantile(0.5)).Should().Throw<InvalidOperationException>();
        forecast.Invoking(f => f.Interval(0.5)).Should().Throw<InvalidOperationException>();
        forecast.Invoking(f => f.Mean()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Normal_distributions_have_every_quantile()
    {
        Forecast forecast = Forecast.OfGaussian(History, [5, 6], [2, 0]);
        forecast.Mean().Should().Equal(5, 6);
        forecast.Quantile(0.975).Should().BeEquivalentTo([5 + 2 * 1.959963984540054, 6], options => options.WithStrictOrdering().Using<double>(Close).WhenTypeIs<double>());
        ForecastInterval interval = forecast.Interval(0.95);
        interval.Lower[0].Should().BeApproximately(5 - 2 * 1.959963984540054, 1e-12);
        interval.Upper[0].Should().BeApproximately(5 + 2 * 1.959963984540054, 1e-12);
        (interval.Lower[1], interval.Upper[1]).Should().Be((6, 6));
        (interval.Contains(6, 0, 0), interval.Contains(10, 0, 0), interval.Contains(6, 0, 1), interval.Contains(6.1, 0, 1)).Should().Be((true, false, true, false));

        static void Close(FluentAssertions.Equivalency.IAssertionContext<double> context) => context.Subject.Should().BeApproximately(context.Expectation, 1e-12);
    }

    [Fact]
    public void Quantiles_are_sorted_and_interpolated_between_levels()
    {
        // The second column crosses: 9, 8, 7.
        Forecast forecast = Forecast.OfQuantiles(History, [0.1, 0.4, 0.9], [1, 9, 2, 8, 7, 7]);
        forecast.Quantile(0.1).Should().Equal(1, 7);
        forecast.Quantile(0.9).Should().Equal(7, 9);
        forecast.Points.ToArray().Should().Equal(2 + 5 * ((0.5 - 0.4) / (0.9 - 0.4)), 8 + (0.5 - 0.4) / (0.9 - 0.4));
        forecast.Interval(0.8).Upper.Should().Equal(7, 9);
        forecast.HasLevel(0.91).Should().BeFalse();
        Forecast.OfQuantiles(History, [0.1], [1, 2], [3, 4]).Points.ToArray().Should().Equal(3, 4);
    }

    [Fact]
    public void Samples_have_empirical_quantiles()
    {
        Forecast forecast = Forecast.OfSamples(History, [4, 0, 1, 0, 3, 0, 2, 0, 10, 5], 5);
        (forecast.SampleCount, forecast.Horizon).Should().Be((5, 1));
        forecast.Points.ToArray().Should().Equal(3, 0);
        forecast.Quantile(0.25).Should().Equal(2, 0);
        forecast.Quantile(0.875).Should().Equal(7, 2.5);
        Forecast.OfSamples(History, [4, 0, 1, 0], 2, [9, 9]).Points.ToArray().Should().Equal(9, 9);
    }
}
