using System.Text.Json;

namespace RnnSharp.Forecasting;

/// <summary>The settings of a <see cref="DeepAr"/> in the text of its file.</summary>
internal static class DeepArText
{
    public static void WriteOptions(Utf8JsonWriter writer, DeepArOptions o)
    {
        writer.WriteStartObject("options");
        foreach ((string name, double value) in new (string, double)[]
        {
            ("horizon", o.Horizon), ("coldStart", o.ColdStart ? 1 : 0), ("distribution", (int)o.Distribution), ("cell", (int)o.Cell), ("hiddenSize", o.HiddenSize), ("layers", o.Layers), ("dropout", o.Dropout),
            ("samplePaths", o.SamplePaths), ("sampleByScale", o.SampleByScale ? 1 : 0), ("epochs", o.Epochs), ("batchSize", o.BatchSize), ("learningRate", o.LearningRate),
            ("patience", o.Patience), ("validationShare", o.ValidationShare), ("refit", o.Refit ? 1 : 0), ("seed", o.Seed),
        })
        {
            writer.WriteNumber(name, value);
        }

        if (o.Season is { } season) writer.WriteNumber("season", season);
        if (o.BatchesPerEpoch is { } batches) writer.WriteNumber("batchesPerEpoch", batches);
        WriteInputs(writer, o.Context, o.Lags, o.Calendar);
        writer.WriteEndObject();
    }

    public static DeepArOptions ReadOptions(ForecasterFields f)
    {
        DeepArOptions options = ReadInputs(f, isOptional: true) with
        {
            Horizon = f.Integer("horizon"),
            Season = f.OptionalInteger("season"),
            ColdStart = f.Integer("coldStart", 0, 1) == 1,
            Distribution = (DeepArDistribution)f.Integer("distribution"),
            Cell = (ForecastCell)f.Integer("cell"),
            HiddenSize = f.Integer("hiddenSize"),
            Layers = f.Integer("layers"),
            Dropout = f.Number("dropout"),
            SamplePaths = f.Integer("samplePaths"),
            SampleByScale = f.Integer("sampleByScale", 0, 1) == 1,
            Epochs = f.Integer("epochs"),
            BatchesPerEpoch = f.OptionalInteger("batchesPerEpoch"),
            BatchSize = f.Integer("batchSize"),
            LearningRate = f.Number("learningRate"),
            Patience = f.Integer("patience"),
            ValidationShare = f.Number("validationShare"),
            Refit = f.Integer("refit", 0, 1) == 1,
            Seed = f.Integer("seed"),
        };
        f.End();
        return options;
    }

    /// <summary>Writes what the network reads, as asked for or as chosen.</summary>
    public static void WriteInputs(Utf8JsonWriter writer, int? context, IReadOnlyList<int>? lags, IReadOnlyList<CalendarField>? calendar)
    {
        if (context is { } steps) writer.WriteNumber("context", steps);
        if (lags is not null) ForecastText.Numbers(writer, "lags", [.. lags.Select(lag => (double)lag)]);
        if (calendar is not null) ForecastText.Numbers(writer, "calendar", [.. calendar.Select(field => (double)field)]);
    }

    /// <summary>Reads what <see cref="WriteInputs"/> wrote.</summary>
    public static DeepArOptions ReadInputs(ForecasterFields f, bool isOptional = false) => new()
    {
        Context = isOptional ? f.OptionalInteger("context") : f.Integer("context"),
        Lags = Integers(f, "lags", isOptional),
        Calendar = Integers(f, "calendar", isOptional) is { } fields ? [.. fields.Select(field => (CalendarField)field)] : null,
    };

    private static int[]? Integers(ForecasterFields f, string name, bool isOptional)
    {
        if (isOptional && !f.Has(name)) return null;
        double[] numbers = f.Numbers(name);
        return Array.TrueForAll(numbers, number => number == (int)number) ? [.. numbers.Select(number => (int)number)] : throw new InvalidDataException($"Expected whole numbers as {name}.");
    }
}
