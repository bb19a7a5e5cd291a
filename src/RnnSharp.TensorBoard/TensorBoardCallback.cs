using System.Numerics;
using RnnSharp.Training;

namespace RnnSharp.TensorBoard;

/// <summary>
/// Shows training in TensorBoard. Of steps: "loss/step", "optimizer/learning_rate", and "optimizer/gradient_norm" (before clipping). Of
/// validations, or epochs without validation data: "loss/training", "loss/validation", and "metrics/" with the name of each metric. On request,
/// histograms: "parameters/" and "gradients/" (after clipping) with the name of each parameter. A run that is resumed continues its curves.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class TensorBoardCallback<T> : ITrainerCallback<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const long FlushMilliseconds = 5000;

    private readonly TensorBoardWriter _writer;
    private (string Parameter, string Gradient)[] _tags = [];
    private long _flushed;

    /// <summary>Creates a callback.</summary>
    /// <param name="writer">The writer, which the caller disposes of after training.</param>
    /// <exception cref="ArgumentNullException">The writer is null.</exception>
    public TensorBoardCallback(TensorBoardWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _writer = writer;
    }

    /// <summary>The steps between points of the curves of steps; 10 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public long EverySteps { get; init => field = Positive(value); } = 10;

    /// <summary>The steps between histograms; none when null, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public long? HistogramsEverySteps { get; init => field = value is { } steps ? Positive(steps) : null; }

    /// <inheritdoc/>
    public void OnStart(Trainer<T> trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        _tags = [.. trainer.Model.ParameterNames.Select(name => ($"parameters/{name}", $"gradients/{name}"))];
        _writer.AddStart(trainer.Step + 1);
        Flush();
    }

    /// <inheritdoc/>
    public void OnStep(Trainer<T> trainer, in TrainingProgress progress)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        if (progress.Step % EverySteps == 0)
        {
            _writer.AddScalar("loss/step", progress.Loss, progress.Step);
            _writer.AddScalar("optimizer/learning_rate", progress.LearningRate, progress.Step);
            _writer.AddScalar("optimizer/gradient_norm", progress.GradientNorm, progress.Step);
        }

        if (progress.Step % HistogramsEverySteps == 0) AddHistograms(trainer, progress.Step);
        if (Environment.TickCount64 - _flushed >= FlushMilliseconds) Flush();
    }

    /// <inheritdoc/>
    public void OnRecord(Trainer<T> trainer, TrainingRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        AddMeasured("loss/training", record.TrainingLoss);
        AddMeasured("loss/validation", record.ValidationLoss);
        foreach ((string name, double value) in record.Metrics) AddMeasured($"metrics/{name}", value);
        Flush();

        void AddMeasured(string tag, double value)
        {
            if (!double.IsNaN(value)) _writer.AddScalar(tag, value, record.Step);
        }
    }

    /// <inheritdoc/>
    public void OnNonFinite(Trainer<T> trainer, NonFiniteReport report) => Flush();

    /// <inheritdoc/>
    public void OnCheckpoint(Trainer<T> trainer, string path) => Flush();

    /// <inheritdoc/>
    public void OnEnd(Trainer<T> trainer, FitResult result) => Flush();

    private void AddHistograms(Trainer<T> trainer, long step)
    {
        IReadOnlyList<Parameter<T>> parameters = trainer.Model.Parameters;
        for (int p = 0; p < parameters.Count; p++)
        {
            _writer.AddHistogram(_tags[p].Parameter, parameters[p].Values, step);
            if (!parameters[p].Frozen) _writer.AddHistogram<T>(_tags[p].Gradient, trainer.Gradients.Values(p), step);
        }
    }

    private void Flush()
    {
        _writer.Flush();
        _flushed = Environment.TickCount64;
    }

    private static long Positive(long value) => value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected at least 1, got {value}.");
}
