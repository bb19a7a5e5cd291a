namespace RnnSharp.Forecasting;

/// <summary>The times of a series. Times are counted from the first start, so that a part of a monthly series keeps the day of the month.</summary>
internal readonly record struct TimeAxis(DateTime? Anchor, TimeStep? Step, long Offset)
{
    public DateTime? Start => Anchor is not { } anchor ? null : Offset == 0 ? anchor : Step?.Add(anchor, Offset);

    public bool IsKnown => Anchor is not null && Step is not null;

    public TimeAxis From(int step) => this with { Offset = Offset + step };

    public DateTime At(int step) => Anchor is { } anchor && Step is { } length ? length.Add(anchor, Offset + step)
        : throw new InvalidOperationException("Expected a series with a start and a step, which tell the time of a value; this one lacks them.");
}
