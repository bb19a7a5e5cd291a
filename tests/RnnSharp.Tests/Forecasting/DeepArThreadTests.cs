using RnnSharp.Forecasting;
using RnnSharp.Tests.Numerics;
using Xunit;

namespace RnnSharp.Tests.Forecasting;

[Collection(nameof(ThreadSettings))]
public sealed class DeepArThreadTests : IDisposable
{
    private readonly ThreadSettings _settings = new();

    public void Dispose() => _settings.Dispose();

    [Fact]
    public void The_same_seed_gives_the_same_forecast_for_any_number_of_threads()
    {
        TimeSeries[] series = [ForecasterTests.Counts(90, 3), ForecasterTests.Counts(70, 4)];
        DeepArOptions options = DeepArTests.Quick with { HiddenSize = 48, Layers = 2, SamplePaths = 300, Distribution = DeepArDistribution.NegativeBinomial };
        Forecast? expected = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            Compute.MaxDegreeOfParallelism = threads;
            Forecast forecast = DeepAr.Fit(series, options).Predict(1);
            ForecasterTests.Same(forecast, expected ??= forecast);
        }
    }
}
