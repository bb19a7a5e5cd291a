using System.Globalization;
using RnnSharp;

namespace ForecastService;

/// <summary>
/// A network with what its file says of it. It takes the pressure in bar; for each of the next points it gives the mean, and then for each the
/// logarithm of the variance, of what it expects.
/// </summary>
internal sealed class PumpModel(ILayer<float> network, float threshold)
{
    /// <summary>The points that a forecast looks ahead.</summary>
    public const int Horizon = 16;

    /// <summary>The network's outputs.</summary>
    public const int Outputs = 2 * Horizon;

    public const string ThresholdKey = "threshold";

    private const string NoThreshold = $"Expected a positive number as the file's metadata \"{ThresholdKey}\".";

    public ILayer<float> Network { get; } = network;

    /// <summary>The score that a healthy pump rarely exceeds.</summary>
    public float Threshold { get; } = threshold;

    /// <summary>The model that a file holds.</summary>
    /// <exception cref="InvalidDataException">The file has not been written by this program.</exception>
    public static PumpModel Of(ILayer<float> network, IReadOnlyDictionary<string, string> metadata)
    {
        if (network.InputSize != 1 || network.OutputSize != Outputs) throw new InvalidDataException($"Expected a network of 1 input and {Outputs} outputs, got {network}.");
        return new PumpModel(network, ThresholdOf(metadata) ?? throw new InvalidDataException(NoThreshold));
    }

    /// <summary>What is missing from a file's metadata, or null.</summary>
    public static string? Fault(IReadOnlyDictionary<string, string> metadata)
    {
        if (ThresholdOf(metadata) is null) return NoThreshold;
        try
        {
            LinearModel.Of(metadata);
            return null;
        }
        catch (InvalidDataException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>The expected points of an output.</summary>
    public static float[] Forecast(ReadOnlySpan<float> output, int horizon = Horizon) => [.. output[..horizon]];

    /// <summary>The standard deviations of the expected points.</summary>
    public static float[] Deviations(ReadOnlySpan<float> output, int horizon = Horizon)
    {
        var deviations = new float[horizon];
        for (int i = 0; i < horizon; i++) deviations[i] = Finite(MathF.Exp(output[Horizon + i] / 2));
        return deviations;
    }

    /// <summary>How far a value is from what the output of the step before expects, in standard deviations.</summary>
    public static float Score(float value, ReadOnlySpan<float> outputBefore) => Finite(MathF.Abs(value - outputBefore[0]) / MathF.Exp(outputBefore[Horizon] / 2));

    /// <summary>The number itself, or the largest in place of infinity and NaN, which JSON does not have.</summary>
    public static float Finite(float value) => float.IsFinite(value) ? value : float.MaxValue;

    private static float? ThresholdOf(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue(ThresholdKey, out string? text) && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float threshold) && float.IsFinite(threshold) && threshold > 0 ? threshold : null;
}
