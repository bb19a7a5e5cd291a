namespace RnnSharp.Layers;

/// <summary>The options of a <see cref="SegRnnLayer{T}"/>. The defaults are those of the published results.</summary>
public sealed record SegRnnOptions
{
    /// <summary>Steps of a segment, at least 1: it divides the lookback and the horizon.</summary>
    public int SegmentLength { get; init; } = 24;

    /// <summary>Units of the recurrent layer, at least 1; an even number with <see cref="ColumnEmbedding"/>.</summary>
    public int HiddenSize { get; init; } = 512;

    /// <summary>The probability with which training sets a unit to zero before the last dense layer, at least 0 and below 1.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>
    /// Whether half of what an output segment is decoded from is learned for its column and half for its position (the authors' channel_id),
    /// instead of all of it for the position.
    /// </summary>
    public bool ColumnEmbedding { get; init; } = true;

    /// <summary>What is expected of the options and what they are; null if they are valid.</summary>
    internal (string Expected, string Actual)? Fault(int lookback, int horizon) => this switch
    {
        { SegmentLength: < 1 } => ("a SegmentLength of at least 1", $"{SegmentLength}"),
        { HiddenSize: < 1 } => ("a HiddenSize of at least 1", $"{HiddenSize}"),
        { ColumnEmbedding: true } when HiddenSize % 2 != 0 => ("an even HiddenSize with ColumnEmbedding (a half each for the position and the column)", $"{HiddenSize}"),
        { Dropout: not (>= 0 and < 1) } => ("a Dropout of at least 0 and below 1", $"{Dropout}"),
        _ when lookback % SegmentLength != 0 => ($"a SegmentLength that divides the lookback of {lookback}", $"{SegmentLength}"),
        _ when horizon % SegmentLength != 0 => ($"a SegmentLength that divides the horizon of {horizon}", $"{SegmentLength}"),
        _ => null,
    };
}
