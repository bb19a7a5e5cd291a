using System.Globalization;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using RnnSharp.Tests.Training;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Extensions.Logging.Tests;

/// <summary>What real training runs log.</summary>
public sealed class LoggingCallbackTests
{
    private readonly MemoryLogger _logger = new();

    [Fact]
    public void A_run_with_validation_is_logged_from_start_to_end()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 3, Metrics = [new RootMeanSquaredError<double>(), new MeanAbsoluteErrorMetric<double>()] }, everySteps: 4);
        trainer.Fit(TrainerFixture.Source(), TrainerFixture.Source(seed: 2));
        _logger.Entries.Select(entry => entry.Id.Name).Should().Equal("TrainingStarts", "StepDone", "Validated", "StepDone", "Validated", "StepDone", "Validated", "TrainingEndedWithBest");
        _logger.Entries.Select(entry => entry.Id.Id).Should().Equal(1, 2, 4, 2, 4, 2, 4, 8);
        _logger.Entries.Where(entry => entry.Id.Id != 2).Should().OnlyContain(entry => entry.Level == LogLevel.Information);
        int parameters = trainer.Model.Parameters.Sum(parameter => parameter.Count);
        _logger.Entries[0].Text.Should().Be($"Training starts at step 0, epoch 0: {trainer.Model}, {parameters} parameters");

        LogEntry[] validations = _logger.Of("Validated");
        for (int i = 0; i < validations.Length; i++)
        {
            TrainingRecord record = trainer.History.Records[i];
            string metrics = string.Join(", ", record.Metrics.Select(metric => $"{metric.Key} {Number(metric.Value)}"));
            validations[i].Text.Should().Be($"Step {record.Step}, {i + 1} epochs done: training loss {Number(record.TrainingLoss)}, validation loss {Number(record.ValidationLoss)}, best so far: {record.IsBest}, metrics: {metrics}");
            validations[i].Values["ValidationLoss"].Should().Be(record.ValidationLoss);
        }

        _logger.Entries[^1].Text.Should().StartWith("Training ended (MaxEpochs) at step 15, 3 epochs done, after 00:00:").And
            .EndWith($"; lowest validation loss {Number(trainer.BestLoss)} at step {trainer.BestStep}");
    }

    [Fact]
    public void Steps_are_logged_with_their_numbers()
    {
        var steps = new Steps();
        Trainer(new() { MaxSteps = 8 }, everySteps: 3).Fit(TrainerFixture.Source(), progress: steps);
        LogEntry[] logged = _logger.Of("StepDone");
        logged.Select(entry => entry.Values["Step"]).Should().Equal(3L, 6L);
        logged.Should().OnlyContain(entry => entry.Level == LogLevel.Debug, "it is the default");
        foreach ((LogEntry entry, TrainingProgress step) in logged.Zip([steps[2], steps[5]]))
        {
            entry.Text.Should().MatchRegex($@"^Step {step.Step}, epoch {step.Epoch}: loss {Number(step.Loss)}, learning rate 0\.01, gradient norm {Number(step.GradientNorm)}, \d+ examples/s, time left 00:00:\d\d$");
            entry.Values["Loss"].Should().Be(step.Loss);
            entry.Values["TimeLeft"].Should().BeOfType<TimeSpan>();
        }
    }

    [Fact]
    public void Steps_may_have_another_level()
    {
        var options = new TrainerOptions<double> { MaxSteps = 5, Callbacks = [new LoggingCallback<double>(_logger) { EverySteps = 1, StepLevel = LogLevel.Information }] };
        TrainerFixture.Trainer(options).Fit(TrainerFixture.Source());
        _logger.Of("StepDone").Should().HaveCount(5).And.OnlyContain(entry => entry.Level == LogLevel.Information);
    }

    [Fact]
    public void The_time_left_is_unknown_without_an_estimate()
    {
        ((ITrainerCallback<double>)new LoggingCallback<double>(_logger)).OnStep(TrainerFixture.Trainer(new() { MaxSteps = 1 }), new TrainingProgress(100, 2, 0.5, 1e-3, 1.25, 64, TimeSpan.FromSeconds(2), Remaining: null));
        _logger.Entries.Should().ContainSingle().Which.Text.Should().Be("Step 100, epoch 2: loss 0.5, learning rate 0.001, gradient norm 1.25, 32 examples/s, time left unknown");
    }

    [Fact]
    public void Without_validation_data_epochs_are_logged()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 2 });
        trainer.Fit(TrainerFixture.Source());
        _logger.TextsOf("EpochDone").Should().Equal(trainer.History.Records.Select(record => $"Step {record.Step}, {record.Epoch} epochs done: training loss {Number(record.TrainingLoss)}"));
        _logger.Entries[^1].Id.Name.Should().Be("TrainingEnded");
        _logger.Entries[^1].Text.Should().MatchRegex(@"^Training ended \(MaxEpochs\) at step 10, 2 epochs done, after 00:00:\d\d$");
    }

    [Fact]
    public void A_validation_without_metrics_says_so()
    {
        Trainer(new() { MaxEpochs = 1 }).Fit(TrainerFixture.Source(), TrainerFixture.Source(seed: 2));
        _logger.TextsOf("Validated").Should().ContainSingle().Which.Should().EndWith("best so far: True, metrics: none");
    }

    [Fact]
    public void A_number_that_is_not_finite_is_a_warning_that_tells_where()
    {
        TrainerFixture.ListSource source = TrainerFixture.Source(shuffles: false);
        source.Batches[1].Target[0, 2, 3] = double.NaN;
        Trainer(new() { MaxEpochs = 1, OnNonFinite = NonFiniteAction.SkipBatch }).Fit(source);
        LogEntry warning = _logger.Of("NotFinite").Should().ContainSingle().Subject;
        warning.Level.Should().Be(LogLevel.Warning);
        var report = (NonFiniteReport)warning.Values["Report"]!;
        (report.Source, report.TimeStep, report.Example, report.Step).Should().Be((NonFiniteSource.Loss, 3, 2, 1));
        warning.Text.Should().Be($"{report} What follows: SkipBatch");
    }

    [Fact]
    public void Checkpoints_are_logged()
    {
        string folder = Directory.CreateTempSubdirectory("rnnsharp-").FullName;
        try
        {
            Trainer(new() { MaxSteps = 4, Checkpoints = new CheckpointOptions(folder) { EverySteps = 2 } }).Fit(TrainerFixture.Source());
            LogEntry[] saved = _logger.Of("CheckpointSaved");
            saved.Select(entry => entry.Values["Step"]).Should().Equal(2L, 4L);
            foreach (LogEntry entry in saved)
            {
                string path = (string)entry.Values["Path"]!;
                File.Exists(path).Should().BeTrue();
                entry.Text.Should().Be($"Checkpoint saved after step {entry.Values["Step"]}: {path}");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_continued_run_tells_where_it_starts()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 4 });
        trainer.Fit(TrainerFixture.Source(), progress: new StopsAt(trainer, 7));
        trainer.Fit(TrainerFixture.Source());
        _logger.Of("TrainingStarts").Select(entry => entry.Values["Step"]).Should().Equal(0L, 7L);
        _logger.Of("TrainingEnded").Select(entry => entry.Values["Reason"]).Should().Equal(StopReason.Stopped, StopReason.MaxEpochs);
    }

    [Fact]
    public void A_level_that_is_not_enabled_costs_nothing()
    {
        var quiet = new MemoryLogger(LogLevel.Warning);
        var callback = new LoggingCallback<double>(quiet) { EverySteps = 1 };
        Trainer<double> trainer = TrainerFixture.Trainer(new() { MaxEpochs = 2, Callbacks = [callback] });
        trainer.Fit(TrainerFixture.Source(), TrainerFixture.Source(seed: 2));
        quiet.Entries.Should().BeEmpty();
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 1; step <= 1000; step++) callback.OnStep(trainer, new TrainingProgress(step, 0, 1, 0.1, 2, 10, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        allocated.Should().Be(0);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        FluentActions.Invoking(() => new LoggingCallback<float>(null!)).Should().Throw<ArgumentNullException>().WithParameterName("logger");
        foreach (long wrong in (long[])[0, -1])
            FluentActions.Invoking(() => new LoggingCallback<float>(_logger) { EverySteps = wrong }).Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*at least 1*got {wrong}*");
        foreach (LogLevel wrong in (LogLevel[])[LogLevel.None, (LogLevel)(-1), (LogLevel)7])
            FluentActions.Invoking(() => new LoggingCallback<float>(_logger) { StepLevel = wrong }).Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*Trace to Critical*got {wrong}*");

        var callback = new LoggingCallback<double>(_logger);
        callback.Invoking(c => c.OnStart(null!)).Should().Throw<ArgumentNullException>().WithParameterName("trainer");
        callback.Invoking(c => c.OnRecord(null!, null!)).Should().Throw<ArgumentNullException>().WithParameterName("record");
        callback.Invoking(c => c.OnNonFinite(null!, null!)).Should().Throw<ArgumentNullException>().WithParameterName("trainer");
        callback.Invoking(c => c.OnCheckpoint(null!, null!)).Should().Throw<ArgumentNullException>().WithParameterName("trainer");
        _logger.Entries.Should().BeEmpty();
    }

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private Trainer<double> Trainer(TrainerOptions<double> options, long everySteps = 100) =>
        TrainerFixture.Trainer(options with { Callbacks = [new LoggingCallback<double>(_logger) { EverySteps = everySteps }] });

    private sealed class Steps : List<TrainingProgress>, IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => Add(value);
    }

    private sealed class StopsAt(Trainer<double> trainer, long step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == step) trainer.Stop();
        }
    }
}
