using System.Globalization;
using Samples;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace VanishingGradients;

/// <summary>Draws a line for each kind of cell as an SVG image. It has no text on a machine without fonts.</summary>
internal static class Pictures
{
    /// <summary>Sizes of gradients, on a logarithmic axis.</summary>
    public static string Gradients(IReadOnlyList<(string Name, double[] Sizes)> cells)
    {
        using Plot plot = Lines("How much of the gradient is left", "steps back in time", "size of the gradient, 1 at the last step", cells.Select(cell => (cell.Name, Generate.Consecutive(cell.Sizes.Length), cell.Sizes.Select(size => Math.Log10(Math.Max(size, 1e-40))).ToArray())));
        plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = power => string.Create(CultureInfo.InvariantCulture, $"1e{power:0.#}") };
        plot.ShowLegend(Alignment.LowerLeft);
        return plot.GetSvgXml(800, 450);
    }

    /// <summary>Errors while learning, beside that of knowing nothing.</summary>
    public static string Learning(IReadOnlyList<(string Name, double[] Errors)> cells, double baseline)
    {
        using Plot plot = Lines("Learning the adding problem", "training steps", "MSE on new series", cells.Select(cell => (cell.Name, cell.Errors.Select((_, i) => (double)AddingProblem.StepsOf(i)).ToArray(), cell.Errors)));
        plot.Add.HorizontalLine(baseline, 1, Colors.Gray).LegendText = "without memory";
        plot.Axes.SetLimitsY(0, 1.6 * baseline);
        plot.ShowLegend(Alignment.UpperRight);
        return plot.GetSvgXml(800, 450);
    }

    private static Plot Lines(string title, string x, string y, IEnumerable<(string Name, double[] X, double[] Y)> lines)
    {
        var plot = new Plot();
        plot.Title(title);
        plot.XLabel(x);
        plot.YLabel(y);
        foreach ((string name, double[] xs, double[] ys) in lines) plot.AddCurve(name, xs, ys);
        return plot;
    }
}
