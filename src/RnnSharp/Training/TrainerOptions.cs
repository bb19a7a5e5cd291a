using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The settings of a <see cref="Trainer{T}"/>. At least one of <see cref="MaxEpochs"/>, <see cref="MaxSteps"/>, <see cref="MaxTime"/> and <see cref="Patience"/> must be set.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed record TrainerOptions<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The epochs to train in total, over all calls of Fit and resumed runs; no limit when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public long? MaxEpochs { get; init => field = value is { } count ? Check.Positive(count, nameof(value)) : null; }

    /// <summary>The parameter updates in total, over all calls of Fit and resumed runs; no limit when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public long? MaxSteps { get; init => field = value is { } count ? Check.Positive(count, nameof(value)) : null; }

    /// <summary>The time of training and validation in total, that before a resume included; no limit when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less.</exception>
    public TimeSpan? MaxTime
    {
        get;
        init => field = value is null || value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected more than 0, got {value}.");
    }

    /// <summary>The batches whose gradients are accumulated for each parameter update; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int BatchesPerStep { get; init => field = Check.Positive(value); } = 1;

    /// <summary>For streams, the batches that gradients flow back through; 1 by default. See <see cref="TrainingStep{T}"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Windows { get; init => field = Check.Positive(value); } = 1;

    /// <summary>The learning rate as a function of the completed steps or epochs; the optimizer's own rate when null.</summary>
    public LearningRateSchedule? Schedule { get; init; }

    /// <summary>Whether the schedule counts steps, the default, or epochs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value.</exception>
    public ScheduleUnit ScheduleUnit
    {
        get;
        init => field = value is ScheduleUnit.Step or ScheduleUnit.Epoch ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected Step or Epoch, got {value}.");
    }

    /// <summary>The largest global norm of the gradients, to which larger ones are scaled down; no limit when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less.</exception>
    public double? MaxGradientNorm { get; init => field = value is { } limit ? Check.Positive(limit, nameof(value)) : null; }

    /// <summary>The largest magnitude of an element of the gradients, to which larger ones are limited; no limit when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less.</exception>
    public double? MaxGradientValue { get; init => field = value is { } limit ? Check.Positive(limit, nameof(value)) : null; }

    /// <summary>The parameters to train; those of the model that are not frozen when null.</summary>
    public IReadOnlyList<Parameter<T>>? Parameters { get; init; }

    /// <summary>An average of the weights, updated after every step. Validation, best weights and the trained model use it in place of the last weights.</summary>
    public WeightAverage<T>? Average { get; init; }

    /// <summary>The steps between validations; a validation at the end of each epoch when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public long? ValidateEverySteps { get; init => field = value is { } count ? Check.Positive(count, nameof(value)) : null; }

    /// <summary>Stops after this many validations in a row without a better loss; never when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? Patience { get; init => field = value is { } patience ? Check.Positive(patience, nameof(value)) : null; }

    /// <summary>How much lower a validation loss must be to count as better; 0 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 0.</exception>
    public double MinImprovement { get; init => field = Check.NotNegative(value); }

    /// <summary>Whether training ends with the weights of the best validation; true by default.</summary>
    public bool RestoreBest { get; init; } = true;

    /// <summary>The metrics of each validation, and of <see cref="Trainer{T}.Evaluate"/> unless it is given others. They are not computed on training batches.</summary>
    public IReadOnlyList<IMetric<T>> Metrics { get; init; } = [];

    /// <summary>What is called during training, in this order.</summary>
    public IReadOnlyList<ITrainerCallback<T>> Callbacks { get; init; } = [];

    /// <summary>Where and when to save checkpoints; none when null.</summary>
    public CheckpointOptions? Checkpoints { get; init; }

    /// <summary>What happens when a loss, gradient, output, state or weight is not finite; by default training stops with an exception.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to another value.</exception>
    public NonFiniteAction OnNonFinite
    {
        get;
        init => field = value is NonFiniteAction.Throw or NonFiniteAction.SkipBatch or NonFiniteAction.Rollback ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected Throw, SkipBatch or Rollback, got {value}.");
    }

    /// <summary>For <see cref="NonFiniteAction.Rollback"/>, the factor of the learning rate after each return to good weights, above 0 and at most 1; ½ by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to 0 or less, or more than 1.</exception>
    public double RollbackRateFactor
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected above 0 and at most 1, got {value}.");
    } = 0.5;

    /// <summary>The batches in a row that may be skipped or rolled back before training stops with an exception; 10 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int MaxNonFiniteBatches { get; init => field = Check.Positive(value); } = 10;

    /// <summary>
    /// Computes the loss and the gradients of a batch, for models or losses that <see cref="TrainingStep{T}.Run"/> does not serve; that method
    /// (or <see cref="TrainingStep{T}.RunStream"/> for streams) when null. Of the step's methods only RunStream carries the state of a stream;
    /// the others start every example from zero. Validation uses the trainer's loss in any case.
    /// <code>
    /// ComputeStep = (step, batch) =>
    /// {
    ///     ForwardPass&lt;float&gt; pass = step.Forward(batch);
    ///     LossValue value = step.Loss.Compute(pass.Output, batch.Target, step.OutputGradient, batch.StepWeights);
    ///     // Add the gradient of another loss to step.OutputGradient.Values here.
    ///     step.Backward(value);
    ///     return value;
    /// }
    /// </code>
    /// </summary>
    public Func<TrainingStep<T>, Batch<T>, LossValue>? ComputeStep { get; init; }
}
