using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace RnnSharp.MicrosoftML;

/// <summary>
/// The built-in transformers that a forecast consists of. ML.NET loads only transformers of its own assemblies, and mappings without content of
/// their own from others. So the forecaster's file is the value of a table (<see cref="ValueMappingTransformer"/>), which a mapping reads.
/// </summary>
internal static class ForecastStages
{
    public const string Key = "RnnSharp.Key", Model = "RnnSharp.Model", Number = "RnnSharp.Number", Values = "RnnSharp.Values";
    public const string Forecast = "RnnSharp.Forecast", Lower = "RnnSharp.Lower", Upper = "RnnSharp.Upper";
    public const int ModelKey = 1;

    private const int TableIndex = 1, ValuesIndex = 2, MappingIndex = 4, NamesIndex = 5;

    /// <summary>The estimators of the stages for a forecaster's file, or for the shape of the columns alone.</summary>
    public static IEstimator<ITransformer>[] Estimators(MLContext context, ForecastColumns columns, byte[] model)
    {
        var names = new List<ColumnCopyingEstimator> { context.Transforms.CopyColumns(columns.Output, Forecast) };
        if (columns.Lower is not null) names.Add(context.Transforms.CopyColumns(columns.Lower, Lower));
        if (columns.Upper is not null) names.Add(context.Transforms.CopyColumns(columns.Upper, Upper));
        return
        [
            context.Transforms.CustomMapping<AnyRow, KeyRow>(KeyMapping.Map, KeyMapping.Contract),
            Table(context, model),
            .. ValueEstimators(context, columns),
            context.Transforms.StatefulCustomMapping<SourceRow, ForecastRow, CursorState>(ForecastMapping.Map, ForecastMapping.Begin, ForecastMapping.Contract),
            .. names,
            context.Transforms.DropColumns(Key, Model, Number, Values, Forecast, Lower, Upper),
        ];
    }

    /// <summary>The estimators that make a vector of each row's number or vector: the values of a step.</summary>
    public static IEstimator<ITransformer>[] ValueEstimators(MLContext context, ForecastColumns columns) =>
        [context.Transforms.Conversion.ConvertType(Number, columns.Input, DataKind.Double), context.Transforms.Concatenate(Values, Number)];

    public static TransformerChain<ITransformer> Fit(IEstimator<ITransformer>[] estimators, IDataView data)
    {
        var stages = new ITransformer[estimators.Length];
        for (int i = 0; i < stages.Length; i++)
        {
            stages[i] = estimators[i].Fit(data);
            data = stages[i].Transform(data);
        }

        return new TransformerChain<ITransformer>(stages);
    }

    /// <summary>Whether a transformer is a chain of these stages.</summary>
    public static bool TryGet(ITransformer transformer, [NotNullWhen(true)] out ITransformer[]? stages)
    {
        stages = transformer is RnnForecastingTransformer forecasting ? [.. forecasting.Stages]
            : transformer is TransformerChain<ITransformer> chain ? [.. chain]
            : null;
        if (stages is { Length: > NamesIndex } && stages[TableIndex] is ValueMappingTransformer && stages[MappingIndex] is StatefulCustomMappingTransformer<SourceRow, ForecastRow, CursorState>) return true;
        stages = null;
        return false;
    }

    /// <summary>The forecaster that is stored in the stages.</summary>
    public static StoredForecaster Stored(MLContext context, ITransformer[] stages)
    {
        IDataView row = stages[TableIndex].Transform(context.Data.LoadFromEnumerable([new KeyRow { Key = ModelKey }]));
        return StoredForecaster.FromBytes(context.Data.CreateEnumerable<ModelRow>(row, reuseRowObject: false).Single().Model);
    }

    /// <summary>The same stages with another forecaster.</summary>
    public static TransformerChain<ITransformer> With(MLContext context, ITransformer[] stages, StoredForecaster forecaster)
    {
        ITransformer table = Table(context, forecaster.ToBytes()).Fit(context.Data.LoadFromEnumerable([new KeyRow()]));
        return new TransformerChain<ITransformer>([.. stages[..TableIndex], table, .. stages[(TableIndex + 1)..]]);
    }

    /// <summary>The stages that read a row's point of the series, and those that give a forecast the user's names.</summary>
    public static (ITransformer[] Values, ITransformer Names) Ends(ITransformer[] stages) => (stages[ValuesIndex..MappingIndex], new TransformerChain<ITransformer>(stages[NamesIndex..^1]));

    private static ValueMappingEstimator<int, byte> Table(MLContext context, byte[] model) =>
        context.Transforms.Conversion.MapValue(Model, [new KeyValuePair<int, byte[]>(ModelKey, model)], Key);
}
