using ScottPlot;

namespace Samples;

/// <summary>The curves of the samples' plots.</summary>
internal static class Curves
{
    /// <summary>Adds a curve with a name in the legend; it has the next color of the plot when none is given.</summary>
    public static void AddCurve(this Plot plot, string name, double[] x, double[] y, Color? color = null)
    {
        var line = plot.Add.ScatterLine(x, y, color);
        line.LineWidth = 2.5f;
        line.LegendText = name;
    }
}
