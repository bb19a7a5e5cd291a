namespace RnnSharp.Forecasting;

/// <summary>How <see cref="ExponentialSmoothing"/> continues a series.</summary>
public enum SmoothingTrend
{
    /// <summary>On its level.</summary>
    None,

    /// <summary>Along a line (Holt 1957).</summary>
    Additive,

    /// <summary>Along a line that flattens out (Gardner and McKenzie 1985).</summary>
    Damped,
}
