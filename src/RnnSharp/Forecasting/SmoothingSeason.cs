namespace RnnSharp.Forecasting;

/// <summary>What a season does to the values in <see cref="ExponentialSmoothing"/>.</summary>
public enum SmoothingSeason
{
    /// <summary>Nothing: there is none.</summary>
    None,

    /// <summary>It adds to them: its swings keep their size.</summary>
    Additive,

    /// <summary>It multiplies them: its swings grow with the level. Values must be above 0.</summary>
    Multiplicative,
}
