using Microsoft.ML.Data;

namespace RnnSharp.MicrosoftML;

/// <summary>A row of any input: the key of the model is the same for all.</summary>
internal sealed class AnyRow;

/// <summary>The row with the key under which the model is stored.</summary>
internal sealed class KeyRow
{
    [ColumnName(ForecastStages.Key)]
    public int Key { get; set; }
}

/// <summary>A row with a point of the series.</summary>
internal sealed class ValueRow
{
    [ColumnName(ForecastStages.Values)]
    public VBuffer<double> Values { get; set; }
}

/// <summary>A row with the stored model alone.</summary>
internal sealed class ModelRow
{
    [ColumnName(ForecastStages.Model)]
    public VBuffer<byte> Model { get; set; }
}

/// <summary>What a forecast is computed from.</summary>
internal sealed class SourceRow
{
    [ColumnName(ForecastStages.Model)]
    public VBuffer<byte> Model { get; set; }

    [ColumnName(ForecastStages.Values)]
    public VBuffer<double> Values { get; set; }
}

/// <summary>A forecast under the names that do not depend on the user's.</summary>
internal sealed class ForecastRow
{
    [ColumnName(ForecastStages.Forecast)]
    public float[] Forecast { get; set; } = [];

    [ColumnName(ForecastStages.Lower)]
    public float[] Lower { get; set; } = [];

    [ColumnName(ForecastStages.Upper)]
    public float[] Upper { get; set; } = [];
}

/// <summary>The state of a cursor: the forecaster, loaded at the first row, with the points of the rows until now.</summary>
internal sealed class CursorState
{
    public StoredForecaster? Forecaster { get; set; }
}
