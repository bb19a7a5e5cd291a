namespace RnnSharp.Results;

/// <summary>The figures of a back-test: those of a baseline, which are to be surpassed, and the coverage of the intervals.</summary>
internal static class BackTestFigures
{
    public const string Scaled = "MASE";
    public const string Symmetric = "sMAPE, %";
    public const string Coverage = "80 % intervals, points off";

    public static IReadOnlyList<Figure> Of(string scaled, string symmetric) =>
        [new Figure(Scaled, scaled) { Strictly = true }, new Figure(Symmetric, symmetric) { Strictly = true }, new Figure(Coverage, "10.0")];
}
