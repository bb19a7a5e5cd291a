using RnnSharp.Training;
using ScottPlot;
using ScottPlot.Colormaps;

namespace Samples;

/// <summary>Draws a table of numbers as a plot with a color for each cell. It has no text on a machine without fonts.</summary>
internal static class HeatMap
{
    /// <summary>Draws rows from top to bottom, with their names, on a plot.</summary>
    /// <param name="plot">An empty plot.</param>
    /// <param name="values">[row, column]; 0 is white, and the largest number, or <paramref name="most"/>, is dark.</param>
    /// <param name="rows">The name of each row.</param>
    /// <param name="columns">The name of each column.</param>
    /// <param name="text">What is written into a cell; nothing when null.</param>
    /// <param name="most">The number of the darkest color; the largest of the values when null.</param>
    public static void Draw(Plot plot, double[,] values, IReadOnlyList<string> rows, IReadOnlyList<string> columns, Func<double, string>? text = null, double? most = null)
    {
        double darkest = most ?? values.Cast<double>().Max();
        var map = plot.Add.Heatmap(values);
        map.Colormap = new Blues().Reversed();
        map.ManualRange = new ScottPlot.Range(0, Math.Max(darkest, 1e-9));
        for (int row = 0; text is not null && row < rows.Count; row++)
        {
            for (int column = 0; column < columns.Count; column++)
            {
                var label = plot.Add.Text(text(values[row, column]), column, rows.Count - 1 - row);
                label.LabelAlignment = Alignment.MiddleCenter;
                label.LabelFontColor = values[row, column] > 0.6 * darkest ? Colors.White : Colors.Black;
                label.LabelFontSize = 12;
            }
        }

        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, columns.Count).Select(column => (double)column)], [.. columns]);
        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, rows.Count).Select(row => (double)(rows.Count - 1 - row))], [.. rows]);
        plot.Axes.Bottom.MajorTickStyle.Length = plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.SetLimits(-0.5, columns.Count - 0.5, -0.5, rows.Count - 0.5);
        plot.HideGrid();
    }

    /// <summary>Saves a confusion matrix as PNG: for each class, how many of a hundred are taken for which. The row of a class that does not occur is empty.</summary>
    /// <param name="counts">The counts.</param>
    /// <param name="names">The name of each class.</param>
    /// <param name="title">The title.</param>
    /// <param name="rows">The label of the correct classes.</param>
    /// <param name="columns">The label of the predicted classes.</param>
    /// <param name="path">The file.</param>
    /// <param name="width">The width of the image.</param>
    /// <param name="height">The height of the image.</param>
    public static void SaveConfusion(ConfusionMatrix<float> counts, IReadOnlyList<string> names, string title, string rows, string columns, string path, int width, int height)
    {
        var shares = new double[counts.Classes, counts.Classes];
        for (int correct = 0; correct < counts.Classes; correct++)
        {
            double support = counts.Support(correct);
            for (int predicted = 0; predicted < counts.Classes; predicted++) shares[correct, predicted] = support == 0 ? 0 : 100 * counts[correct, predicted] / support;
        }

        using var plot = new Plot();
        Draw(plot, shares, names, names, share => share < 0.5 ? "" : $"{share:F0}", most: 100);
        plot.Title(title);
        plot.YLabel(rows);
        plot.XLabel(columns);
        plot.SavePng(path, width, height);
    }
}
