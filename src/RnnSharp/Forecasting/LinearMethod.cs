using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// A linear map from the last values to each step of the horizon, fitted by ridge regression on all windows of the history, with the last
/// value subtracted before and added after: NLinear (Zeng et al. 2023) in closed form. The deviation of each step is that of the errors when
/// each window is left out of the fit.
/// </summary>
public sealed class LinearMethod : ColumnMethod
{
    private readonly int _lookback;
    private readonly double _ridge;

    /// <summary>Creates the method.</summary>
    /// <param name="lookback">The number of last values that a forecast is made of, 1 to 10,000.</param>
    /// <param name="ridge">The penalty of the squared weights, as a fraction of the sum of squares of what they multiply, 1e-9 to 1e9.</param>
    /// <exception cref="ArgumentOutOfRangeException">The lookback is below 1 or above 10,000, or the penalty is out of range.</exception>
    public LinearMethod(int lookback, double ridge = 1e-3)
    {
        _lookback = Check.Positive(lookback) <= 10_000 ? lookback : throw new ArgumentOutOfRangeException(nameof(lookback), lookback, $"Expected 1 to 10000, got {lookback}.");
        _ridge = ridge is >= 1e-9 and <= 1e9 ? ridge : throw new ArgumentOutOfRangeException(nameof(ridge), ridge, $"Expected 1e-9 to 1e9, got {ridge}.");
    }

    /// <inheritdoc/>
    public override string Name => "Linear";

    private protected override int Shortest(TimeSeries history, int horizon) => (int)Math.Min((long)_lookback + horizon + 1, int.MaxValue);

    private protected override ColumnFit FitColumn(TimeSeries history, int column, int horizon) => new LinearFit(history.Column(column), _lookback, horizon, _ridge);
}
