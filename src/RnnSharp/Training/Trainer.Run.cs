using System.Diagnostics;

namespace RnnSharp.Training;

/// <content>The loop: steps, epochs, validations, and what happens when a number is not finite.</content>
public sealed partial class Trainer<T>
{
    private const long StepsBetweenGoodStates = 100;

    private readonly Stopwatch _watch = new();
    private TimeSpan _elapsed;
    private (LossValue Loss, double Norms, long Steps) _sinceRecord;
    private (LossValue Loss, long Examples) _group;
    private GoodState? _good;
    private double _rateFactor = 1;
    private long _fitSteps;
    private long _fitExamples;
    private long _epochBatches;
    private int _validationsWithoutBest;
    private int _nonFiniteBatches;
    private long _recordedStep = -1;
    private long _savedStep = -1;
    private long _finiteVersion = -1;

    // Work that is due before the next batch. It is kept if a callback throws or training is cancelled, and done when training continues.
    private bool _recordPending;
    private bool _savePending;
    private bool _bestPending;
    private bool _hasEmptyEpoch;

    private void Begin(IBatchSource<T> training, IBatchSource<T>? validation)
    {
        RequireOwnCheckpoints();
        if (Options.Average is { IsSwapped: true }) throw new InvalidOperationException("The averaged weights are swapped in: swap them back before training.");
        bool resumes = _pendingTraining is not null;
        ApplySourceState(training, validation);
        if (!ReferenceEquals(training, _training))
        {
            _batch = training.CreateBatch();
            if (_training is not null && !resumes)
            {
                // The streams and the begun epoch are those of the other source.
                _step.ClearState();
                _step.Discard();
                (_group, _epochBatches, _hasEmptyEpoch) = (default, 0, false);
            }
        }

        (_training, _validation) = (training, validation);
        _step.CarriesState = training.CarriesState;

        // The last call may have ended with the best weights; training goes on from its last ones, unless the program has changed them since.
        bool unchanged = _last.IsTaken && VersionOf(Model) == _lastVersion;
        if (unchanged) _last.Restore();
        _last.Clear();
        _stopRequested = false;
        (_fitSteps, _fitExamples) = (0, 0);
        _watch.Restart();
        if (Options.OnNonFinite == NonFiniteAction.Rollback && (_good is null || !(unchanged || resumes))) _good = TakeGoodState();
        foreach (ITrainerCallback<T> callback in Options.Callbacks) callback.OnStart(this);
    }

