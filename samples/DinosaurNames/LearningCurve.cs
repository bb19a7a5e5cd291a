using System.Globalization;
using System.Text;

namespace DinosaurNames;

/// <summary>Draws perplexity over epochs as an SVG image, with a logarithmic axis, on which equal steps are equal ratios.</summary>
internal static class LearningCurve
{
    private const double Width = 800;
    private const double Height = 480;
    private const double Left = 70;
    private const double Right = 770;
    private const double Top = 80;
    private const double Bottom = 420;
    private const string TrainingColor = "#3b75af";
    private const string ValidationColor = "#c8553d";

    // The marks within each power of ten, which look evenly spaced on a logarithmic axis.
    private static readonly double[] Marks = [1, 1.5, 2, 3, 4, 5, 6, 8];

    public static string Draw(IReadOnlyList<Epoch> epochs)
    {
        Epoch best = epochs.MinBy(epoch => epoch.Validation)!;
        double[] ticks = PerplexityTicks(epochs.SelectMany(epoch => new[] { epoch.Training, epoch.Validation }).ToArray());
        int last = Math.Max(2, epochs.Count);
        double X(double epoch) => Left + (Right - Left) * (epoch - 1) / (last - 1);
        double Y(double perplexity) => Bottom - (Bottom - Top) * Math.Log(perplexity / ticks[0]) / Math.Log(ticks[^1] / ticks[0]);

        var svg = new StringBuilder();
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#333\">");
        Add($"<title>Learning curve</title>");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        Add($"<text x=\"{Left}\" y=\"32\" font-size=\"18\">Perplexity per character as the network learns</text>");
        AddLegend(Left, "training names", TrainingColor);
        AddLegend(Left + 160, "validation names", ValidationColor);

        foreach (double tick in ticks)
        {
            Add($"<line x1=\"{Left}\" y1=\"{Y(tick):0.#}\" x2=\"{Right}\" y2=\"{Y(tick):0.#}\" stroke=\"#e5e5e5\"/>");
            Add($"<text x=\"{Left - 10}\" y=\"{Y(tick) + 4.5:0.#}\" text-anchor=\"end\">{tick:0.##}</text>");
        }

        foreach (int tick in EpochTicks(last))
        {
            Add($"<line x1=\"{X(tick):0.#}\" y1=\"{Bottom}\" x2=\"{X(tick):0.#}\" y2=\"{Bottom + 5}\" stroke=\"#333\"/>");
            Add($"<text x=\"{X(tick):0.#}\" y=\"{Bottom + 20}\" text-anchor=\"middle\">{tick}</text>");
        }

        Add($"<path d=\"M{Left} {Top}V{Bottom}H{Right}\" fill=\"none\" stroke=\"#333\"/>");
        Add($"<text x=\"{(Left + Right) / 2}\" y=\"{Bottom + 44}\" text-anchor=\"middle\">epoch</text>");
        Add($"<text transform=\"translate(24 {(Top + Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">perplexity</text>");

        bool labelOnTheLeft = X(best.Number) > (Left + Right) / 2;
        Add($"<line x1=\"{X(best.Number):0.#}\" y1=\"{Top}\" x2=\"{X(best.Number):0.#}\" y2=\"{Bottom}\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>");
        Add($"<text x=\"{X(best.Number) + (labelOnTheLeft ? -8 : 8):0.#}\" y=\"{Top + 14}\" text-anchor=\"{(labelOnTheLeft ? "end" : "start")}\">best epoch {best.Number}: validation {best.Validation:0.00}</text>");
        AddLine(epoch => epoch.Training, TrainingColor);
        AddLine(epoch => epoch.Validation, ValidationColor);
        Add($"<circle cx=\"{X(best.Number):0.#}\" cy=\"{Y(best.Validation):0.#}\" r=\"5\" fill=\"{ValidationColor}\" stroke=\"white\" stroke-width=\"1.5\"/>");
        Add($"</svg>");
        return svg.ToString();

        void Add(FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void AddLegend(double x, string text, string color)
        {
            Add($"<line x1=\"{x}\" y1=\"54\" x2=\"{x + 24}\" y2=\"54\" stroke=\"{color}\" stroke-width=\"2.5\"/>");
            Add($"<text x=\"{x + 32}\" y=\"58.5\">{text}</text>");
        }

        void AddLine(Func<Epoch, double> value, string color)
        {
            string points = string.Join(' ', epochs.Select(epoch => FormattableString.Invariant($"{X(epoch.Number):0.#},{Y(value(epoch)):0.#}")));
            Add($"<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2.5\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>");
        }
    }

    /// <summary>The marks from the last one at or below every value to the first one at or above.</summary>
    private static double[] PerplexityTicks(double[] values)
    {
        double[] marks = [.. Enumerable.Range(0, 9).SelectMany(power => Marks.Select(mark => mark * Math.Pow(10, power)))];
        int low = Array.FindLastIndex(marks, mark => mark <= values.Min());
        int high = Array.FindIndex(marks, mark => mark >= values.Max());
        low = Math.Max(0, low);
        high = high < 0 ? marks.Length - 1 : Math.Max(high, low + 1);
        return marks[low..(high + 1)];
    }

    private static IEnumerable<int> EpochTicks(int last)
    {
        int step = 1;
        for (int i = 0; last / step > 12; i++) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
        return Enumerable.Range(0, last / step + 1).Select(i => Math.Max(1, i * step)).Distinct();
    }
}
