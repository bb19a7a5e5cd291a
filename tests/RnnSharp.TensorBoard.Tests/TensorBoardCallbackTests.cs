using FluentAssertions;
using RnnSharp.Tests.Training;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.TensorBoard.Tests;

/// <summary>Real training runs, whose event files are read back.</summary>
public sealed class TensorBoardCallbackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Curves_show_steps_and_validations()
    {
        var steps = new Steps();
        Trainer<double> trainer;
        using (var writer = new TensorBoardWriter(_folder.Path))
        {
            trainer = TrainerFixture.Trainer(new()
            {
                MaxEpochs = 4,
                Schedule = new ExponentialSchedule(0.01, 0.9),
                Metrics = [new RootMeanSquaredError<double>(), new MeanAbsoluteErrorMetric<double>()],
                Callbacks = [new TensorBoardCallback<double>(writer) { EverySteps = 3 }],
            });
            trainer.Fit(TrainerFixture.Source(), TrainerFixture.Source(seed: 2), steps);
        }

        TrainingProgress[] thirds = [.. steps.Where(step => step.Step % 3 == 0)];
        thirds.Should().HaveCount(6);
        Curve("loss/step").Should().Equal(thirds.Select(step => (step.Step, (float)step.Loss)));
        Curve("optimizer/learning_rate").Should().Equal(thirds.Select(step => (step.Step, (float)step.LearningRate)));
        Curve("optimizer/gradient_norm").Should().Equal(thirds.Select(step => (step.Step, (float)step.GradientNorm)));
        IReadOnlyList<TrainingRecord> records = trainer.History.Records;
        records.Should().HaveCount(4);
        Curve("loss/training").Should().Equal(records.Select(record => (record.Step, (float)record.TrainingLoss)));
        Curve("loss/validation").Should().Equal(records.Select(record => (record.Step, (float)record.ValidationLoss)));
        string[] metrics = [.. records[0].Metrics.Keys];
        metrics.Should().HaveCount(2);
        foreach (string metric in metrics) Curve($"metrics/{metric}").Should().Equal(records.Select(record => (record.Step, (float)record.Metrics[metric])));
        _folder.Events.Where(logged => logged.Tag is not null).Select(logged => logged.Tag).Distinct(StringComparer.Ordinal).Should().HaveCount(7);
    }

    [Fact]
    public void Without_validation_data_there_is_no_curve_of_it()
    {
        using (var writer = new TensorBoardWriter(_folder.Path))
            TrainerFixture.Trainer(new() { MaxEpochs = 2, Callbacks = [new TensorBoardCallback<double>(writer)] }).Fit(TrainerFixture.Source());

        Curve("loss/training").Select(point => point.Step).Should().Equal(5, 10);
        Curve("loss/step").Select(point => point.Step).Should().Equal([10], "every tenth step by default");
        Curve("loss/validation").Should().BeEmpty();
        _folder.Events.Should().OnlyContain(logged => logged.Histogram == null, "there are none by default");
    }

    [Fact]
    public void Histograms_show_parameters_and_gradients()
    {
        Trainer<double> trainer;
        var weights = new List<double[]>();
        var gradients = new List<double[]>();
        using (var writer = new TensorBoardWriter(_folder.Path))
        {
            var snapshots = new OnStep(current =>
            {
                if (current.Step % 4 != 0) return;
                weights.AddRange(current.Model.Parameters.Select(parameter => parameter.Values.ToArray()));
                gradients.AddRange(Enumerable.Range(0, current.Model.Parameters.Count).Select(p => current.Gradients.Values(p).ToArray()));
            });
            trainer = TrainerFixture.Trainer(new() { MaxSteps = 10, Callbacks = [new TensorBoardCallback<double>(writer) { HistogramsEverySteps = 4 }, snapshots] });
            trainer.Model.Parameters[1].Frozen = true;
            trainer.Fit(TrainerFixture.Source());
        }

        IReadOnlyList<string> names = trainer.Model.ParameterNames;
        for (int p = 0; p < names.Count; p++)
        {
            LoggedEvent[] parameter = EventsOf($"parameters/{names[p]}");
            LoggedEvent[] gradient = EventsOf($"gradients/{names[p]}");
            parameter.Select(logged => logged.Step).Should().Equal(4, 8);
            if (p == 1) gradient.Should().BeEmpty("it is frozen");
            else gradient.Select(logged => logged.Step).Should().Equal(4, 8);
            for (int i = 0; i < 2; i++)
            {
                RequireHistogram(parameter[i].Histogram!, weights[i * names.Count + p]);
                if (p != 1) RequireHistogram(gradient[i].Histogram!, gradients[i * names.Count + p]);
            }
        }

        static void RequireHistogram(LoggedHistogram histogram, double[] values)
        {
            (histogram.Min, histogram.Max, histogram.Count).Should().Be((values.Min(), values.Max(), values.Length));
            histogram.Counts.Sum().Should().Be(values.Length);
            histogram.Sum.Should().BeApproximately(values.Sum(), 1e-9);
        }
    }

    [Fact]
    public void A_resumed_run_continues_the_curves_in_a_file_of_its_own()
    {
        string checkpoint = Path.Combine(_folder.Path, "state.ckpt");
        string run = Path.Combine(_folder.Path, "run");
        Train(10, resume: false);
        Train(16, resume: true);
        string[] files = [.. Directory.GetFiles(run).Order(StringComparer.Ordinal)];
        files.Should().HaveCount(2);
        EventFile.Read(files[0]).Where(logged => logged.SessionStatus == 1).Select(logged => logged.Step).Should().Equal(1);
        LoggedEvent[] second = EventFile.Read(files[1]);
        (second[1].SessionStatus, second[1].Step).Should().Be((1L, 7L));
        second.Where(logged => logged.Tag is "loss/step").Select(logged => logged.Step).Should().Equal(8, 10, 12, 14, 16);

        void Train(int steps, bool resume)
        {
            using var writer = new TensorBoardWriter(run);
            var saves = new OnStep(current =>
            {
                if (current.Step == 6) current.SaveCheckpoint(checkpoint);
            });
            Trainer<double> trainer = TrainerFixture.Trainer(new() { MaxSteps = steps, Callbacks = [new TensorBoardCallback<double>(writer) { EverySteps = 2 }, saves] });
            if (resume) trainer.Resume(checkpoint);
            trainer.Fit(TrainerFixture.Source());
        }
    }

    [Fact]
    public void Events_are_in_the_file_after_records_checkpoints_reports_and_the_end()
    {
        using var writer = new TensorBoardWriter(_folder.Path);
        var callback = new TensorBoardCallback<double>(writer);
        Trainer<double> trainer = TrainerFixture.Trainer(new() { MaxSteps = 1 });
        var record = new TrainingRecord(1, 1, 0.5, double.NaN, 0.1, 1, TimeSpan.Zero, new Dictionary<string, double>(StringComparer.Ordinal), IsBest: false);
        Action[] calls =
        [
            () => callback.OnStart(trainer),
            () => callback.OnRecord(trainer, record),
            () => callback.OnNonFinite(trainer, new NonFiniteReport(NonFiniteSource.Loss, "0", "loss", 0, 0, double.NaN, 1)),
            () => callback.OnCheckpoint(trainer, "path"),
            () => callback.OnEnd(trainer, default),
        ];
        foreach (Action call in calls)
        {
            writer.AddScalar("a", 1, 1);
            call();
            int written = _folder.Events.Length;
            writer.Flush();
            _folder.Events.Should().HaveCount(written, "there was nothing left to write");
        }
    }

    [Fact]
    public void A_failure_to_write_ends_training_and_loses_nothing()
    {
        var writer = new TensorBoardWriter(_folder.Path);
        Trainer<double> trainer = TrainerFixture.Trainer(new() { MaxSteps = 8, Callbacks = [new TensorBoardCallback<double>(writer) { EverySteps = 5 }, new OnStep(current => { if (current.Step == 3) writer.Dispose(); })] });
        trainer.Invoking(t => t.Fit(TrainerFixture.Source())).Should().Throw<ObjectDisposedException>();
        trainer.Step.Should().Be(5);
    }

    [Fact]
    public void Warm_steps_allocate_nothing()
    {
        using var writer = new TensorBoardWriter(_folder.Path);
        var callback = new TensorBoardCallback<double>(writer) { EverySteps = 1, HistogramsEverySteps = 1 };
        Trainer<double> trainer = TrainerFixture.Trainer(new() { MaxSteps = 2, Callbacks = [callback] });
        trainer.Fit(TrainerFixture.Source());
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 1; step <= 500; step++) callback.OnStep(trainer, new TrainingProgress(step, 0, 1, 0.1, 2, 10, TimeSpan.FromSeconds(1), null));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        allocated.Should().Be(0);
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        FluentActions.Invoking(() => new TensorBoardCallback<float>(null!)).Should().Throw<ArgumentNullException>().WithParameterName("writer");
        using var writer = new TensorBoardWriter(_folder.Path);
        foreach (long wrong in (long[])[0, -1])
        {
            FluentActions.Invoking(() => new TensorBoardCallback<float>(writer) { EverySteps = wrong }).Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*at least 1*got {wrong}*");
            FluentActions.Invoking(() => new TensorBoardCallback<float>(writer) { HistogramsEverySteps = wrong }).Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*at least 1*got {wrong}*");
        }

        var callback = new TensorBoardCallback<double>(writer) { HistogramsEverySteps = null };
        callback.Invoking(c => c.OnStart(null!)).Should().Throw<ArgumentNullException>().WithParameterName("trainer");
        callback.Invoking(c => c.OnStep(null!, default)).Should().Throw<ArgumentNullException>().WithParameterName("trainer");
        callback.Invoking(c => c.OnRecord(null!, null!)).Should().Throw<ArgumentNullException>().WithParameterName("record");
    }

    private LoggedEvent[] EventsOf(string tag) => [.. _folder.Events.Where(logged => string.Equals(logged.Tag, tag, StringComparison.Ordinal))];

    private (long Step, float Value)[] Curve(string tag) => [.. EventsOf(tag).Select(logged => (logged.Step, logged.Scalar!.Value))];

    private sealed class Steps : List<TrainingProgress>, IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => Add(value);
    }

    private sealed class OnStep(Action<Trainer<double>> action) : ITrainerCallback<double>
    {
        void ITrainerCallback<double>.OnStep(Trainer<double> trainer, in TrainingProgress progress) => action(trainer);
    }
}