    private StopReason Run(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            if (cancellation.IsCancellationRequested) return StopReason.Cancelled;
            if (_recordPending)
            {
                Record(cancellation);
            }
            else if (_savePending)
            {
                SaveToFolder();
            }
            else if (_bestPending)
            {
                SaveBest();
            }
            else if (ReachedLimit() is { } reason)
            {
                return reason;
            }
            else if (TryNext(cancellation) is not { } any)
            {
                return StopReason.Cancelled;
            }
            else if (!any)
            {
                EndEpoch(progress);
            }
            else
            {
                _epochBatches++;
                _hasEmptyEpoch = false;
                if (Compute(_batch!) && (_step.BatchesPerStep == 1 || _step.Accumulated >= _step.BatchesPerStep)) Update(progress, Epoch);
            }
        }
    }

    /// <summary>Reads the next batch. False at the end of an epoch; null if the wait was cancelled.</summary>
    private bool? TryNext(CancellationToken cancellation)
    {
        try
        {
            return _training!.Next(_batch!, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    private StopReason? ReachedLimit()
    {
        if (Options.Patience is { } patience && _validationsWithoutBest >= patience) return StopReason.Patience;
        if (Options.MaxSteps is { } steps && Step >= steps) return StopReason.MaxSteps;
        if (Options.MaxEpochs is { } epochs && Epoch >= epochs) return StopReason.MaxEpochs;
        if (Options.MaxTime is { } time && Elapsed >= time) return StopReason.MaxTime;
        return _stopRequested ? StopReason.Stopped : null;
    }

    /// <summary>Computes the gradients of a batch. Returns false, with nothing changed, if a number is not finite and the options handle it.</summary>
    private bool Compute(Batch<T> batch)
    {
        LossValue loss = Options.ComputeStep is { } compute ? compute(_step, batch) : _training!.CarriesState ? _step.RunStream(batch) : _step.Run(batch);
        if (IsFinite(loss))
        {
            _group = _group.Examples == 0 ? (loss, batch.Input.Batch) : (_group.Loss + loss, _group.Examples + batch.Input.Batch);
            _nonFiniteBatches = 0;
            return true;
        }

        NonFiniteReport report;
        try
        {
            report = new NonFiniteSearch<T>(_step, batch, Step, hasOwnLoss: Options.ComputeStep is not null).Find();
        }
        finally
        {
            if (_training!.CarriesState) _step.Rewind();
            _step.Discard();
            _group = default;
        }

        foreach (ITrainerCallback<T> callback in Options.Callbacks) callback.OnNonFinite(this, report);
        if (Options.OnNonFinite == NonFiniteAction.Throw || ++_nonFiniteBatches > Options.MaxNonFiniteBatches) throw new NonFiniteException(report);
        if (Options.OnNonFinite == NonFiniteAction.Rollback) Rollback();
        return false;
    }

    private bool IsFinite(LossValue loss)
    {
        if (!double.IsFinite(loss.Sum) || !_step.HasGradients) return false;
        double norm = _step.Gradients.Norm();
        if (!double.IsFinite(norm)) return false;

        // Without clipping, the square that an optimizer averages must be finite too.
        if (Options.MaxGradientNorm is null && !T.IsFinite(T.CreateTruncating(norm * norm))) return false;

        // An infinite weight may saturate a gate, so that everything else is finite.
        if (!WeightsAreFinite()) return false;
        return _step.Pass is not { } pass || pass.Version < 0 || (Numerics.Elementwise.AllFinite<T>(pass.Output.Values) && IsFinite(pass.FinalState));
    }

    /// <summary>Whether all weights are finite. They are read again only if they have been written since.</summary>
    private bool WeightsAreFinite()
    {
        long version = VersionOf(Model);
        if (version == _finiteVersion) return true;
        for (int p = 0; p < Model.Parameters.Count; p++)
        {
            if (!Numerics.Elementwise.AllFinite(Model.Parameters[p].Values)) return false;
        }

        _finiteVersion = version;
        return true;
    }

    private static bool IsFinite(State<T> state)
    {
        foreach (StateLeaf<T> leaf in state.LeafArray)
        {
            if (!Numerics.Elementwise.AllFinite<T>(leaf.Values)) return false;
        }

        return true;
    }

    /// <summary>Updates the parameters with the gradients of a group of batches, which belong to the given epoch.</summary>
    private void Update(IProgress<TrainingProgress>? progress, long epoch)
    {
        if (_good is not null && Step > _good.Step && Step % StepsBetweenGoodStates == 0) TakeGoodState();
        _step.Complete();
        Gradients<T> gradients = _step.Gradients;
        for (int p = 0; p < _isTrained.Length; p++)
        {
            // They must not count in the norm.
            if (!_isTrained[p]) gradients.Values(p).Clear();
        }

        double norm = Options.MaxGradientNorm is { } maxNorm ? GradientClipping.ByNorm(gradients, maxNorm) : gradients.Norm();
        if (Options.MaxGradientValue is { } maxValue) GradientClipping.ByValue(gradients, maxValue);
        if (Options.Schedule is { } schedule) Optimizer.LearningRate = _rateFactor * schedule.GetRate(Options.ScheduleUnit == ScheduleUnit.Step ? Step : epoch);
        Optimizer.Step(_trained, gradients);
        if (WeightsAreFinite()) Options.Average?.Update();
        Step++;
        _fitSteps++;
        _fitExamples += _group.Examples;
        LossValue loss = _group.Loss;
        _sinceRecord = _sinceRecord.Steps == 0 ? (loss, norm, 1) : (_sinceRecord.Loss + loss, _sinceRecord.Norms + norm, _sinceRecord.Steps + 1);
        long examples = _group.Examples;
        _group = default;
        _recordPending |= Options.ValidateEverySteps is { } validate && _validation is not null && Step % validate == 0;
        _savePending |= Options.Checkpoints?.EverySteps is { } save && Step % save == 0;
        TimeSpan elapsed = _watch.Elapsed;
        var report = new TrainingProgress(Step, epoch, loss.Value, Optimizer.LearningRate, norm, _fitExamples, elapsed, Remaining(elapsed));
        TrainingMeter.Record(report, _fitSteps, examples);
        progress?.Report(report);
        for (int i = 0; i < Options.Callbacks.Count; i++) Options.Callbacks[i].OnStep(this, report);
    }

    /// <summary>An estimate of the time left from the nearest limit.</summary>
    private TimeSpan? Remaining(TimeSpan elapsed)
    {
        double perStep = elapsed.TotalSeconds / _fitSteps;
        double seconds = double.PositiveInfinity;
        if (Options.MaxSteps is { } steps) seconds = perStep * (steps - Step);
        if (Options.MaxTime is { } time) seconds = Math.Min(seconds, (time - Elapsed).TotalSeconds);
        if (Options.MaxEpochs is { } epochs && _training!.BatchesPerEpoch is { } batches) seconds = Math.Min(seconds, perStep * Math.Max(0, (double)batches * (epochs - Epoch) - _epochBatches) / _step.BatchesPerStep);
        return seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(Math.Max(0, seconds)) : null;
    }

    private void EndEpoch(IProgress<TrainingProgress>? progress)
    {
        if (_epochBatches == 0)
        {
            // Once, the source may have been at the end of an epoch already.
            if (_hasEmptyEpoch) throw new InvalidOperationException("The training source has no batches.");
            _hasEmptyEpoch = true;
            return;
        }

        Epoch++;
        _epochBatches = 0;
        _recordPending |= (Options.ValidateEverySteps is null || _validation is null) && _recordedStep != Step;
        _savePending |= Options.Checkpoints is { EverySteps: null };

        // The last batches of an epoch may be fewer than a step accumulates.
        if (_group.Examples > 0) Update(progress, Epoch - 1);
    }

    /// <summary>Validates, if there are validation data, and adds a record to the history. Nothing is recorded if the validation is cancelled.</summary>
    private void Record(CancellationToken cancellation)
    {
        Evaluation? validation = null;
        bool isBest = false;
        if (_validation is not null)
        {
            Options.Average?.Swap();
            try
            {
                validation = Evaluate(_validation, Options.Metrics, cancellation);
                if (validation.Loss.Weight == 0) throw new InvalidOperationException("The validation source has no batches, or no positions that count.");
                double loss = validation.Loss.Value;
                isBest = double.IsFinite(loss) && !(loss >= BestLoss - Options.MinImprovement && BestStep > 0);
                if (isBest) _best.Take();
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                Options.Average?.Swap();
            }

            if (isBest) (BestLoss, BestStep) = (validation.Loss.Value, Step);
            _validationsWithoutBest = isBest ? 0 : _validationsWithoutBest + 1;
            Options.Schedule?.Observe(validation.Loss.Value);
        }

        var record = new TrainingRecord(Step, Epoch, _sinceRecord.Steps > 0 ? _sinceRecord.Loss.Value : double.NaN, validation?.Loss.Value ?? double.NaN, Optimizer.LearningRate, _sinceRecord.Steps > 0 ? _sinceRecord.Norms / _sinceRecord.Steps : double.NaN, Elapsed, validation?.Metrics ?? new Dictionary<string, double>(), isBest);
        _sinceRecord = default;
        (_recordedStep, _recordPending) = (Step, false);
        History.Add(record);
        _bestPending |= isBest && Options.Checkpoints is { KeepBest: true };
        foreach (ITrainerCallback<T> callback in Options.Callbacks) callback.OnRecord(this, record);
    }

    private FitResult End(StopReason reason)
    {
        // First the state that another run continues from, which has no validation but those that are due.
        if (Options.Checkpoints is not null && (_savePending || _savedStep != Step || _step.Accumulated > 0) && Step > 0) SaveToFolder(always: true);
        if (reason is not (StopReason.Cancelled or StopReason.Stopped) && _validation is not null && _recordedStep != Step) Record(CancellationToken.None);
        if (_bestPending) SaveBest();
        _last.Take();
        if (Options.RestoreBest && _best.IsTaken && _validation is not null) _best.Restore();
        else if (Options.Average is { } average && Step > 0) average.CopyTo(Model);
        _lastVersion = VersionOf(Model);
        var result = new FitResult(reason, Step, Epoch, BestLoss, BestStep, _watch.Elapsed);
        foreach (ITrainerCallback<T> callback in Options.Callbacks) callback.OnEnd(this, result);
        return result;
    }

    private GoodState TakeGoodState()
    {
        GoodState good = _good ?? new GoodState(new WeightSnapshot<T>(Model.Parameters));
        good.Weights.Take();
        good.Step = Step;
        good.Optimizer = Optimizer.GetState(Model.Parameters, Model.ParameterNames);
        good.Average = Options.Average?.GetState();
        good.RateFactor = _rateFactor;
        return good;
    }

    private void Rollback()
    {
        Optimizer.SetState(Model.Parameters, Model.ParameterNames, _good!.Optimizer!);
        _good.Weights.Restore();
        if (_good.Average is { } average) Options.Average!.SetState(average);
        _rateFactor *= Options.RollbackRateFactor;
        if (Options.Schedule is null) Optimizer.LearningRate *= _rateFactor / _good.RateFactor;
    }

    private static long VersionOf(ILayer<T> model)
    {
        long version = 0;
        for (int p = 0; p < model.Parameters.Count; p++) version += model.Parameters[p].Version;
        return version;
    }

    private sealed class GoodState(WeightSnapshot<T> weights)
    {
        public WeightSnapshot<T> Weights { get; } = weights;

        public StateDictionary? Optimizer { get; set; }

        public StateDictionary? Average { get; set; }

        public double RateFactor { get; set; }

        public long Step { get; set; }
    }
}
