using System.Globalization;
using Samples;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace DinosaurNames;

/// <summary>Draws perplexity over epochs as an SVG image, with a logarithmic axis, on which equal steps are equal ratios. It has no text on a machine without fonts.</summary>
internal static class LearningCurve
{
    public static string Draw(IReadOnlyList<double> training, IReadOnlyList<double> validation)
    {
        int best = validation.Index().MinBy(epoch => epoch.Item).Index;
        using var plot = new Plot();
        plot.Title("Perplexity per character as the network learns");
        plot.XLabel("epoch");
        plot.YLabel("perplexity");
        foreach ((IReadOnlyList<double> perplexities, string name, Color color) in new[] { (training, "training names", Colors.C0), (validation, "validation names", Colors.C1) })
            plot.AddCurve(name, Generate.Consecutive(perplexities.Count, first: 1), [.. perplexities.Select(Math.Log10)], color);
        plot.Add.VerticalLine(best + 1, 1, Colors.Gray);
        plot.Add.Marker(best + 1, Math.Log10(validation[best]), MarkerShape.FilledCircle, 9, Colors.C1).LegendText = string.Create(CultureInfo.InvariantCulture, $"best epoch {best + 1}: validation {validation[best]:0.00}");
        double[] marks = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], ticks = [.. Enumerable.Range(0, 9).SelectMany(power => marks.Select(mark => mark * Math.Pow(10, power)))];
        plot.Axes.Left.TickGenerator = new NumericManual([.. ticks.Select(Math.Log10)], [.. ticks.Select(tick => tick.ToString("0.##", CultureInfo.InvariantCulture))]);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.ShowLegend(Alignment.UpperRight);
        return plot.GetSvgXml(800, 480);
    }
}
