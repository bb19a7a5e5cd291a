using Samples;
using ScottPlot;
using ScottPlot.MultiplotLayouts;

namespace StringCalculator;

/// <summary>Draws where the model looks: the problem from left to right, the answer from top to bottom.</summary>
internal static class AttentionPicture
{
    public static void Save(string path, IReadOnlyList<(string Problem, string Answer, double[,] Looks)> answers)
    {
        var picture = new Multiplot { Layout = new Grid(1, answers.Count) };
        picture.AddPlots(answers.Count);
        foreach ((int i, (string problem, string answer, double[,] looks)) in answers.Index())
        {
            Plot plot = picture.GetPlot(i);
            HeatMap.Draw(plot, looks, [.. answer.Select(character => $"{character}")], [.. problem.Select(character => $"{character}")], weight => weight < 0.1 ? "" : $"{weight:.0}", most: 1);
            plot.Title(problem + answer);
            if (i == 0) plot.YLabel("written");
            plot.XLabel("read");
        }

        picture.SavePng(path, 260 * answers.Count, 260);
    }
}
