using RnnSharp.Serialization;

namespace RnnSharp.Forecasting;

/// <summary>Model files with a fitted forecaster in their metadata.</summary>
internal static class ForecastFile
{
    public static ModelSaveOptions SaveOptions(string key, string text) => new()
    {
        Formats = ForecastEnsembleFormat.Formats,
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [key] = text },
    };

    /// <summary>Loads from a file, whose path then starts the message of an error about the contents.</summary>
    public static TResult Load<TResult>(string path, Func<Stream, TResult> load)
    {
        using FileStream stream = OpenedFile.Open(path);
        try
        {
            return load(stream);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    /// <summary>The model of a file, and the text beside it.</summary>
    public static (ILayer<float> Model, string Text) Read(Stream stream, string key, string what)
    {
        LoadedModel<float> loaded = ModelFile.Load<float>(stream, new() { Formats = ForecastEnsembleFormat.Formats });
        if (!loaded.Metadata.TryGetValue(key, out string? text)) throw new InvalidDataException($"The file holds a model without a {what}.");
        return (loaded.Model, text);
    }

    /// <summary>Runs what a loaded forecaster must be able to do.</summary>
    public static void RequireRuns(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"The forecaster does not run: {exception.Message}", exception);
        }
    }
}
