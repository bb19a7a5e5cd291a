using System.Buffers.Binary;
using System.Globalization;
using Microsoft.ML.Data;
using RnnSharp.Forecasting;

namespace RnnSharp.MicrosoftML;

/// <summary>A forecaster with the coverage of its intervals, 0 without intervals, and both as the bytes that a pipeline stores.</summary>
internal sealed class StoredForecaster(Forecaster forecaster, double coverage)
{
    /// <summary>The forecaster, which belongs to this object alone.</summary>
    public Forecaster Forecaster { get; } = forecaster;

    /// <summary>Checks, before any forecast, that a forecaster has intervals of a coverage.</summary>
    public static void CheckCoverage(double coverage, ForecasterOptions options, string name)
    {
        double least = (1 - coverage) / 2;
        if (!(coverage > 0 && coverage < 1)) throw new ArgumentOutOfRangeException(name, coverage, string.Create(CultureInfo.InvariantCulture, $"Expected a level above 0 and below 1, got {coverage}."));
        if (options.Levels[0] > least + 1e-9 || options.Levels[^1] < 1 - least - 1e-9)
            throw new ArgumentOutOfRangeException(name, coverage, string.Create(CultureInfo.InvariantCulture, $"Expected an interval within the levels {options.Levels[0]} to {options.Levels[^1]} of the forecaster's options, got {coverage}."));
    }

    public static StoredForecaster FromBytes(VBuffer<byte> buffer)
    {
        byte[] bytes = [.. buffer.DenseValues()];
        double coverage = bytes.Length > sizeof(double) ? BinaryPrimitives.ReadDoubleLittleEndian(bytes) : double.NaN;
        if (!(coverage >= 0 && coverage < 1)) throw new InvalidDataException($"Expected the coverage of intervals before the forecaster, at least 0 and below 1, got {coverage} in {bytes.Length} bytes.");
        using var stream = new MemoryStream(bytes, sizeof(double), bytes.Length - sizeof(double), writable: false);
        return new StoredForecaster(Forecaster.Load(stream), coverage);
    }

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        Span<byte> prefix = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(prefix, coverage);
        stream.Write(prefix);
        Forecaster.Save(stream);
        return stream.ToArray();
    }

    /// <summary>Checks the arguments of <see cref="Predict"/>.</summary>
    public void Check(int? horizon, double? confidenceLevel)
    {
        if (horizon is { } steps && (steps < 1 || steps > Forecaster.Options.Horizon))
            throw new ArgumentOutOfRangeException(nameof(horizon), horizon, $"Expected 1 to {Forecaster.Options.Horizon}, the horizon of the fit, got {horizon}.");
        if (confidenceLevel is not { } level) return;
        if (coverage == 0) throw new ArgumentException("Expected no level, because the model has no columns for the bounds of intervals.", nameof(confidenceLevel));
        CheckCoverage(level, Forecaster.Options, nameof(confidenceLevel));
    }

    /// <summary>Adds a point to the series: a value for each column.</summary>
    public void Add(VBuffer<double> point)
    {
        int columns = Forecaster.Histories[0].Columns;
        if (point.Length != columns) throw new ArgumentException($"Expected {columns} {(columns == 1 ? "value" : "values")}, as in the rows of the fit, got {point.Length}.", nameof(point));
        Forecaster.Update([.. point.DenseValues()]);
    }

    /// <summary>Writes the forecast of the values that follow.</summary>
    public void Predict(ForecastRow row, int? horizon = null, double? confidenceLevel = null)
    {
        Forecast forecast = Forecaster.Forecast(Forecaster.Histories[0], horizon ?? Forecaster.Options.Horizon);
        row.Forecast = ToSingle(forecast.Points.ToArray());
        if (coverage == 0) return;
        ForecastInterval interval = forecast.Interval(confidenceLevel ?? coverage);
        (row.Lower, row.Upper) = (ToSingle(interval.Lower), ToSingle(interval.Upper));
    }

    private static float[] ToSingle(IReadOnlyList<double> values) => [.. values.Select(value => (float)value)];
}
