using Microsoft.Extensions.Logging;
using RnnSharp.Training;

namespace RnnSharp.Extensions.Logging;

/// <summary>The messages of <see cref="LoggingCallback{T}"/>.</summary>
internal static partial class TrainingLog
{
    [LoggerMessage(1, LogLevel.Information, "Training starts at step {Step}, epoch {Epoch}: {Model}, {ParameterCount} parameters")]
    public static partial void TrainingStarts(ILogger logger, long step, long epoch, object model, long parameterCount);

    [LoggerMessage(EventId = 2, Message = "Step {Step}, epoch {Epoch}: loss {Loss:G6}, learning rate {LearningRate:G6}, gradient norm {GradientNorm:G6}, {ExamplesPerSecond:F0} examples/s, time left {TimeLeft}")]
    public static partial void StepDone(ILogger logger, LogLevel level, long step, long epoch, double loss, double learningRate, double gradientNorm, double examplesPerSecond, object timeLeft);

    [LoggerMessage(3, LogLevel.Information, "Step {Step}, {Epoch} epochs done: training loss {TrainingLoss:G6}")]
    public static partial void EpochDone(ILogger logger, long step, long epoch, double trainingLoss);

    [LoggerMessage(4, LogLevel.Information, "Step {Step}, {Epoch} epochs done: training loss {TrainingLoss:G6}, validation loss {ValidationLoss:G6}, best so far: {IsBest}, metrics: {Metrics}")]
    public static partial void Validated(ILogger logger, long step, long epoch, double trainingLoss, double validationLoss, bool isBest, string metrics);

    [LoggerMessage(5, LogLevel.Warning, "{Report} What follows: {Action}")]
    public static partial void NotFinite(ILogger logger, NonFiniteReport report, NonFiniteAction action);

    [LoggerMessage(6, LogLevel.Information, "Checkpoint saved after step {Step}: {Path}")]
    public static partial void CheckpointSaved(ILogger logger, long step, string path);

    [LoggerMessage(7, LogLevel.Information, "Training ended ({Reason}) at step {Step}, {Epoch} epochs done, after {Elapsed}")]
    public static partial void TrainingEnded(ILogger logger, StopReason reason, long step, long epoch, TimeSpan elapsed);

    [LoggerMessage(8, LogLevel.Information, "Training ended ({Reason}) at step {Step}, {Epoch} epochs done, after {Elapsed}; lowest validation loss {BestLoss:G6} at step {BestStep}")]
    public static partial void TrainingEndedWithBest(ILogger logger, StopReason reason, long step, long epoch, TimeSpan elapsed, double bestLoss, long bestStep);
}
