using RnnSharp.Serialization;

namespace RnnSharp.Forecasting;

/// <content>Files: a model file of the network, with everything else in its metadata.</content>
public sealed partial class DeepAr
{
    private const string Key = "deepar";
    private const int Version = 1;

    /// <summary>
    /// Saves network, settings and the end of each series in one safetensors file, as
    /// <see cref="ModelFile.Save{T}(ILayer{T}, string, ModelSaveOptions)"/> does: an existing file stays as it was if anything fails.
    /// </summary>
    /// <param name="path">The file, in an existing folder.</param>
    /// <exception cref="ArgumentException">The path is empty, or the histories are too long for the file's header.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path) => ModelFile.Save(Model, path, ForecastFile.SaveOptions(Key, Text()));

    /// <summary>Saves to a stream, at its position. The stream stays open.</summary>
    /// <param name="stream">A writable stream.</param>
    /// <exception cref="ArgumentException">The stream is null or not writable, or the histories are too long for the file's header.</exception>
    public void Save(Stream stream) => ModelFile.Save(Model, stream, ForecastFile.SaveOptions(Key, Text()));

    /// <summary>Loads a model. The file may be hostile: sizes are checked before anything is allocated for them.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or not one that Save wrote. The message starts with the path.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static DeepAr Load(string path) => ForecastFile.Load(path, Load);

    /// <summary>Loads a model from a stream, from its position to its end.</summary>
    /// <param name="stream">What Save wrote, and nothing after it. It stays open.</param>
    /// <exception cref="ArgumentException">The stream is null or not readable.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static DeepAr Load(Stream stream)
    {
        (ILayer<float> model, string text) = ForecastFile.Read(stream, Key, "DeepAR model");
        (DeepArOptions options, DeepArShape shape, TimeSeries[] histories) = ForecastText.Read(text, Version, Read);
        if (model.InputSize != shape.Features || model.OutputSize != DeepArShape.Outputs || !model.IsStreaming)
            throw new InvalidDataException($"Expected a network of {shape.Features} inputs and {DeepArShape.Outputs} outputs that runs step by step, got {model.InputSize} and {model.OutputSize}.");
        ForecastFile.RequireRuns(() =>
        {
            _ = model.Predict(new Sequence<float>(shape.Features, 1, 1), model.CreateState(1));
            foreach (TimeSeries history in histories)
            {
                CheckValues(history, shape.Distribution, shape.Known, shape.Fields.Count > 0, nameof(history));
                _ = new DeepArSeries(history, shape);
            }
        });
        return new DeepAr(options, model, shape, histories);
    }

    private static (DeepArOptions Options, DeepArShape Shape, TimeSeries[] Histories) Read(ForecasterFields fields)
    {
        DeepArOptions options = DeepArText.ReadOptions(fields.Object("options"));
        ForecasterFields f = fields.Object("shape");
        DeepArOptions read = DeepArText.ReadInputs(f);
        int known = f.Integer("known", 0, ForecasterOptions.LongestHorizon);
        var shape = new DeepArShape(options.Distribution, read.Context!.Value, options.ColdStart, read.Lags!, read.Calendar!, known == 0 ? null : ForecastText.ReadScaler(f, "scaler", known), f.Number("center"), f.Number("spread"));
        f.End();
        if (shape.Spread <= 0) throw new InvalidDataException($"Expected a spread above 0, got {shape.Spread}.");
        TimeSeries[] histories = [.. fields.Objects("series").Select(one =>
        {
            TimeSeries history = ForecastText.ReadSeries(one, columns: 1, past: 0, known, shape.Needed);
            one.End();
            return history;
        })];
        fields.End();
        if (histories.Length == 0) throw new InvalidDataException("Expected at least one series, got none.");
        return (options, shape, histories);
    }

    private string Text() => ForecastText.Write(Version, writer =>
    {
        DeepArText.WriteOptions(writer, Options);
        writer.WriteStartObject("shape");
        DeepArText.WriteInputs(writer, _shape.Context, _shape.Lags, _shape.Fields);
        writer.WriteNumber("known", _shape.Known);
        ForecastText.WriteScaler(writer, "scaler", _shape.Covariates);
        writer.WriteNumber("center", _shape.Center);
        writer.WriteNumber("spread", _shape.Spread);
        writer.WriteEndObject();
        writer.WriteStartArray("series");
        foreach (TimeSeries history in _histories)
        {
            writer.WriteStartObject();
            ForecastText.WriteSeries(writer, history);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
