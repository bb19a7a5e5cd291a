using System.Text.Json;

namespace RnnSharp.Forecasting;

/// <summary>What a forecaster's file holds beside the network.</summary>
/// <param name="Options">The settings.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="CountScale">The scale of the counts.</param>
/// <param name="Calibration">The calibration of the intervals.</param>
/// <param name="Scales">The scalers of each series.</param>
/// <param name="Histories">The end of each series.</param>
internal sealed record ForecasterContents(ForecasterOptions Options, ForecastShape Shape, double CountScale, ForecastCalibration? Calibration, SeriesScales[] Scales, TimeSeries[] Histories);

/// <summary>The text of a forecaster in its file's metadata: JSON of numbers and names. A text that is read may be hostile.</summary>
internal static class ForecasterText
{
    private const int Version = 1;

    public static string Write(ForecasterContents contents) =>
        ForecastText.Write(Version, writer =>
        {
            WriteOptions(writer, contents.Options);
            ForecastShape shape = contents.Shape;
            writer.WriteStartObject("shape");
            foreach ((string name, int value) in new[] { ("columns", shape.Columns), ("past", shape.Past), ("future", shape.Future), ("lookback", shape.Lookback), ("block", shape.Block), ("season", shape.Season), ("seasons", shape.Seasons), ("anchor", shape.Anchor) }) writer.WriteNumber(name, value);
            writer.WriteEndObject();
            writer.WriteNumber("countScale", contents.CountScale);
            ForecastText.Numbers(writer, "widths", contents.Calibration?.Widths ?? []);
            ForecastText.Numbers(writer, "factors", contents.Calibration?.Factors ?? []);
            writer.WriteStartArray("series");
            for (int s = 0; s < contents.Histories.Length; s++) WriteSeries(writer, contents.Histories[s], contents.Scales[s]);
            writer.WriteEndArray();
        });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It did not write the text.</exception>
    public static ForecasterContents Read(string text) => ForecastText.Read(text, Version, Read);

    private static ForecasterContents Read(ForecasterFields fields)
    {
        ForecasterOptions options = ReadOptions(fields.Object("options"));
        ForecasterFields sizes = fields.Object("shape");
        const int Most = ForecasterOptions.LongestHorizon;
        var shape = new ForecastShape(
            sizes.Integer("columns", 1, Most), sizes.Integer("past", 0, Most), sizes.Integer("future", 0, Most), sizes.Integer("lookback", 1, Most), sizes.Integer("block", 1, options.Horizon), sizes.Integer("season", 1, Most), sizes.Integer("seasons", 0, 1000), sizes.Integer("anchor", 0, Most), options.Head, options.Levels);
        sizes.End();
        if (shape.Anchor > shape.Lookback) throw new InvalidDataException($"Expected an anchor of at most the lookback, {shape.Lookback}, got {shape.Anchor}.");
        if ((long)shape.Block * shape.Columns > ForecasterOptions.LongestHorizon) throw new InvalidDataException($"Expected at most {ForecasterOptions.LongestHorizon} values at once, got {shape.Block} steps of {shape.Columns} columns.");
        if ((long)shape.Season * shape.Seasons > int.MaxValue / 4) throw new InvalidDataException($"Expected fewer seasons than {shape.Seasons} of {shape.Season} steps.");
        double countScale = fields.Number("countScale");
        if (countScale <= 0) throw new InvalidDataException($"Expected a count scale above 0, got {countScale}.");
        double[] widths = fields.Numbers("widths"), factors = fields.Numbers("factors");
        if (widths.Length > 0 && (widths.Length != (long)options.Horizon * shape.Columns || factors.Length != options.Levels.Count || !Array.TrueForAll(widths, width => width >= 0)))
            throw new InvalidDataException($"Expected widths of {options.Horizon} steps and factors of {options.Levels.Count} levels, got {widths.Length} and {factors.Length}.");
        if (widths.Length == 0 && factors.Length > 0) throw new InvalidDataException("Expected no factors without widths.");
        var scales = new List<SeriesScales>();
        var histories = new List<TimeSeries>();
        foreach (ForecasterFields series in fields.Objects("series"))
        {
            (TimeSeries history, SeriesScales fitted) = ReadSeries(series, shape);
            histories.Add(history);
            scales.Add(fitted);
        }

        fields.End();
        if (histories.Count == 0) throw new InvalidDataException("Expected at least one series, got none.");
        return new ForecasterContents(options, shape, countScale, widths.Length == 0 ? null : new ForecastCalibration(widths, factors), [.. scales], [.. histories]);
    }

