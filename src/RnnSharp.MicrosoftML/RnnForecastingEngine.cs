using Microsoft.ML;
using Microsoft.ML.Data;
using RnnSharp.Serialization;

namespace RnnSharp.MicrosoftML;

/// <summary>
/// Forecasts from the end of a series, takes further points between forecasts, and saves the model with the points that it has taken, as
/// ML.NET's TimeSeriesPredictionEngine does for its own models. It is not safe for several threads at once. Disposing it leaves the model's
/// transformers to their owner.
/// </summary>
/// <typeparam name="TSource">The class of a row of the model's input.</typeparam>
/// <typeparam name="TForecast">The class of a forecast, with a property of type float[] for each output column of the forecast.</typeparam>
public sealed class RnnForecastingEngine<TSource, TForecast> : IDisposable
    where TSource : class
    where TForecast : class, new()
{
    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly ITransformer[] _stages;
    private readonly StoredForecaster _stored;
    private readonly PredictionEngine<TSource, ValueRow> _values;
    private readonly PredictionEngine<ForecastRow, TForecast> _names;
    private readonly DataViewSchema _inputSchema;
    private readonly ForecastRow _row = new();
    private bool _disposed;

    internal RnnForecastingEngine(MLContext context, ITransformer model)
    {
        var before = new List<ITransformer>();
        ITransformer[]? stages = null;
        foreach (ITransformer part in Parts(model))
        {
            if (!ForecastStages.TryGet(part, out ITransformer[]? found))
            {
                if (stages is null) before.Add(part);
                continue;
            }

            if (stages is not null) throw new ArgumentException("Expected a model with one stage of ForecastByRnn, got several.", nameof(model));
            stages = found;
        }

        _stages = stages ?? throw new ArgumentException("Expected a model with a stage of ForecastByRnn, got none.", nameof(model));
        (_context, _model) = (context, model);
        _stored = ForecastStages.Stored(context, _stages);
        (ITransformer[] values, ITransformer names) = ForecastStages.Ends(_stages);
        var options = new PredictionEngineOptions { OwnsTransformer = false };
        _values = context.Model.CreatePredictionEngine<TSource, ValueRow>(new TransformerChain<ITransformer>([.. before, .. values]), options);
        _names = context.Model.CreatePredictionEngine<ForecastRow, TForecast>(names, options);
        _inputSchema = context.Data.LoadFromEnumerable(Array.Empty<TSource>()).Schema;
    }

    /// <summary>Forecasts from the end of the series.</summary>
    /// <param name="horizon">The number of steps, 1 to the horizon of the fit; that horizon when null.</param>
    /// <param name="confidenceLevel">The share of values that the intervals are to contain, above 0 and below 1; that of the model when null.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or a level is given to a model without columns for the bounds.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public TForecast Predict(int? horizon = null, double? confidenceLevel = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _stored.Check(horizon, confidenceLevel);
        _stored.Predict(_row, horizon, confidenceLevel);
        return _names.Predict(_row);
    }

    /// <summary>Adds a point to the series and forecasts what follows.</summary>
    /// <param name="point">A row of the model's input; NaN is a missing value.</param>
    /// <param name="horizon">The number of steps, 1 to the horizon of the fit; that horizon when null.</param>
    /// <param name="confidenceLevel">The share of values that the intervals are to contain, above 0 and below 1; that of the model when null.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or the point is null, infinite, or not of the columns of the fit. The series does not change.</exception>
    /// <exception cref="InvalidOperationException">ML.NET refuses the point, such as a vector of another size than its attribute states. The series does not change.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public TForecast Predict(TSource point, int? horizon = null, double? confidenceLevel = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _stored.Check(horizon, confidenceLevel);
        Update(point);
        return Predict(horizon, confidenceLevel);
    }

    /// <summary>Adds a point to the series.</summary>
    /// <param name="point">A row of the model's input; NaN is a missing value.</param>
    /// <exception cref="ArgumentException">The point is null, infinite, or not of the columns of the fit. The series does not change.</exception>
    /// <exception cref="InvalidOperationException">ML.NET refuses the point, such as a vector of another size than its attribute states. The series does not change.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public void Update(TSource point)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(point);
        _stored.Add(_values.Predict(point).Values);
    }

    /// <summary>
    /// Saves the model with the points that were added, so that an engine of the loaded model continues from here. An existing file is replaced
    /// when the new one is complete, and stays as it was if anything fails.
    /// </summary>
    /// <param name="path">The file, in an existing folder.</param>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    /// <exception cref="InvalidOperationException">A stage of the pipeline cannot be saved.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public void CheckPoint(string path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, CheckPoint);
    }

    /// <summary>Saves the model with the points that were added, so that an engine of the loaded model continues from here.</summary>
    /// <param name="stream">Receives the file. It stays open.</param>
    /// <exception cref="ArgumentNullException">The stream is null.</exception>
    /// <exception cref="InvalidOperationException">A stage of the pipeline cannot be saved.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public void CheckPoint(Stream stream)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(stream);
        _context.Model.Save(Current(), _inputSchema, stream);
    }

    /// <summary>Releases what ML.NET holds for the engine; a second call does nothing.</summary>
    public void Dispose()
    {
        _disposed = true;
        _values.Dispose();
        _names.Dispose();
    }

    private ITransformer Current()
    {
        TransformerChain<ITransformer> current = ForecastStages.With(_context, _stages, _stored);
        return ForecastStages.TryGet(_model, out _) ? current
            : new TransformerChain<ITransformer>([.. Parts(_model).Select(part => ForecastStages.TryGet(part, out _) ? current : part)]);
    }

    /// <summary>The transformers of a model in their order, those of nested chains in place, except those of a forecast.</summary>
    private static IEnumerable<ITransformer> Parts(ITransformer model) =>
        !ForecastStages.TryGet(model, out _) && model is IEnumerable<ITransformer> chain ? chain.SelectMany(Parts) : [model];
}
