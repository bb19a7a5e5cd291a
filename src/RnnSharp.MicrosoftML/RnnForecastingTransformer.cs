using Microsoft.ML;
using Microsoft.ML.Data;
using RnnSharp.Forecasting;

namespace RnnSharp.MicrosoftML;

/// <summary>
/// A fitted forecast. Each row of the input is the next point of the series after those that the forecaster was fitted to; the row's output
/// is the forecast of the points after it. Each pass over the data starts from the same state and reads all rows in order, also those that a
/// later step skips or filters.
/// <para>It is saved with the pipeline. A loaded pipeline has a chain of ML.NET's own transformers in its place, with the same results for a
/// consumer that reads the forecast of each row, in order. Cache its output (<c>context.Data.Cache</c>) before rows are skipped or filtered.</para>
/// </summary>
public sealed class RnnForecastingTransformer : ITransformer
{
    private readonly MLContext _context;
    private readonly string _outputColumn;

    internal RnnForecastingTransformer(MLContext context, TransformerChain<ITransformer> stages, string outputColumn) => (_context, Stages, _outputColumn) = (context, stages, outputColumn);

    /// <summary>False, as for ML.NET's own forecasts: a forecast depends on all rows before it.</summary>
    public bool IsRowToRowMapper => false;

    internal TransformerChain<ITransformer> Stages { get; }

    private ITransformer Transformer => Stages;

    /// <summary>
    /// Creates a forecaster in the state after the last row of the fit, to use without ML.NET. It belongs to the caller: points that it takes
    /// change neither the transformer nor what is saved. To save points with the pipeline, use
    /// <see cref="RnnForecastingCatalog.CreateRnnForecastingEngine"/>.
    /// </summary>
    public Forecaster CreateForecaster() => ForecastStages.Stored(_context, [.. Stages]).Forecaster;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Transformer.GetOutputSchema(inputSchema);

    /// <summary>Throws, so that no PredictionEngine takes the pipeline: <see cref="RnnForecastingCatalog.CreateRnnForecastingEngine"/> has one for it.</summary>
    /// <param name="inputSchema">The schema of the input.</param>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) =>
        throw new InvalidOperationException("A forecast depends on all rows before it: use CreateRnnForecastingEngine in place of a PredictionEngine.");

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => new ForecastRowsInOrder(Transformer.Transform(input), _outputColumn);

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => Transformer.Save(ctx);
}
