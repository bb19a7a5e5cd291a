using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Trains a model: batches, gradient clipping, schedule, validation, early stopping with the best weights, checkpoints and exact resume.
/// <code>
/// var trainer = new Trainer&lt;float&gt;(model, new Adam&lt;float&gt;(1e-3), new SoftmaxCrossEntropy&lt;float&gt;(), new() { MaxEpochs = 20, Patience = 3 });
/// FitResult result = trainer.Fit(training, validation);
/// </code>
/// <para>A trainer is used by one thread at a time. For a run to be repeatable, seed model and data source; masks follow from the layers'
/// seeds and the number of the batch.</para>
/// <para>The meter named RnnSharp has the instruments rnnsharp.training.loss, .gradient_norm, .learning_rate, .examples_per_second and
/// .steps_per_second, and the counters .steps and .examples.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed partial class Trainer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<Parameter<T>> _trained;
    private readonly bool[] _isTrained;
    private readonly TrainingStep<T> _step;
    private readonly Evaluator<T> _evaluator;
    private readonly WeightSnapshot<T> _best;
    private readonly WeightSnapshot<T> _last;
    private IBatchSource<T>? _training;
    private IBatchSource<T>? _validation;
    private Batch<T>? _batch;
    private int _running;
    private long _lastVersion = -1;
    private volatile bool _stopRequested;

    /// <summary>Creates a trainer.</summary>
    /// <param name="model">The model to train.</param>
    /// <param name="optimizer">Updates the parameters.</param>
    /// <param name="loss">The loss of the model's output, for training and validation.</param>
    /// <param name="options">Limits, validation, checkpoints and other settings.</param>
    /// <exception cref="ArgumentException">An argument is null, the options have no limit, a parameter to train is not the model's, the average is of another layer, or a metric or callback is null.</exception>
    public Trainer(ILayer<T> model, IOptimizer<T> optimizer, ILoss<T> loss, TrainerOptions<T> options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(options);
        if (options is { MaxEpochs: null, MaxSteps: null, MaxTime: null, Patience: null }) throw Check.Shape(nameof(options), "MaxEpochs, MaxSteps, MaxTime or Patience", "none of them");
        RequireItems(options.Metrics, "metrics", nameof(options));
        RequireItems(options.Callbacks, "callbacks", nameof(options));
        _trained = options.Parameters is null ? model.Parameters : [.. options.Parameters];
        foreach (Parameter<T> parameter in _trained)
        {
            if (parameter is null || !model.Parameters.Contains(parameter)) throw Check.Shape(nameof(options), "Parameters of the model", parameter is null ? "null" : $"{parameter.Name}, which is none");
        }

        if (options.Average is { } average && !ReferenceEquals(average.Layer, model)) throw Check.Shape(nameof(options), "an Average of the model", "one of another layer");
        _isTrained = [.. model.Parameters.Select(parameter => _trained.Contains(parameter))];
        Model = model;
        Optimizer = optimizer;
        Loss = loss;
        Options = options;
        _step = new TrainingStep<T>(model, loss, options.Windows, options.BatchesPerStep);
        _evaluator = new Evaluator<T>(model);
        _best = new WeightSnapshot<T>(model.Parameters);
        _last = new WeightSnapshot<T>(model.Parameters);
    }

    /// <summary>The model.</summary>
    public ILayer<T> Model { get; }

    /// <summary>The optimizer.</summary>
    public IOptimizer<T> Optimizer { get; }

    /// <summary>The loss.</summary>
    public ILoss<T> Loss { get; }

    /// <summary>The settings.</summary>
    public TrainerOptions<T> Options { get; }

    /// <summary>What training and validation have measured.</summary>
    public TrainingHistory History { get; } = new();

    /// <summary>The completed parameter updates.</summary>
    public long Step { get; private set; }

    /// <summary>The completed epochs.</summary>
    public long Epoch { get; private set; }

    /// <summary>The lowest validation loss; NaN before the first validation.</summary>
    public double BestLoss { get; private set; } = double.NaN;

    /// <summary>The step of the lowest validation loss.</summary>
    public long BestStep { get; private set; }

    /// <summary>The time trained and validated in total, that before a resume included.</summary>
    public TimeSpan Elapsed => _elapsed + _watch.Elapsed;

    /// <summary>The gradients of the last step, after clipping.</summary>
    /// <exception cref="InvalidOperationException">No batch has been computed yet.</exception>
    public Gradients<T> Gradients => _step.Gradients;

    /// <summary>For streams, the state in which the last batch ended; null before the first. With one window, writing to it changes where the next batch starts.</summary>
    public State<T>? StreamState => _step.State;

    /// <summary>Trains until a limit is reached, validation stops improving, or cancellation is requested.</summary>
    /// <param name="training">The training batches. An epoch that was interrupted is continued.</param>
    /// <param name="validation">The validation batches; without them there is no early stopping, and the last weights are kept.</param>
    /// <param name="progress">Receives a report after every step.</param>
    /// <param name="cancellation">Ends training after the current batch, with the best weights. No exception is thrown: the reason is <see cref="StopReason.Cancelled"/>.</param>
    /// <returns>Why training ended, and the best validation.</returns>
    /// <exception cref="ArgumentException">An argument does not fit: batches that do not fit the model, or a patience without validation data.</exception>
    /// <exception cref="InvalidOperationException">The trainer is in use by another call, a source has no batches, the average is swapped, or the folder of checkpoints holds those of another run.</exception>
    /// <exception cref="InvalidDataException">After a resume, a source does not fit the checkpoint; another call with the right sources continues.</exception>
    /// <exception cref="NonFiniteException">A loss, gradient or output is not finite, and <see cref="TrainerOptions{T}.OnNonFinite"/> does not handle it.</exception>
    public FitResult Fit(IBatchSource<T> training, IBatchSource<T>? validation = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        if (ReferenceEquals(training, validation)) throw new ArgumentException("Expected a validation source other than the training source, whose position it would change.", nameof(validation));
        if (validation is null && Options.Patience is not null) throw new ArgumentException("Expected validation data, because the options have a patience.", nameof(validation));
        if (validation is null && Options is { MaxEpochs: null, MaxSteps: null, MaxTime: null }) throw new ArgumentException("Expected validation data, because the options have no other limit.", nameof(validation));
        if (Interlocked.Exchange(ref _running, 1) != 0) throw new InvalidOperationException("The trainer is already in use: Fit was called by another thread or by a callback.");
        try
        {
            Begin(training, validation);
            StopReason reason = Run(progress, cancellation);
            return End(reason);
        }
        finally
        {
            _elapsed += _watch.Elapsed;
            _watch.Reset();
            Volatile.Write(ref _running, 0);
        }
    }

    /// <summary>Trains on a thread of its own; see <see cref="Fit"/>.</summary>
    /// <inheritdoc cref="Fit"/>
    public Task<FitResult> FitAsync(IBatchSource<T> training, IBatchSource<T>? validation = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        return Task.Factory.StartNew(() => Fit(training, validation, progress, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Ends training after the current step; callbacks and other threads may call it.</summary>
    public void Stop() => _stopRequested = true;

    /// <summary>Computes loss and metrics of the model with its current weights over an epoch of a source.</summary>
    /// <param name="data">The batches. An epoch that has begun is abandoned, so do not pass the training source while Fit uses it.</param>
    /// <param name="metrics">The metrics; those of the options when null.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="ArgumentException">The data or a metric is null, or the batches do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was cancelled.</exception>
    public Evaluation Evaluate(IBatchSource<T> data, IReadOnlyList<IMetric<T>>? metrics = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        metrics ??= Options.Metrics;
        RequireItems(metrics, nameof(metrics), nameof(metrics));
        for (int i = 0; i < metrics.Count; i++) metrics[i].Reset();
        _evaluator.Begin(data);
        LossValue? total = null;
        while (_evaluator.Next(cancellation) is { } output)
        {
            cancellation.ThrowIfCancellationRequested();
            Batch<T> batch = _evaluator.Batch;
            LossValue loss = Loss.Compute(output, batch.Target, gradient: null, batch.StepWeights);
            total = total is { } sum ? sum + loss : loss;
            for (int i = 0; i < metrics.Count; i++) metrics[i].Add(output, batch.Target, batch.StepWeights);
        }

        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (IMetric<T> metric in metrics) values[metric.Name] = metric.Value;
        return new Evaluation(total ?? default, values);
    }

    /// <summary>
    /// The model's outputs for an epoch of a source, a new sequence for each batch, in the source's order: to match outputs to examples, give
    /// the source options without shuffling.
    /// </summary>
    /// <exception cref="ArgumentException">The source is null, or its batches do not fit the model.</exception>
    /// <exception cref="OperationCanceledException">The wait for a batch was cancelled.</exception>
    public IEnumerable<Sequence<T>> Predict(IBatchSource<T> data, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Outputs();

        IEnumerable<Sequence<T>> Outputs()
        {
            var evaluator = new Evaluator<T>(Model);
            evaluator.Begin(data);
            while (evaluator.Next(cancellation) is { } output) yield return output.SliceSteps(0, output.Steps);
        }
    }

    private static void RequireItems(IReadOnlyList<object> items, string what, string name)
    {
        if (items is null || items.Contains(null!)) throw new ArgumentException($"Expected {what} that are not null.", name);
    }
}
