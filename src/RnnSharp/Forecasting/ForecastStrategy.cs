namespace RnnSharp.Forecasting;

/// <summary>How a <see cref="Forecaster"/> reaches its horizon (Ben Taieb et al. 2012).</summary>
public enum ForecastStrategy
{
    /// <summary>The network forecasts one step, which then counts as known, and so on: few weights, and every step of the history is a target.</summary>
    Recursive,

    /// <summary>The network forecasts all steps of the horizon at once.</summary>
    Direct,

    /// <summary>The network forecasts <see cref="ForecasterOptions.SegmentLength"/> steps at once, which then count as known, and so on.</summary>
    Segment,
}
