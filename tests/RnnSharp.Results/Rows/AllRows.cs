namespace RnnSharp.Results.Rows;

/// <summary>The rows in the order in which they are listed: one line for each.</summary>
internal static class AllRows
{
    public static IReadOnlyList<ResultRow> Rows { get; } =
    [
        AddingProblem.Lstm,
        AddingProblem.Gru,
        CopyMemory.Lstm,
        CopyMemory.Gru,
        JsbChorales.Lstm,
        Shakespeare.ThreeMinutes,
        Shakespeare.Hour,
        Etth1.Horizon96,
        Etth1.Horizon192,
        Etth1.Horizon336,
        Etth1.Horizon720,
        BackTests.Passengers,
        BackTests.OilTemperature,
        EmbeddedReber.Lstm,
        Parity.Lstm,
        Digits.SequentialLstm,
        Digits.SequentialGru,
        Digits.PermutedLstm,
        Digits.PermutedGru,
    ];
}
