using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RnnSharp.Forecasting;

/// <summary>The text of a fitted forecaster in its file's metadata: JSON of numbers and names. A text that is read may be hostile.</summary>
internal static class ForecastText
{
    /// <summary>An object with a version and what a method writes.</summary>
    public static string Write(int version, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", version);
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It did not write the text.</exception>
    public static TContents Read<TContents>(string text, int version, Func<ForecasterFields, TContents> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            var fields = new ForecasterFields(document.RootElement, "the forecaster");
            if (fields.Integer("version") is var found && found != version) throw new InvalidDataException($"Expected version {version} of the forecaster's text, got {found}.");
            return read(fields);
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

    /// <summary>Writes the fields of a series.</summary>
    public static void WriteSeries(Utf8JsonWriter writer, TimeSeries history)
    {
        if (history.Id is not null) writer.WriteString("id", history.Id);

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
        Texts("names", history.Names);
        Texts("pastNames", history.PastCovariates?.Names);
        Texts("futureNames", history.FutureCovariates?.Names);

        void Texts(string name, IReadOnlyList<string>? texts)
        {
            if (texts is null) return;
            writer.WriteStartArray(name);
            foreach (string text in texts) writer.WriteStringValue(text);
            writer.WriteEndArray();
        }
    }

    /// <summary>Reads the fields of a series.</summary>
    public static TimeSeries ReadSeries(ForecasterFields f, int columns, int past, int future, int least)
    {
        string? id = f.Text("id");
        DateTime? start = f.Text("start") is { } text ? DateTime.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime time) ? time : throw new InvalidDataException("Expected a time as the start of a series.") : null;
        int? months = f.OptionalInteger("months");
        long ticks = months is null ? 0 : f.Long("ticks"), offset = f.Long("offset");
        if (offset is < 0 or > int.MaxValue) throw new InvalidDataException($"Expected an offset of 0 to {int.MaxValue}, got {offset}.");
        TimeStep? step = months is null ? null : months > 0 ? TimeStep.FromMonths(months.Value) : TimeStep.FromTimeSpan(TimeSpan.FromTicks(ticks));
        var axis = new TimeAxis(start, step, offset);
        TimeSeries history = TimeSeries.Of(f.Numbers("values", allowMissing: true), columns, axis, id);
        if (history.Length < least) throw new InvalidDataException($"Expected a history of at least {least} steps, got {history.Length}.");
        if (axis.IsKnown) _ = axis.At(history.Length); // within the years of the calendar
        double[] measured = f.Numbers("past", allowMissing: true), known = f.Numbers("future", allowMissing: true);
        string[]? names = f.Texts("names"), pastNames = f.Texts("pastNames"), futureNames = f.Texts("futureNames");
        if ((measured.Length > 0) != (past > 0) || (known.Length > 0) != (future > 0)) throw new InvalidDataException($"Expected {past} past and {future} known covariates.");
        if (names is null && past + future == 0) return history;
        return history.With(names, Covariates(measured, past, pastNames), Covariates(known, future, futureNames));

        TimeSeries? Covariates(double[] values, int columns, string[]? texts) => columns == 0 ? null : TimeSeries.Of(values, columns, axis, null).With(texts, null, null);
    }

    /// <summary>Writes a scaler as an object; nothing for null.</summary>
    public static void WriteScaler(Utf8JsonWriter writer, string name, IScaler? scaler)
    {
        if (scaler is null) return;
        writer.WriteStartObject(name);
        foreach ((string key, double number) in scaler.ToNumbers()) writer.WriteNumber(key, number);
        writer.WriteEndObject();
    }

    /// <summary>Reads a scaler.</summary>
    public static IScaler ReadScaler(ForecasterFields f, string name, int columns)
    {
        IScaler scaler = Scaling.Restore(f.Object(name).AllNumbers());
        return scaler.Columns == columns ? scaler : throw new InvalidDataException($"Expected a scaler of {columns} columns as {name}, got {scaler.Columns}.");
    }

    /// <summary>Numbers; null for NaN, a missing value.</summary>
    public static void Numbers(Utf8JsonWriter writer, string name, IReadOnlyList<double> numbers)
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
