using RnnSharp.Data;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>The trainer and its parts, and states.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Trainers()
    {
        foreach (Row row in States()) yield return row;
        yield return Null("Batch.new(input, target)", "input", f => _ = new Batch<double>(null!, f.X));
        yield return Null("Batch.new(input, target)", "target", f => _ = new Batch<double>(f.X, null!));
        yield return Bad("Batch.new(input, target)", "target", "other than the input", "memory", f => _ = new Batch<double>(f.X, f.X));
        yield return Null("CheckpointFolder.Latest(folder)", "folder", _ => CheckpointFolder.Latest(null!));
        yield return Null("CheckpointFolder.Best(folder)", "folder", _ => CheckpointFolder.Best(null!));
        yield return Null("CheckpointOptions.new(folder)", "folder", f => _ = new CheckpointOptions(null!));
        yield return Null("GradientNorms.PerLayer(gradients)", "gradients", _ => GradientNorms.PerLayer<double>(null!));
        const string OverTime = "GradientNorms.OverTime(model, input, target, loss, stepWeights)";
        var loss = new MeanSquaredError<double>();
        yield return Null(OverTime, "model", f => GradientNorms.OverTime(null!, f.X, f.X, loss));
        yield return Null(OverTime, "input", f => GradientNorms.OverTime(f.Lstm, null!, f.X, loss));
        yield return Null(OverTime, "target", f => GradientNorms.OverTime(f.Lstm, f.X, null!, loss));
        yield return Null(OverTime, "loss", f => GradientNorms.OverTime<double>(f.Lstm, f.X, f.X, null!));
        yield return Null("NonFiniteException.new(report)", "report", f => _ = new NonFiniteException(null!));
        const string NewStep = "TrainingStep.new(model, loss, windows, batchesPerStep)";
        yield return Null(NewStep, "model", f => _ = new TrainingStep<double>(null!, loss));
        yield return Null(NewStep, "loss", f => _ = new TrainingStep<double>(f.Lstm, null!));
        yield return Bad(NewStep, "windows", "at least 1", "got 0", f => _ = new TrainingStep<double>(f.Lstm, loss, windows: 0));
        yield return Bad(NewStep, "batchesPerStep", "at least 1", "got 0", f => _ = new TrainingStep<double>(f.Lstm, loss, batchesPerStep: 0));
        yield return Null("TrainingStep.Run(batch)", "batch", f => Step(f).Run(null!));
        yield return Null("TrainingStep.Forward(batch)", "batch", f => Step(f).Forward(null!));
        yield return Null("TrainingStep.RunStream(batch)", "batch", f => Step(f).RunStream(null!));
        yield return Bad("TrainingStep.RunStream(batch)", "batch", "no Source", "one", f => Step(f).RunStream(new Batch<double>(f.X, Target()) { Source = f.X }));
        yield return Bad("TrainingStep.Run(batch)", "batch", "EncoderDecoder", "one", f => Step(f).Run(new Batch<double>(f.X, Target()) { Source = f.X }));
        yield return Null("TrainingStep.SetState(state)", "state", f => Step(f).SetState(null!));
        yield return Null("TrainingHistory.SetState(state)", "state", _ => new TrainingHistory().SetState(null!));
        const string New = "Trainer.new(model, optimizer, loss, options)";
        var limited = new TrainerOptions<double> { MaxSteps = 1 };
        yield return Null(New, "model", f => _ = new Trainer<double>(null!, f.Adam, loss, limited));
        yield return Null(New, "optimizer", f => _ = new Trainer<double>(f.Lstm, null!, loss, limited));
        yield return Null(New, "loss", f => _ = new Trainer<double>(f.Lstm, f.Adam, null!, limited));
        yield return Null(New, "options", f => _ = new Trainer<double>(f.Lstm, f.Adam, loss, null!));
        yield return Bad(New, "options", "MaxEpochs, MaxSteps, MaxTime or Patience", "none", f => _ = new Trainer<double>(f.Lstm, f.Adam, loss, new()));
        yield return Bad(New, "options", "metrics", "not null", f => _ = new Trainer<double>(f.Lstm, f.Adam, loss, limited with { Metrics = [null!] }));
        yield return Bad(New, "options", "callbacks", "not null", f => _ = new Trainer<double>(f.Lstm, f.Adam, loss, limited with { Callbacks = null! }));
        yield return Bad(New, "options", "Parameters of the model", "which is none", f => _ = new Trainer<double>(f.Lstm, f.Adam, loss, limited with { Parameters = f.OtherLstm.Parameters }));
        yield return Null("Trainer.Fit(training, validation, progress, cancellation)", "training", f => Trainer(f).Fit(null!));
        yield return Null("Trainer.FitAsync(training, validation, progress, cancellation)", "training", f => Trainer(f).FitAsync(null!).Wait());
        yield return Null("Trainer.Evaluate(data, metrics, cancellation)", "data", f => Trainer(f).Evaluate(null!));
        yield return Bad("Trainer.Evaluate(data, metrics, cancellation)", "metrics", "metrics", "not null", f => Trainer(f).Evaluate(new SequenceBatches<double>(f.X, Target()), [null!]));
        yield return Null("Trainer.Predict(data, cancellation)", "data", f => Trainer(f).Predict(null!));
        yield return Null("Trainer.SaveCheckpoint(path)", "path", f => Trainer(f).SaveCheckpoint(null!));
        yield return Null("Trainer.Resume(path)", "path", f => Trainer(f).Resume(null!));

        TrainingStep<double> Step(Fixture f) => new(f.Lstm, loss);

        Trainer<double> Trainer(Fixture f) => new(f.Lstm, f.Adam, loss, limited);

        static Sequence<double> Target() => new(4, 2, 5);
    }

    private static IEnumerable<Row> States()
    {
        var state = new StateDictionary();
        yield return Null("StateDictionary.Contains(name)", "name", _ => state.Contains(null!));
        yield return Null("StateDictionary.ContainsPart(name)", "name", _ => state.ContainsPart(null!));
        yield return Null("StateDictionary.Set(String name, Int64 value)", "name", _ => state.Set(null!, 1));
        yield return Bad("StateDictionary.Set(String name, Double value)", "name", "empty", "name", _ => state.Set("", 1.5));
        yield return Null("StateDictionary.Set(String name, Boolean value)", "name", _ => state.Set(null!, true));
        yield return Null("StateDictionary.Set(String name, String value)", "value", _ => state.Set("a", (string)null!));
        yield return Null("StateDictionary.Set(name, values)", "name", _ => state.Set<int>(null!, []));
        yield return Bad("StateDictionary.Set(name, values)", "TElement", "float, double, int, long or byte", "got Int16", _ => state.Set<short>("a", []));
        yield return Null("StateDictionary.Set(name, part)", "part", _ => state.Set("a", (StateDictionary)null!));
        yield return Bad("StateDictionary.Set(name, part)", "part", "part of itself", "cannot", _ => state.Set("a", state));
        yield return Null("StateDictionary.GetInt64(name, min, max)", "name", _ => state.GetInt64(null!));
        yield return Null("StateDictionary.GetDouble(name)", "name", _ => state.GetDouble(null!));
        yield return Null("StateDictionary.GetBoolean(name)", "name", _ => state.GetBoolean(null!));
        yield return Null("StateDictionary.GetString(name)", "name", _ => state.GetString(null!));
        yield return Null("StateDictionary.GetArray(name, length)", "name", _ => state.GetArray<int>(null!));
        yield return Null("StateDictionary.GetPart(name)", "name", _ => state.GetPart(null!));
    }
}
