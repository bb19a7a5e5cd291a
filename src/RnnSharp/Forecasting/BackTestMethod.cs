namespace RnnSharp.Forecasting;

/// <summary>What a <see cref="BackTest"/> measured of a method.</summary>
/// <param name="Name">The name of the method.</param>
/// <param name="Total">The errors over all folds: each value of each fold counts once.</param>
/// <param name="Folds">The errors of each fold, oldest first.</param>
/// <param name="Steps">The errors of each step of the horizon over all folds; 0 is the first step ahead.</param>
/// <param name="Columns">The errors of each column over all folds.</param>
public sealed record BackTestMethod(string Name, ForecastScore Total, IReadOnlyList<BackTestFold> Folds, IReadOnlyList<ForecastScore> Steps, IReadOnlyList<ForecastScore> Columns);
