using Microsoft.ML.Transforms;

namespace RnnSharp.MicrosoftML;

/// <summary>Names the model of a stage. ML.NET finds it by name when it loads a pipeline.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class KeyMapping : CustomMappingFactory<AnyRow, KeyRow>
{
    public const string Contract = "RnnSharp.ForecastByRnn.Key";

    public override Action<AnyRow, KeyRow> GetMapping() => Map;

    public static void Map(AnyRow from, KeyRow to) => to.Key = ForecastStages.ModelKey;
}

/// <summary>Adds a row's point to the series and forecasts what follows. ML.NET finds it by name when it loads a pipeline.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ForecastMapping : StatefulCustomMappingFactory<SourceRow, ForecastRow, CursorState>
{
    public const string Contract = "RnnSharp.ForecastByRnn";

    public override Action<SourceRow, ForecastRow, CursorState> GetMapping() => Map;

    public override Action<CursorState> GetStateInitAction() => Begin;

    public static void Begin(CursorState state) => state.Forecaster = null;

    public static void Map(SourceRow from, ForecastRow to, CursorState state)
    {
        StoredForecaster stored = state.Forecaster ??= StoredForecaster.FromBytes(from.Model);
        stored.Add(from.Values);
        stored.Predict(to);
    }
}
