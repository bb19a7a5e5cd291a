namespace RnnSharp.Forecasting;

/// <summary>A fold of a <see cref="BackTest"/>.</summary>
/// <param name="Origin">The number of steps of the series before the forecast.</param>
/// <param name="FittedAt">The origin at which the model was fitted.</param>
/// <param name="Score">The errors of the forecast.</param>
/// <param name="Forecast">The forecast; null unless the options keep it.</param>
public sealed record BackTestFold(int Origin, int FittedAt, ForecastScore Score, Forecast? Forecast);
