using System.Globalization;
using RnnSharp;

namespace ForecastService;

/// <summary>A network with what its file says of it. It takes and gives bar.</summary>
internal sealed class PumpModel(ILayer<float> network, float sigma, float threshold)
{
    /// <summary>The points that a forecast looks ahead: the network's outputs.</summary>
    public const int Horizon = 16;

    public const string SigmaKey = "sigma";
    public const string ThresholdKey = "threshold";

    public ILayer<float> Network { get; } = network;

    /// <summary>The standard deviation of the error of the next point, in bar.</summary>
    public float Sigma { get; } = sigma;

    /// <summary>The score that a healthy pump rarely exceeds.</summary>
    public float Threshold { get; } = threshold;

    /// <summary>The model that a file holds.</summary>
    /// <exception cref="InvalidDataException">The file has not been written by this program.</exception>
    public static PumpModel Of(ILayer<float> network, IReadOnlyDictionary<string, string> metadata)
    {
        if (network.InputSize != 1 || network.OutputSize != Horizon) throw new InvalidDataException($"Expected a network of 1 input and {Horizon} outputs, got {network}.");
        return new PumpModel(network, Number(SigmaKey), Number(ThresholdKey));

        float Number(string key) => metadata.TryGetValue(key, out string? text) && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number)
            ? number
            : throw new InvalidDataException($"Expected a number as the file's metadata \"{key}\".");
    }

    /// <summary>How far a value is from the forecast of the step before, in standard deviations.</summary>
    public float Score(float value, ReadOnlySpan<float> forecastBefore) => MathF.Abs(value - forecastBefore[0]) / Sigma;
}