    private static void WriteOptions(Utf8JsonWriter writer, ForecasterOptions o)
    {
        writer.WriteStartObject("options");
        foreach ((string name, double? value) in new (string, double?)[]
        {
            ("horizon", o.Horizon), ("season", o.Season), ("lookback", o.Lookback), ("cell", (int)o.Cell), ("hiddenSize", o.HiddenSize), ("layers", o.Layers), ("strategy", (int)o.Strategy), ("segmentLength", o.SegmentLength), ("seasons", o.Seasons),
            ("anchorSteps", o.AnchorSteps), ("head", (int)o.Head), ("calibrate", o.Calibrate ? 1 : 0), ("refit", o.Refit ? 1 : 0), ("epochs", o.Epochs), ("learningRate", o.LearningRate), ("weightDecay", o.WeightDecay), ("batchSize", o.BatchSize), ("validationShare", o.ValidationShare),
            ("patience", o.Patience), ("members", o.Members), ("seed", o.Seed),
        })
        {
            if (value is { } number) writer.WriteNumber(name, number);
        }

        ForecastText.Numbers(writer, "levels", o.Levels);
        ForecastText.Numbers(writer, "scaling", o.Scaling.ToNumbers());
        writer.WriteEndObject();
    }

    private static ForecasterOptions ReadOptions(ForecasterFields f)
    {
        var options = new ForecasterOptions
        {
            Horizon = f.Integer("horizon"),
            Season = f.OptionalInteger("season"),
            Lookback = f.OptionalInteger("lookback"),
            Cell = (ForecastCell)f.Integer("cell"),
            HiddenSize = f.Integer("hiddenSize"),
            Layers = f.Integer("layers"),
            Strategy = (ForecastStrategy)f.Integer("strategy"),
            SegmentLength = f.Integer("segmentLength"),
            Seasons = f.OptionalInteger("seasons"),
            AnchorSteps = f.OptionalInteger("anchorSteps"),
            Head = (ForecastHead)f.Integer("head"),
            Calibrate = f.Integer("calibrate", 0, 1) == 1,
            Refit = f.Integer("refit", 0, 1) == 1,
            Epochs = f.Integer("epochs"),
            LearningRate = f.Number("learningRate"),
            WeightDecay = f.Number("weightDecay"),
            BatchSize = f.Integer("batchSize"),
            ValidationShare = f.Number("validationShare"),
            Patience = f.Integer("patience"),
            Members = f.Integer("members"),
            Seed = f.Integer("seed"),
            Levels = f.Numbers("levels"),
            Scaling = Scaling.FromNumbers(f.Numbers("scaling")) ?? throw new InvalidDataException("Expected the numbers of a scaling in the forecaster's options."),
        };
        f.End();
        return options;
    }

    private static void WriteSeries(Utf8JsonWriter writer, TimeSeries history, SeriesScales scales)
    {
        writer.WriteStartObject();
        ForecastText.WriteSeries(writer, history);
        ForecastText.Numbers(writer, "units", scales.Units);
        ForecastText.WriteScaler(writer, "scaler", scales.Values);
        ForecastText.WriteScaler(writer, "pastScaler", scales.Past);
        ForecastText.WriteScaler(writer, "futureScaler", scales.Future);
        writer.WriteEndObject();
    }

    private static (TimeSeries History, SeriesScales Scales) ReadSeries(ForecasterFields f, ForecastShape shape)
    {
        TimeSeries history = ForecastText.ReadSeries(f, shape.Columns, shape.Past, shape.Future, shape.Needed);
        double[] units = f.Numbers("units");
        if (units.Length != shape.Columns || !Array.TrueForAll(units, unit => unit > 0)) throw new InvalidDataException($"Expected {shape.Columns} units above 0.");
        IScaler values = ForecastText.ReadScaler(f, "scaler", shape.Columns);
        IScaler? past = shape.Past == 0 ? null : ForecastText.ReadScaler(f, "pastScaler", shape.Past), future = shape.Future == 0 ? null : ForecastText.ReadScaler(f, "futureScaler", shape.Future);
        f.End();
        return (history, new SeriesScales(history.Id, values, past, future, units));
    }
}
