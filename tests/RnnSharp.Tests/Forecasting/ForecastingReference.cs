using System.Text.Json;

namespace RnnSharp.Tests.Forecasting;

/// <summary>The figures of forecasting.py.</summary>
internal static class ForecastingReference
{
    public static JsonElement Root { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "forecasting.json"))).RootElement;
}
