using System.Globalization;

namespace RnnSharp.Results;

/// <summary>A published figure, and what counts as meeting it.</summary>
/// <param name="Name">What is measured, such as test MSE.</param>
/// <param name="Published">The figure as it was published, such as 5.3e-5. A result is compared after rounding to the same digits.</param>
internal sealed record Figure(string Name, string Published)
{
    /// <summary>Whether a higher figure is better, such as an accuracy; a lower one, such as a loss, by default.</summary>
    public bool HigherIsBetter { get; init; }

    /// <summary>The figure to reach in place of the published one, such as one better than every row of a table.</summary>
    public string? Target { get; init; }

    /// <summary>Whether the result must be better than the figure, without rounding, and not only equal to it.</summary>
    public bool Strictly { get; init; }

    /// <summary>Whether a result meets the figure.</summary>
    public bool IsMetBy(double value)
    {
        string bound = Target ?? Published;
        double limit = double.Parse(bound, CultureInfo.InvariantCulture), rounded = Round(value, bound);
        if (!double.IsFinite(value)) return false;
        if (Strictly) return HigherIsBetter ? value > limit : value < limit;
        return HigherIsBetter ? rounded >= limit : rounded <= limit;
    }

    /// <summary>The condition to meet, such as "at most 5.3e-5".</summary>
    public string Bound => $"{(HigherIsBetter ? Strictly ? "above" : "at least" : Strictly ? "below" : "at most")} {Target ?? Published}";

    /// <summary>A result as text, with one more digit than the published figure.</summary>
    public string Format(double value) => Published.Contains('e', StringComparison.OrdinalIgnoreCase)
        ? value.ToString($"0.{new string('0', Decimals(Published) + 1)}e-0", CultureInfo.InvariantCulture)
        : value.ToString($"F{Decimals(Published) + 1}", CultureInfo.InvariantCulture);

    private static double Round(double value, string like)
    {
        int exponent = like.IndexOf('e', StringComparison.OrdinalIgnoreCase);
        double unit = Math.Pow(10, exponent < 0 ? 0 : int.Parse(like.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)) / Math.Pow(10, Decimals(like));

        // Through the same text as the limit, so that equal figures are equal numbers.
        return double.Parse((Math.Round(value / unit) * unit).ToString("E10", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static int Decimals(string figure)
    {
        int point = figure.IndexOf('.', StringComparison.Ordinal), end = figure.IndexOf('e', StringComparison.OrdinalIgnoreCase);
        return point < 0 ? 0 : (end < 0 ? figure.Length : end) - point - 1;
    }
}
