namespace RnnSharp.Forecasting;

/// <summary>What <see cref="TimeSeries.FillGaps"/> puts in the place of missing values.</summary>
public enum GapFilling
{
    /// <summary>The last known value; before the first one, the first.</summary>
    Previous,

    /// <summary>A line between the known values on both sides; at the ends, the nearest one.</summary>
    Linear,

    /// <summary>A line between the known values at the same place of the seasons before and after. Where a place has none in all seasons, as <see cref="Linear"/>.</summary>
    Seasonal,
}
