using RnnSharp.Serialization;

namespace RnnSharp.Training;

/// <content>Checkpoints: everything that training needs to continue with the same bits.</content>
public sealed partial class Trainer<T>
{
    private const long FormatVersion = 1;
    private const long MostSteps = 1L << 53;
    private const long MostTicks = TimeSpan.TicksPerDay * 365_000;

    private StateDictionary? _pendingTraining;
    private StateDictionary? _pendingValidation;

    /// <summary>
    /// Saves a checkpoint: weights and their average, optimizer, schedule, masks, the positions of the sources, the states of streams, the best
    /// weights, and the history. Call it between steps: from a callback, or when Fit has returned. An existing file is replaced only when the
    /// new one is complete and on the disk.
    /// </summary>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    /// <exception cref="IOException">The file cannot be written; a checkpoint with the same path is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is read-only.</exception>
    public void SaveCheckpoint(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        StateFile.Save(GetState(), path);
    }

    /// <summary>
    /// Loads a checkpoint of a trainer with the same model, optimizer and options. The next call of Fit, with sources of the same data and settings,
    /// continues where the checkpoint was saved, and ends with the same bits as a run that was never interrupted. Until then the model has the
    /// weights that training goes on from, which are neither the best nor the averaged ones.
    /// </summary>
    /// <param name="path">The file, such as <see cref="CheckpointFolder.Latest"/>.</param>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or does not fit the model, the optimizer or the options. Nothing is changed in that case.</exception>
    /// <exception cref="InvalidOperationException">The trainer is in use.</exception>
    public void Resume(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Volatile.Read(ref _running) != 0) throw new InvalidOperationException("The trainer is in use: resume before Fit, not from a callback.");
        StateDictionary state = StateFile.Load(path);
        try
        {
            SetState(state);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path} does not fit this trainer: {exception.Message}", exception);
        }
    }

    /// <summary>Resumes from the newest checkpoint in the folder of the options, if there is one.</summary>
    /// <returns>Whether there was a checkpoint.</returns>
    /// <exception cref="InvalidOperationException">The options have no checkpoints.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or does not fit. Nothing is changed in that case.</exception>
    public bool ResumeLatest()
    {
        if (Options.Checkpoints is not { } checkpoints) throw new InvalidOperationException("Expected options with Checkpoints, which name the folder.");
        if (CheckpointFolder.Latest(checkpoints.Folder) is not { } path) return false;
        Resume(path);
        return true;
    }

    private StateDictionary GetState()
    {
        var state = new StateDictionary();
        state.Set("trainer.version", FormatVersion);
        state.Set("trainer.step", Step);
        state.Set("trainer.epoch", Epoch);
        state.Set("trainer.epoch_batches", _epochBatches);
        state.Set("trainer.elapsed_ticks", Elapsed.Ticks);
        state.Set("trainer.best_loss", BestLoss);
        state.Set("trainer.best_step", BestStep);
        state.Set("trainer.validations_without_best", (long)_validationsWithoutBest);
        state.Set("trainer.nonfinite_batches", (long)_nonFiniteBatches);
        state.Set("trainer.rate_factor", _rateFactor);
        state.Set("trainer.recorded_step", _recordedStep);
        state.Set("trainer.record_pending", _recordPending);
        SetLoss(state, "trainer.group", _group.Loss);
        state.Set("trainer.group.examples", _group.Examples);
        SetLoss(state, "trainer.since_record", _sinceRecord.Loss);
        state.Set("trainer.since_record.norms", _sinceRecord.Norms);
        state.Set("trainer.since_record.steps", _sinceRecord.Steps);
        if (_good is { } good)
        {
            state.Set("good.step", good.Step);
            state.Set("good.rate_factor", good.RateFactor);
            state.Set("good.weights", good.Weights.GetState(Model.ParameterNames));
            state.Set("good.optimizer", good.Optimizer!);
            if (good.Average is { } goodAverage) state.Set("good.average", goodAverage);
        }

        for (int p = 0; p < Model.Parameters.Count; p++) state.Set($"model.{Model.ParameterNames[p]}", CurrentValues(p));
        state.Set("optimizer", Optimizer.GetState(Model.Parameters, Model.ParameterNames));
        if (Options.Average is { } average) state.Set("average", average.GetState());
        if (Options.Schedule is { } schedule) state.Set("schedule", schedule.GetState());
        if (_best.IsTaken) state.Set("best", _best.GetState(Model.ParameterNames));
        state.Set("streams", _step.GetState());
        state.Set("history", History.GetState());
        if ((_pendingTraining ?? _training?.GetState()) is { } training) state.Set("training", training);
        if ((_pendingValidation ?? _validation?.GetState()) is { } validation) state.Set("validation", validation);
        return state;
    }

    /// <summary>The values that training goes on from, also while the model has its best weights.</summary>
    private ReadOnlySpan<T> CurrentValues(int p) => _last.IsTaken && VersionOf(Model) == _lastVersion ? _last.Values(p) : Model.Parameters[p].Values;

    private void SetState(StateDictionary state)
    {
        // Everything that can be invalid is read before anything is changed; the parts that check as they are set are restored if a later one fails.
        if (state.GetInt64("trainer.version") is var version && version != FormatVersion) throw new InvalidDataException($"Expected a checkpoint of version {FormatVersion}, got {version}.");
        long step = state.GetInt64("trainer.step", 0, MostSteps), epoch = state.GetInt64("trainer.epoch", 0, MostSteps), epochBatches = state.GetInt64("trainer.epoch_batches", 0, MostSteps);
        long ticks = state.GetInt64("trainer.elapsed_ticks", 0, MostTicks), bestStep = state.GetInt64("trainer.best_step", 0), recorded = state.GetInt64("trainer.recorded_step", -1);
        int withoutBest = (int)state.GetInt64("trainer.validations_without_best", 0, int.MaxValue / 2), nonFinite = (int)state.GetInt64("trainer.nonfinite_batches", 0, int.MaxValue / 2);
        double bestLoss = state.GetDouble("trainer.best_loss"), rateFactor = state.GetDouble("trainer.rate_factor");
        LossValue loss = GetLoss(state, "trainer.since_record"), group = GetLoss(state, "trainer.group");
        long groupExamples = state.GetInt64("trainer.group.examples", 0, MostSteps);
        GoodState? good = Options.OnNonFinite == NonFiniteAction.Rollback && state.ContainsPart("good") ? ReadGoodState(state.GetPart("good")) : null;
        double norms = state.GetDouble("trainer.since_record.norms");
        bool recordPending = state.GetBoolean("trainer.record_pending");
        long steps = state.GetInt64("trainer.since_record.steps", 0);
        T[][] weights = _last.Read(state.GetPart("model"), Model.ParameterNames);
        T[][]? best = state.ContainsPart("best") ? _best.Read(state.GetPart("best"), Model.ParameterNames) : null;
        if (!(rateFactor is > 0 and <= 1)) throw new InvalidDataException($"Expected a rate factor above 0 and at most 1, got {rateFactor}.");
        if (Options.Average is not null != state.ContainsPart("average")) throw new InvalidDataException($"Expected a checkpoint {(Options.Average is null ? "without" : "with")} averaged weights.");
        SetParts(state);
        for (int p = 0; p < weights.Length; p++) Model.Parameters[p].Set(weights[p]);
        _best.Clear();
        if (best is not null) _best.Set(best);
        _last.Clear();
        (Step, Epoch, _epochBatches, _elapsed, BestLoss, BestStep, _recordedStep) = (step, epoch, epochBatches, new TimeSpan(ticks), bestLoss, bestStep, recorded);
        (_validationsWithoutBest, _nonFiniteBatches, _rateFactor, _sinceRecord, _savedStep) = (withoutBest, nonFinite, rateFactor, (loss, norms, steps), step);
        (_recordPending, _savePending, _bestPending, _group, _good) = (recordPending, false, false, (group, groupExamples), good);
        _pendingTraining = state.ContainsPart("training") ? state.GetPart("training") : null;
        _pendingValidation = state.ContainsPart("validation") ? state.GetPart("validation") : null;
    }

    /// <summary>Sets the parts that check their own state, all or none.</summary>
    private void SetParts(StateDictionary state)
    {
        var undo = new Stack<Action>();
        try
        {
            StateDictionary optimizer = state.GetPart("optimizer"), old = Optimizer.GetState(Model.Parameters, Model.ParameterNames);
            Optimizer.SetState(Model.Parameters, Model.ParameterNames, optimizer);
            undo.Push(() => Optimizer.SetState(Model.Parameters, Model.ParameterNames, old));
            Set(Options.Average, "average");
            Set(Options.Schedule, "schedule");
            Set(_step, "streams");
            Set(History, "history");
        }
        catch
        {
            foreach (Action restore in undo) restore();
            throw;
        }

        void Set(IStateful? part, string name)
        {
            if (part is null) return;
            StateDictionary old = part.GetState();
            part.SetState(state.GetPart(name));
            undo.Push(() => part.SetState(old));
        }
    }

    /// <summary>Moves the sources to where the checkpoint was saved.</summary>
    private void ApplySourceState(IBatchSource<T> training, IBatchSource<T>? validation)
    {
        if (_pendingTraining is { } state) training.SetState(state);
        if (_pendingValidation is { } other) validation?.SetState(other);
        (_pendingTraining, _pendingValidation) = (null, null);
    }

    /// <summary>A new run must not mix its checkpoints with those of another one.</summary>
    private void RequireOwnCheckpoints()
    {
        if (Options.Checkpoints is { } checkpoints && Step == 0 && CheckpointFolder.Latest(checkpoints.Folder) is { } path)
            throw new InvalidOperationException($"The folder of checkpoints holds those of another run ({path}): call ResumeLatest, or choose an empty folder.");
    }

    private GoodState ReadGoodState(StateDictionary state)
    {
        var weights = new WeightSnapshot<T>(Model.Parameters);
        weights.Set(weights.Read(state.GetPart("weights"), Model.ParameterNames));
        return new GoodState(weights)
        {
            Step = state.GetInt64("step", 0, MostSteps),
            RateFactor = state.GetDouble("rate_factor"),
            Optimizer = state.GetPart("optimizer"),
            Average = state.ContainsPart("average") ? state.GetPart("average") : null,
        };
    }

    private void SaveToFolder(bool always = false)
    {
        _savePending = false;

        // A state that the next batch will report as broken must not replace a good one.
        if ((_savedStep == Step && !always) || !WeightsAreFinite()) return;
        string path = Saved(() => CheckpointFolder.Save(Options.Checkpoints!, GetState(), Step), onFailure: () => _savePending = true);
        _savedStep = Step;
        foreach (ITrainerCallback<T> callback in Options.Callbacks) callback.OnCheckpoint(this, path);
    }

    private void SaveBest()
    {
        _bestPending = false;
        string path = Saved(() => CheckpointFolder.SaveBest(Options.Checkpoints!, GetState()), onFailure: () => _bestPending = true);
        foreach (ITrainerCallback<T> callback in Options.Callbacks) callback.OnCheckpoint(this, path);
    }

    private static void SetLoss(StateDictionary state, string name, LossValue loss)
    {
        state.Set($"{name}.sum", loss.Sum);
        state.Set($"{name}.count", loss.Count);
        state.Set($"{name}.weight", loss.Weight);
        state.Set($"{name}.reduction", (long)loss.Reduction);
    }

    private static LossValue GetLoss(StateDictionary state, string name) => new(state.GetDouble($"{name}.sum"), state.GetInt64($"{name}.count", 0))
    {
        Weight = state.GetDouble($"{name}.weight"),
        Reduction = (LossReduction)state.GetInt64($"{name}.reduction", (long)LossReduction.Mean, (long)LossReduction.Sum),
    };

    private static string Saved(Func<string> save, Action onFailure)
    {
        try
        {
            return save();
        }
        catch
        {
            onFailure();
            throw;
        }
    }
}
