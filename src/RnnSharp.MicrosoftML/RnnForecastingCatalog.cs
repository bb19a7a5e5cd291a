using Microsoft.ML;
using RnnSharp.Forecasting;

namespace RnnSharp.MicrosoftML;

/// <summary>Extensions of ML.NET for forecasting with recurrent networks.</summary>
public static class RnnForecastingCatalog
{
    /// <summary>
    /// Creates an estimator that fits a <see cref="Forecaster"/> to a column whose rows are the points of a time series, in order of time. For
    /// each row, the fitted transformer adds the row's point to the series and forecasts the values that follow.
    /// </summary>
    /// <param name="catalog">The forecasting catalog of an <see cref="MLContext"/>. The estimator uses nothing of the context: neither its seed, nor its log, nor its cancellation.</param>
    /// <param name="outputColumnName">The column that receives the forecast: a vector of single-precision numbers, [step][column].</param>
    /// <param name="inputColumnName">The column with the series: in each row a number, or a vector of a known size with a value for each column of the series.</param>
    /// <param name="options">The forecaster; the defaults when null. Its seed alone decides the result.</param>
    /// <param name="confidenceLowerBoundColumn">The column that receives the lower bounds of the intervals, [step][column]; none when null.</param>
    /// <param name="confidenceUpperBoundColumn">The column that receives the upper bounds of the intervals, [step][column]; none when null.</param>
    /// <param name="confidenceLevel">The share of values that the intervals are to contain, above 0 and below 1.</param>
    /// <param name="cancellation">Stops a fit of the estimator, which then throws an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">A name is null or empty, two output columns have the same name, or the level is out of range.</exception>
    public static RnnForecastingEstimator ForecastByRnn(
        this ForecastingCatalog catalog,
        string outputColumnName,
        string inputColumnName,
        ForecasterOptions? options = null,
        string? confidenceLowerBoundColumn = null,
        string? confidenceUpperBoundColumn = null,
        double confidenceLevel = 0.95,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new RnnForecastingEstimator(new ForecastColumns(inputColumnName, outputColumnName, confidenceLowerBoundColumn, confidenceUpperBoundColumn), options ?? new ForecasterOptions(), confidenceLevel, cancellation);
    }

    /// <summary>
    /// Creates an engine that forecasts from the end of the series that a model has seen, takes further points, and saves the model with them.
    /// The engine has a copy of the model's state: the model does not change.
    /// </summary>
    /// <typeparam name="TSource">The class of a row of the model's input.</typeparam>
    /// <typeparam name="TForecast">The class of a forecast, with a property of type float[] for each output column of the forecast.</typeparam>
    /// <param name="model">A fitted or loaded model with a stage of <see cref="ForecastByRnn"/>.</param>
    /// <param name="context">The context that loads and saves the model.</param>
    /// <exception cref="ArgumentException">An argument is null, or the model has no such stage or several.</exception>
    public static RnnForecastingEngine<TSource, TForecast> CreateRnnForecastingEngine<TSource, TForecast>(this ITransformer model, MLContext context)
        where TSource : class
        where TForecast : class, new()
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(context);
        return new RnnForecastingEngine<TSource, TForecast>(context, model);
    }
}
