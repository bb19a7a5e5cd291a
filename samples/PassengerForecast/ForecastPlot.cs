using System.Globalization;
using RnnSharp.Forecasting;
using ScottPlot;

namespace PassengerForecast;

/// <summary>Draws a series, a forecast with intervals, and the actual values as an SVG image. It has no text on a machine without fonts.</summary>
internal static class ForecastPlot
{
    public static string Draw(TimeSeries series, int known, Forecast forecast, IReadOnlyList<double> coverages)
    {
        using var plot = new Plot();
        plot.Title("Airline passengers: two years forecast from the ten before");
        plot.YLabel("thousands a month");
        plot.Axes.DateTimeTicksBottom();
        double[] months = [.. Enumerable.Range(0, forecast.Horizon).Select(step => forecast.TimeAt(step).ToOADate())];
        foreach ((int i, double coverage) in coverages.OrderDescending().Index())
        {
            ForecastInterval interval = forecast.Interval(coverage);
            var band = plot.Add.FillY(months, [.. interval.Lower], [.. interval.Upper]);
            band.FillColor = Colors.C0.WithAlpha(0.2 + 0.15 * i);
            band.LineWidth = 0;
            band.LegendText = string.Create(CultureInfo.InvariantCulture, $"{coverage:P0} interval");
        }

        Line("forecast", Colors.C0, months, forecast.Column(0));
        Line("passengers", Colors.Black, [.. Enumerable.Range(0, known).Select(step => series.TimeAt(step).ToOADate())], series.Column(0)[..known]);
        var actual = plot.Add.Markers(months, series.Column(0)[known..(known + forecast.Horizon)], MarkerShape.FilledCircle, 5, Colors.C1);
        actual.LegendText = "actual values";
        plot.ShowLegend(Alignment.UpperLeft);
        return plot.GetSvgXml(800, 400);

        void Line(string text, Color color, double[] x, double[] y)
        {
            var line = plot.Add.ScatterLine(x, y, color);
            line.LineWidth = 2;
            line.LegendText = text;
        }
    }
}
