namespace RnnSharp.Forecasting;

/// <summary>An interval for each step that holds the value with a probability.</summary>
/// <param name="Coverage">The probability, such as 0.8.</param>
/// <param name="Lower">The lower bounds, [step][column].</param>
/// <param name="Upper">The upper bounds, [step][column].</param>
public sealed record ForecastInterval(double Coverage, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper);
