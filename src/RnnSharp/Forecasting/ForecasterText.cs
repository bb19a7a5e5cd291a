using System.Buffers;
using System.Globalization;
using System.Text;
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

    public static string Write(ForecasterContents contents)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            WriteOptions(writer, contents.Options);
            ForecastShape shape = contents.Shape;
            writer.WriteStartObject("shape");
            foreach ((string name, int value) in new[] { ("columns", shape.Columns), ("past", shape.Past), ("future", shape.Future), ("lookback", shape.Lookback), ("block", shape.Block), ("season", shape.Season), ("seasons", shape.Seasons), ("anchor", shape.Anchor) }) writer.WriteNumber(name, value);
            writer.WriteEndObject();
            writer.WriteNumber("countScale", contents.CountScale);
            writer.WriteStartArray("widths");
            foreach (double width in contents.Calibration?.Widths ?? []) writer.WriteNumberValue(width);
            writer.WriteEndArray();
            Numbers(writer, "factors", contents.Calibration?.Factors ?? []);
            writer.WriteStartArray("series");
            for (int s = 0; s < contents.Histories.Length; s++) WriteSeries(writer, contents.Histories[s], contents.Scales[s]);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It did not write the text.</exception>
    public static ForecasterContents Read(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            return Read(new ForecasterFields(document.RootElement, "the forecaster"));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The forecaster's text is not valid JSON: {exception.Message}", exception);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"The forecaster's text: {exception.Message}", exception);
        }
    }

    private static ForecasterContents Read(ForecasterFields fields)
    {
        if (fields.Integer("version") is var version && version != Version) throw new InvalidDataException($"Expected version {Version} of the forecaster's text, got {version}.");
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

        Numbers(writer, "levels", o.Levels);
        Numbers(writer, "scaling", o.Scaling.ToNumbers());
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
        if (scales.Id is not null) writer.WriteString("id", scales.Id);

        // The series' own clock: a local time with its offset would be another one where the file is read.
        if (history.Axis.Anchor is { } start) writer.WriteString("start", (start.Kind == DateTimeKind.Local ? DateTime.SpecifyKind(start, DateTimeKind.Unspecified) : start).ToString("O", CultureInfo.InvariantCulture));
        if (history.Step is { } step)
        {
            writer.WriteNumber("months", step.Months);
            writer.WriteNumber("ticks", step.Span.Ticks);
        }

        writer.WriteNumber("offset", history.Axis.Offset);
        Numbers(writer, "values", history.Values.ToArray());
        Numbers(writer, "past", history.PastCovariates?.Values.ToArray() ?? []);
        Numbers(writer, "future", history.FutureCovariates?.Values.ToArray() ?? []);
        Numbers(writer, "units", scales.Units);
        Scaler("scaler", scales.Values);
        Scaler("pastScaler", scales.Past);
        Scaler("futureScaler", scales.Future);
        Texts("names", history.Names);
        Texts("pastNames", history.PastCovariates?.Names);
        Texts("futureNames", history.FutureCovariates?.Names);
        writer.WriteEndObject();

        void Texts(string name, IReadOnlyList<string>? texts)
        {
            if (texts is null) return;
            writer.WriteStartArray(name);
            foreach (string text in texts) writer.WriteStringValue(text);
            writer.WriteEndArray();
        }

        void Scaler(string name, IScaler? scaler)
        {
            if (scaler is null) return;
            writer.WriteStartObject(name);
            foreach ((string key, double number) in scaler.ToNumbers()) writer.WriteNumber(key, number);
            writer.WriteEndObject();
        }
    }

    private static (TimeSeries History, SeriesScales Scales) ReadSeries(ForecasterFields f, ForecastShape shape)
    {
        string? id = f.Text("id");
        DateTime? start = f.Text("start") is { } text ? DateTime.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime time) ? time : throw new InvalidDataException("Expected a time as the start of a series.") : null;
        int? months = f.OptionalInteger("months");
        long ticks = months is null ? 0 : f.Long("ticks"), offset = f.Long("offset");
        if (offset is < 0 or > int.MaxValue) throw new InvalidDataException($"Expected an offset of 0 to {int.MaxValue}, got {offset}.");
        TimeStep? step = months is null ? null : months > 0 ? TimeStep.FromMonths(months.Value) : TimeStep.FromTimeSpan(TimeSpan.FromTicks(ticks));
        var axis = new TimeAxis(start, step, offset);
        TimeSeries history = TimeSeries.Of(f.Numbers("values", allowMissing: true), shape.Columns, axis, id);
        if (history.Length < shape.Needed) throw new InvalidDataException($"Expected a history of at least {shape.Needed} steps, got {history.Length}.");
        if (axis.IsKnown) _ = axis.At(history.Length); // within the years of the calendar
        double[] past = f.Numbers("past", allowMissing: true), future = f.Numbers("future", allowMissing: true), units = f.Numbers("units");
        string[]? names = f.Texts("names"), pastNames = f.Texts("pastNames"), futureNames = f.Texts("futureNames");
        if ((past.Length > 0) != (shape.Past > 0) || (future.Length > 0) != (shape.Future > 0)) throw new InvalidDataException($"Expected {shape.Past} past and {shape.Future} known covariates.");
        if (units.Length != shape.Columns || !Array.TrueForAll(units, unit => unit > 0)) throw new InvalidDataException($"Expected {shape.Columns} units above 0.");
        if (names is not null || past.Length + future.Length > 0)
        {
            history = history.With(names, Covariates(past, shape.Past, pastNames), Covariates(future, shape.Future, futureNames));
        }

        var scales = new SeriesScales(id, Scaler("scaler", shape.Columns)!, Scaler("pastScaler", shape.Past), Scaler("futureScaler", shape.Future), units);
        f.End();
        return (history, scales);

        TimeSeries? Covariates(double[] values, int columns, string[]? texts) => values.Length == 0 ? null : TimeSeries.Of(values, columns, axis, null).With(texts, null, null);

        IScaler? Scaler(string name, int columns)
        {
            if (columns == 0) return null;
            IScaler scaler = Scaling.Restore(f.Object(name).AllNumbers());
            return scaler.Columns == columns ? scaler : throw new InvalidDataException($"Expected a scaler of {columns} columns as {name}, got {scaler.Columns}.");
        }
    }

    /// <summary>Numbers; null for NaN, a missing value.</summary>
    private static void Numbers(Utf8JsonWriter writer, string name, IReadOnlyList<double> numbers)
    {
        writer.WriteStartArray(name);
        foreach (double number in numbers)
        {
            if (double.IsNaN(number)) writer.WriteNullValue();
            else writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
