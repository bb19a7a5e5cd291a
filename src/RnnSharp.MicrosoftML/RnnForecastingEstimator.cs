using Microsoft.ML;
using Microsoft.ML.Data;
using RnnSharp.Forecasting;

namespace RnnSharp.MicrosoftML;

/// <summary>Fits a <see cref="Forecaster"/> to a column. Created by <see cref="RnnForecastingCatalog.ForecastByRnn"/>.</summary>
public sealed class RnnForecastingEstimator : IEstimator<RnnForecastingTransformer>
{
    private readonly MLContext _context = new();
    private readonly ForecastColumns _columns;
    private readonly double _coverage;
    private readonly CancellationToken _cancellation;

    internal RnnForecastingEstimator(ForecastColumns columns, ForecasterOptions options, double confidenceLevel, CancellationToken cancellation)
    {
        bool hasIntervals = columns.Lower is not null || columns.Upper is not null;
        if (hasIntervals && options is { Head: ForecastHead.Point, Calibrate: false })
            throw new ArgumentException("Expected options with intervals: Calibrate, or another Head than Point.", nameof(options));
        if (hasIntervals) StoredForecaster.CheckCoverage(confidenceLevel, options, nameof(confidenceLevel));
        _columns = columns;
        _cancellation = cancellation;
        Options = options;
        _coverage = hasIntervals ? confidenceLevel : 0;
    }

    /// <summary>The options of the forecaster.</summary>
    public ForecasterOptions Options { get; }

    /// <summary>Fits a forecaster to all rows of the series.</summary>
    /// <param name="input">The rows, in order of time.</param>
    /// <returns>A transformer whose state is that after the last row.</returns>
    /// <exception cref="ArgumentException">The input is null, has no column of the expected name with numbers or vectors of a known size, or its values do not suit the forecaster.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled by the token that <see cref="RnnForecastingCatalog.ForecastByRnn"/> was given.</exception>
    public RnnForecastingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema.GetColumnOrNull(_columns.Input) is not { } column) throw new ArgumentException($"Expected a column named {_columns.Input}, got {string.Join(", ", input.Schema.Select(one => one.Name))}.", nameof(input));
        int size = column.Type is NumberDataViewType ? 1 : column.Type is VectorDataViewType { IsKnownSize: true, ItemType: NumberDataViewType } vector ? vector.Size : 0;
        if (size == 0) throw new ArgumentException($"Expected a number, or a vector of numbers of a known size, in each row of the column {_columns.Input}, got {column.Type}.", nameof(input));
        IDataView values = ((ITransformer)ForecastStages.Fit(ForecastStages.ValueEstimators(_context, _columns), input)).Transform(input);
        var series = new TimeSeries([.. values.GetColumn<double[]>(ForecastStages.Values).SelectMany(row => row)], size);
        var forecaster = Forecaster.Fit(series, Options, _cancellation);
        byte[] model = new StoredForecaster(forecaster, _coverage).ToBytes();
        return new RnnForecastingTransformer(_context, ForecastStages.Fit(ForecastStages.Estimators(_context, _columns, model), input), _columns.Output);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (IEstimator<ITransformer> stage in ForecastStages.Estimators(_context, _columns, model: [0])) inputSchema = stage.GetOutputSchema(inputSchema);
        return inputSchema;
    }
}
