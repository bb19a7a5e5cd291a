using System.Buffers.Binary;
using Microsoft.ML.Data;
using RnnSharp.Forecasting;

namespace RnnSharp.MicrosoftML;

/// <summary>A forecaster with the level of its intervals, and both as the bytes that a pipeline stores.</summary>
internal sealed record StoredForecaster(Forecaster Forecaster, double Level)
{
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        Span<byte> level = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(level, Level);
        stream.Write(level);
        Forecaster.Save(stream);
        return stream.ToArray();
    }

    public static StoredForecaster FromBytes(VBuffer<byte> buffer)
    {
        byte[] bytes = [.. buffer.DenseValues()];
        double level = bytes.Length > sizeof(double) ? BinaryPrimitives.ReadDoubleLittleEndian(bytes) : 0;
        if (!(level > 0 && level < 1)) throw new InvalidDataException($"Expected the level of intervals above 0 and below 1 before the forecaster, got {bytes.Length} bytes with {level}.");
        using var stream = new MemoryStream(bytes, sizeof(double), bytes.Length - sizeof(double), writable: false);
        return new StoredForecaster(Forecaster.Load(stream), level);
    }

    /// <summary>Writes the forecast of the values that follow.</summary>
    public void Predict(ForecastRow row, int? horizon, double? level)
    {
        Forecast forecast = Forecaster.Predict(horizon ?? Forecaster.Horizon);
        (row.Forecast, row.Lower, row.Upper) = ([], [], []);
    }
}
