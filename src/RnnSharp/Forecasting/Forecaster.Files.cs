using RnnSharp.Serialization;

namespace RnnSharp.Forecasting;

/// <content>Files: a model file of the networks, with everything else in its metadata.</content>
public sealed partial class Forecaster
{
    private const string Key = "forecaster";

    /// <summary>
    /// Saves networks, scalers, settings, calibration and the end of each series in one safetensors file, as
    /// <see cref="ModelFile.Save{T}(ILayer{T}, string, ModelSaveOptions)"/> does: an existing file stays as it was if anything fails.
    /// </summary>
    /// <param name="path">The file, in an existing folder.</param>
    /// <exception cref="ArgumentException">The path is empty, or the histories are too long for the file's header.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => ModelFile.Save(_network.Model, path, SaveOptions());

    /// <summary>Saves to a stream, at its position. The stream stays open.</summary>
    /// <param name="stream">A writable stream.</param>
    /// <exception cref="ArgumentException">The stream is null or not writable, or the histories are too long for the file's header.</exception>
    public void Save(Stream stream) => ModelFile.Save(_network.Model, stream, SaveOptions());

    /// <summary>Loads a forecaster. The file may be hostile: sizes are checked before anything is allocated for them.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or not one that Save wrote. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static Forecaster Load(string path) => ForecastFile.Load(path, Load);

    /// <summary>Loads a forecaster from a stream, from its position to its end.</summary>
    /// <param name="stream">What Save wrote, and nothing after it. It stays open.</param>
    /// <exception cref="ArgumentException">The stream is null or not readable.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static Forecaster Load(Stream stream)
    {
        (ILayer<float> model, string text) = ForecastFile.Read(stream, Key, "forecaster");
        ForecasterContents contents = ForecasterText.Read(text);
        ForecastShape shape = contents.Shape;
        if (model.InputSize != shape.Features || model.OutputSize != (long)shape.BlockValues * shape.PerValue)
            throw new InvalidDataException($"Expected a network of {shape.Features} inputs and {(long)shape.BlockValues * shape.PerValue} outputs, got {model.InputSize} and {model.OutputSize}.");
        var forecaster = new Forecaster(contents.Options, new ForecastNetwork(model, shape, contents.CountScale), contents.Scales, contents.Histories, contents.Calibration);
        ForecastFile.RequireRuns(() =>
        {
            // One window through the network, and each history through its scaler: what does not run is refused here.
            Sequence<float> output = model.Predict(new Sequence<float>(shape.Features, 1, shape.Lookback));
            if (output.Steps != 1) throw new InvalidDataException($"Expected a network that returns 1 step, got {output.Steps}.");
            for (int s = 0; s < contents.Histories.Length; s++) _ = new ScaledSeries(contents.Histories[s], contents.Scales[s], shape);
        });
        return forecaster;
    }

    private ModelSaveOptions SaveOptions() => ForecastFile.SaveOptions(Key, ForecasterText.Write(new ForecasterContents(Options, _network.Shape, _network.CountScale, _calibration, _scales, _histories)));
}
