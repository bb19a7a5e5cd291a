using System.Globalization;
using System.Numerics;
using Microsoft.Extensions.Logging;
using RnnSharp.Training;

namespace RnnSharp.Extensions.Logging;

/// <summary>
/// Logs training: start and end, validations (or epochs without validation data) and checkpoints as information, numbers that are not finite as
/// warnings, and every n-th step at <see cref="StepLevel"/>. An exception that ends training is left to the caller to log.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LoggingCallback<T> : ITrainerCallback<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ILogger _logger;

    /// <summary>Creates a callback.</summary>
    /// <param name="logger">Where the messages go.</param>
    /// <exception cref="ArgumentNullException">The logger is null.</exception>
    public LoggingCallback(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        _logger = logger;
    }

    /// <summary>The steps from one that is logged to the next; 100 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public long EverySteps
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected at least 1, got {value}.");
    } = 100;

    /// <summary>The level of steps; Debug by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value than a level, or to None.</exception>
    public LogLevel StepLevel
    {
        get;
        init => field = value is >= LogLevel.Trace and <= LogLevel.Critical ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected Trace to Critical, got {value}.");
    } = LogLevel.Debug;

    /// <inheritdoc/>
    public void OnStart(Trainer<T> trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        if (_logger.IsEnabled(LogLevel.Information)) TrainingLog.TrainingStarts(_logger, trainer.Step, trainer.Epoch, trainer.Model, trainer.Model.Parameters.Sum(parameter => (long)parameter.Count));
    }

    /// <inheritdoc/>
    public void OnStep(Trainer<T> trainer, in TrainingProgress progress)
    {
        if (progress.Step % EverySteps != 0 || !_logger.IsEnabled(StepLevel)) return;
        object timeLeft = progress.Remaining is { } remaining ? WholeSeconds(remaining) : "unknown";
        TrainingLog.StepDone(_logger, StepLevel, progress.Step, progress.Epoch, progress.Loss, progress.LearningRate, progress.GradientNorm, progress.ExamplesPerSecond, timeLeft);
    }

    /// <inheritdoc/>
    public void OnRecord(Trainer<T> trainer, TrainingRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (!_logger.IsEnabled(LogLevel.Information)) return;
        if (double.IsNaN(record.ValidationLoss)) TrainingLog.EpochDone(_logger, record.Step, record.Epoch, record.TrainingLoss);
        else TrainingLog.Validated(_logger, record.Step, record.Epoch, record.TrainingLoss, record.ValidationLoss, record.IsBest, Text(record.Metrics));
    }

    /// <inheritdoc/>
    public void OnNonFinite(Trainer<T> trainer, NonFiniteReport report)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        TrainingLog.NotFinite(_logger, report, trainer.Options.OnNonFinite);
    }

    /// <inheritdoc/>
    public void OnCheckpoint(Trainer<T> trainer, string path)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        TrainingLog.CheckpointSaved(_logger, trainer.Step, path);
    }

    /// <inheritdoc/>
    public void OnEnd(Trainer<T> trainer, FitResult result)
    {
        if (double.IsNaN(result.BestLoss)) TrainingLog.TrainingEnded(_logger, result.Reason, result.Step, result.Epoch, WholeSeconds(result.Elapsed));
        else TrainingLog.TrainingEndedWithBest(_logger, result.Reason, result.Step, result.Epoch, WholeSeconds(result.Elapsed), result.BestLoss, result.BestStep);
    }

    private static TimeSpan WholeSeconds(TimeSpan time) => TimeSpan.FromSeconds((long)Math.Round(time.TotalSeconds));

    private static string Text(IReadOnlyDictionary<string, double> metrics) => metrics.Count == 0
        ? "none"
        : string.Join(", ", metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Key} {metric.Value:G6}")));
}
