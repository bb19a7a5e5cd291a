using RnnSharp.Forecasting;

namespace ReadmeExamples;

internal static class ForecastWithIntervals
{
    public static (Forecaster Forecaster, Forecast Forecast, ForecastInterval Interval) Run(double[] passengers)
    {
        // <readme>
        // Forecast: the next two years of a monthly series, with intervals. passengers is a double[], one value per month.
        TimeSeries series = TimeSeries.Monthly(passengers, start: new(1949, 1, 1));
        var forecaster = Forecaster.Fit(series, new() { Horizon = 24 });
        Forecast forecast = forecaster.Predict();
        ForecastInterval interval = forecast.Interval(0.8);
        forecaster.Save("passengers.safetensors"); // networks, scaling and the end of the series, in one file

        // </readme>
        return (forecaster, forecast, interval);
    }
}
