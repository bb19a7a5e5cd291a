using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace ForecastService;

/// <summary>The baseline: the next point as a linear function of the last ones, fitted by least squares to the data that the network learns from.</summary>
internal sealed class LinearModel
{
    /// <summary>More than a stroke.</summary>
    public const int Lags = 40;

    public const string Key = "linear";

    private readonly float[] _weights;

    private LinearModel(float[] weights, float sigma, float threshold) => (_weights, Sigma, Threshold) = (weights, sigma, threshold);

    /// <summary>The standard deviation of the error of the next point.</summary>
    public float Sigma { get; }

    /// <summary>The score that a healthy pump rarely exceeds.</summary>
    public float Threshold { get; }

    public static LinearModel Fit(float[] training, float[] validation)
    {
        // The normal equations: the points are few, and far from collinear because of their noise.
        Matrix<double> products = Matrix<double>.Build.Dense(Lags + 1, Lags + 1);
        Vector<double> targets = Vector<double>.Build.Dense(Lags + 1);
        var row = new double[Lags + 1];
        row[Lags] = 1;
        for (int t = Lags; t < training.Length; t++)
        {
            for (int lag = 0; lag < Lags; lag++) row[lag] = training[t - Lags + lag];
            for (int i = 0; i <= Lags; i++)
            {
                targets[i] += row[i] * training[t];
                for (int j = 0; j <= Lags; j++) products[i, j] += row[i] * row[j];
            }
        }

        float[] weights = [.. products.Cholesky().Solve(targets).Select(weight => (float)weight)];
        var model = new LinearModel(weights, 1, 1);
        double[] errors = [.. Enumerable.Range(Lags, validation.Length - Lags).Select(t => (double)MathF.Abs(validation[t] - model.Next(validation.AsSpan(t - Lags, Lags))))];
        float sigma = (float)Math.Sqrt(errors.Average(error => error * error));
        return new LinearModel(weights, sigma, (float)(Training.Quantile(errors) / sigma));
    }

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    public static LinearModel Of(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(Key, out string? text)) throw new InvalidDataException($"Expected the file's metadata \"{Key}\".");
        float[] numbers = [.. text.Split(' ').Select(part => float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number : throw new InvalidDataException($"Expected numbers as the file's metadata \"{Key}\"."))];
        if (!numbers.All(float.IsFinite) || numbers.Take(2).Any(number => number <= 0)) throw new InvalidDataException($"Expected finite numbers, and first two positive ones, as the file's metadata \"{Key}\".");
        return numbers.Length == Lags + 3 ? new LinearModel(numbers[2..], numbers[0], numbers[1]) : throw new InvalidDataException($"Expected {Lags + 3} numbers as the file's metadata \"{Key}\", got {numbers.Length}.");
    }

    public string ToText() => string.Join(' ', new[] { Sigma, Threshold }.Concat(_weights).Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>The point after the last ones, of which there are <see cref="Lags"/>.</summary>
    public float Next(ReadOnlySpan<float> last)
    {
        float sum = _weights[Lags];
        for (int lag = 0; lag < Lags; lag++) sum += _weights[lag] * last[lag];
        return sum;
    }

    /// <summary>The points after a series, each a function of those before it.</summary>
    public float[] Forecast(ReadOnlySpan<float> series, int horizon)
    {
        var values = new float[Lags + horizon];
        series[^Lags..].CopyTo(values);
        for (int i = 0; i < horizon; i++) values[Lags + i] = Next(values.AsSpan(i, Lags));
        return values[Lags..];
    }
}
