using System.Globalization;
using ScottPlot;
using ScottPlot.Statistics;
using ScottPlot.TickGenerators;

namespace StreamingSignal;

/// <summary>SVG images. They have no text on a machine without fonts.</summary>
internal static class Pictures
{
    /// <summary>How many steps took how long, on logarithmic axes, beside the time between two samples.</summary>
    public static string Latency(IReadOnlyList<double> microseconds, double median, double p99, double budget)
    {
        using var plot = new Plot();
        double[] powers = [.. microseconds.Select(time => Math.Log10(Math.Max(time, 0.01)))];
        var histogram = Histogram.WithBinSize(0.05, -2, Math.Max(4, powers.Max() + 0.1));
        histogram.AddRange(powers);
        double bottom = Math.Log10(0.5);
        var bars = plot.Add.Bars((Bar[])[.. histogram.Bins.Zip(histogram.Counts).Where(bin => bin.Second > 0).Select(bin => new Bar { Position = bin.First + 0.025, Value = Math.Log10(bin.Second), ValueBase = bottom, Size = 0.05, LineWidth = 0, FillColor = Colors.C0 })]);
        bars.LegendText = "steps";
        Line(median, "median", Colors.Green);
        Line(p99, "99th percentile", Colors.Orange);
        Line(budget, "time between two samples", Colors.Red);
        plot.Title("Time of a step");
        plot.XLabel("microseconds");
        plot.YLabel("steps");
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, LabelFormatter = power => string.Create(CultureInfo.InvariantCulture, $"{Math.Pow(10, power):0.##}") };
        plot.Axes.Left.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, LabelFormatter = power => string.Create(CultureInfo.InvariantCulture, $"{Math.Pow(10, power):0}") };
        plot.Axes.SetLimits(-1, Math.Max(2.3, powers.Max() + 0.1), bottom, Math.Log10(powers.Length) + 0.3);
        plot.ShowLegend(Alignment.UpperRight);
        plot.Layout.Fixed(new PixelPadding(left: 90, right: 40, bottom: 50, top: 35));
        return plot.GetSvgXml(800, 400);

        void Line(double time, string text, Color color)
        {
            var line = plot.Add.VerticalLine(Math.Log10(time), 2, color);
            line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{text}: {time:0.##} µs");
        }
    }

    /// <summary>A short piece of the sounds.</summary>
    public static string Waves(int rate, params ReadOnlySpan<(string Name, float[] Samples, Color Color, float Width)> sounds)
    {
        using var plot = new Plot();
        foreach ((string name, float[] samples, Color color, float width) in sounds)
        {
            var line = plot.Add.ScatterLine(samples.Select((_, t) => 1000.0 * t / rate).ToArray(), [.. samples.Select(sample => (double)sample)], color);
            (line.LegendText, line.LineWidth) = (name, width);
        }

        plot.Title("The device, and two imitations of it");
        plot.XLabel("milliseconds");
        plot.YLabel("amplitude");
        plot.ShowLegend(Alignment.UpperRight, Orientation.Horizontal);
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        plot.Axes.SetLimitsY(limits.Bottom, limits.Top + 0.2 * limits.VerticalSpan);
        return plot.GetSvgXml(800, 350);
    }
}
