using System.Diagnostics.Metrics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Training;
using Xunit;
using static RnnSharp.Tests.Training.TrainerFixture;

namespace RnnSharp.Tests.Training;

public sealed class TrainerTests
{
    [Fact]
    public void Fit_does_what_the_loop_by_hand_does()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 3, MaxGradientNorm = 0.5 });
        FitResult result = trainer.Fit(Source());

        LayerStack<double> model = Model();
        var adam = new Adam<double>(0.01);
        ListSource source = Source();
        Batch<double> batch = source.CreateBatch();
        var outputGradient = new Sequence<double>(1, 1, 1);
        ForwardPass<double> pass = model.CreatePass();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            while (source.Next(batch))
            {
                pass = model.Forward(batch.Input, reuse: pass);
                MeanSquaredError.Compute(pass.Output, batch.Target, outputGradient);
                Gradients<double> gradients = model.Backward(pass, outputGradient);
                GradientClipping.ByNorm(gradients, 0.5);
                adam.Step(model.Parameters, gradients);
            }
        }

        result.Should().Match<FitResult>(r => r.Reason == StopReason.MaxEpochs && r.Step == 15 && r.Epoch == 3 && double.IsNaN(r.BestLoss));
        Weights(trainer.Model).Should().Equal(Weights(model));
    }

    [Fact]
    public void Training_learns_and_records_its_history()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 60 });
        trainer.Fit(Source(batches: 8), Source(batches: 2, seed: 9, shuffles: false));
        IReadOnlyList<TrainingRecord> records = trainer.History.Records;
        records.Should().HaveCount(60);
        records.Select(record => record.Step).Should().Equal(Enumerable.Range(1, 60).Select(i => 8L * i));
        records[^1].ValidationLoss.Should().BeLessThan(records[0].ValidationLoss / 3);
        records.Min(record => record.ValidationLoss).Should().Be(trainer.BestLoss);
        records.Last(record => record.IsBest).Step.Should().Be(trainer.BestStep);
        trainer.Evaluate(Source(batches: 2, seed: 9, shuffles: false)).Loss.Value.Should().Be(trainer.BestLoss, "the best weights are restored");
    }

    [Theory]
    [InlineData(4L, null, 4, StopReason.MaxSteps)]
    [InlineData(null, 2L, 10, StopReason.MaxEpochs)]
    [InlineData(7L, 2L, 7, StopReason.MaxSteps)]
    [InlineData(70L, 2L, 10, StopReason.MaxEpochs)]
    public void Training_ends_at_the_first_limit(long? maxSteps, long? maxEpochs, long steps, StopReason reason)
    {
        FitResult result = Trainer(new() { MaxSteps = maxSteps, MaxEpochs = maxEpochs }).Fit(Source());
        result.Reason.Should().Be(reason);
        result.Step.Should().Be(steps);
    }

    [Fact]
    public void Training_ends_when_the_time_is_over()
    {
        Trainer<double> trainer = Trainer(new() { MaxTime = TimeSpan.FromMilliseconds(50) });
        trainer.Fit(Source()).Reason.Should().Be(StopReason.MaxTime);
        trainer.Elapsed.Should().BeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void Training_stops_when_validation_does_not_improve_and_keeps_the_best_weights()
    {
        // The validation target is unrelated to the input, so the loss soon rises.
        Batch<double> unrelated = RandomBatch(77);
        foreach (ref double value in unrelated.Target.Values) value = 0.1 * value - 0.2;
        var validation = new ListSource([unrelated], 1, carriesState: false, shuffles: false);
        Trainer<double> trainer = Trainer(new() { Patience = 4 });
        FitResult result = trainer.Fit(Source(), validation);
        result.Reason.Should().Be(StopReason.Patience);
        (result.Epoch - result.BestStep / 5).Should().Be(4);
        trainer.Evaluate(validation).Loss.Value.Should().Be(result.BestLoss);

        Trainer<double> last = Trainer(new() { Patience = 4, RestoreBest = false });
        last.Fit(Source(), validation);
        last.Evaluate(validation).Loss.Value.Should().Be(last.History.Records[^1].ValidationLoss).And.BeGreaterThan(result.BestLoss);
    }

    [Fact]
    public void Small_improvements_do_not_count_as_better()
    {
        Trainer<double> trainer = Trainer(new() { Patience = 2, MinImprovement = 10 });
        trainer.Fit(Source(), Source(seed: 5));
        trainer.Epoch.Should().Be(3);
        trainer.BestStep.Should().Be(5);
    }

    [Fact]
    public void Validation_can_run_every_few_steps()
    {
        Trainer<double> trainer = Trainer(new() { MaxSteps = 10, ValidateEverySteps = 3 });
        trainer.Fit(Source(), Source(seed: 5, shuffles: false));
        trainer.History.Records.Select(record => record.Step).Should().Equal(3, 6, 9, 10);
    }

    [Fact]
    public void A_second_call_continues_exactly_where_the_first_stopped()
    {
        var both = new TrainerOptions<double> { MaxEpochs = 6 };
        Trainer<double> once = Trainer(both);
        once.Fit(Source(), Source(seed: 5, shuffles: false));

        Trainer<double> twice = Trainer(both);
        ListSource training = Source(), validation = Source(seed: 5, shuffles: false);
        using var cancellation = new CancellationTokenSource();
        training.OnNext = _ => { if (twice.Step == 12) cancellation.Cancel(); };
        twice.Fit(training, validation, cancellation: cancellation.Token).Reason.Should().Be(StopReason.Cancelled);
        twice.Step.Should().Be(13);
        twice.Fit(training, validation).Reason.Should().Be(StopReason.MaxEpochs);
        Weights(twice.Model).Should().Equal(Weights(once.Model));
        twice.History.Records.Select(record => record.TrainingLoss).Should().Equal(once.History.Records.Select(record => record.TrainingLoss));
    }

    [Fact]
    public void Cancellation_ends_training_after_the_current_batch_with_the_best_weights()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 100 });
        ListSource training = Source(), validation = Source(seed: 5, shuffles: false);
        using var cancellation = new CancellationTokenSource();
        training.OnNext = _ => { if (trainer.Step == 17) cancellation.Cancel(); };
        FitResult result = trainer.Fit(training, validation, cancellation: cancellation.Token);
        result.Should().Match<FitResult>(r => r.Reason == StopReason.Cancelled && r.Step == 18);
        trainer.Evaluate(validation).Loss.Value.Should().Be(trainer.BestLoss);
    }

    [Fact]
    public async Task A_wait_for_data_can_be_cancelled()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 100 });
        using var cancellation = new CancellationTokenSource();
        ListSource training = Source();
        training.OnNext = _ =>
        {
            if (trainer.Step < 3) return;
            cancellation.Cancel();
            cancellation.Token.ThrowIfCancellationRequested();
        };
        FitResult result = await trainer.FitAsync(training, cancellation: cancellation.Token);
        result.Should().Match<FitResult>(r => r.Reason == StopReason.Cancelled && r.Step == 3);
    }

    [Fact]
    public void Several_batches_make_one_step_and_the_rest_of_an_epoch_another()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 2, BatchesPerStep = 3 });
        trainer.Fit(Source(batches: 8)).Step.Should().Be(6);
    }

    [Fact]
    public void The_schedule_sets_the_rate_of_every_step()
    {
        var rates = new List<double>();
        var options = new TrainerOptions<double> { MaxSteps = 4, Schedule = new HalvingSchedule(), Callbacks = [new Recorder(rates)] };
        Trainer(options).Fit(Source());
        rates.Should().Equal(1, 0.5, 0.25, 0.125);

        rates.Clear();
        Trainer(options with { MaxSteps = 11, ScheduleUnit = ScheduleUnit.Epoch }).Fit(Source());
        rates.Should().Equal(1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25);
    }

    [Fact]
    public void Only_the_chosen_parameters_are_trained()
    {
        LayerStack<double> model = Model();
        double[] before = Weights(model);
        var trainer = new Trainer<double>(model, new Adam<double>(0.01), new MeanSquaredError<double>(), new() { MaxSteps = 3, Parameters = [.. model.Parameters.Skip(3)] });
        trainer.Fit(Source());
        int recurrent = model.Parameters.Take(3).Sum(parameter => parameter.Count);
        Weights(model)[..recurrent].Should().Equal(before[..recurrent]);
        Weights(model)[recurrent..].Should().NotEqual(before[recurrent..]);
    }

    [Fact]
    public void A_step_of_your_own_can_add_a_loss()
    {
        // An output penalty of 2 · 0.1 · y for each output, as a loss of its own.
        static LossValue Compute(TrainingStep<double> step, Batch<double> batch)
        {
            ForwardPass<double> pass = step.Forward(batch);
            LossValue loss = step.Loss.Compute(pass.Output, batch.Target, step.OutputGradient);
            Span<double> gradient = step.OutputGradient.Values, output = pass.Output.Values;
            for (int i = 0; i < gradient.Length; i++) gradient[i] += 0.2 * output[i] / output.Length;
            step.Backward(loss);
            return loss;
        }

        Trainer<double> plain = Trainer(new() { MaxSteps = 30 }), penalized = Trainer(new() { MaxSteps = 30, ComputeStep = Compute });
        plain.Fit(Source());
        penalized.Fit(Source());
        double Size(Trainer<double> trainer) => trainer.Predict(Source(seed: 3)).Sum(output => output.Values.ToArray().Sum(Math.Abs));
        Size(penalized).Should().BeLessThan(Size(plain));
    }

    [Fact]
    public void Predict_returns_an_output_for_each_batch()
    {
        Trainer<double> trainer = Trainer(new() { MaxSteps = 1 });
        ListSource data = Source(shuffles: false);
        Sequence<double>[] outputs = [.. trainer.Predict(data)];
        outputs.Should().HaveCount(5);
        for (int i = 0; i < 5; i++) outputs[i].Values.ToArray().Should().Equal(trainer.Model.Predict(data.Batches[i].Input).Values.ToArray());
    }

    [Fact]
    public void Streams_keep_their_state_in_training_and_evaluation()
    {
        LayerStack<double> model = Model();
        var trainer = new Trainer<double>(model, new Sgd<double>(0), new MeanSquaredError<double>(), new() { MaxEpochs = 1 });
        ListSource data = Source(carriesState: true, shuffles: false);
        State<double> state = model.CreateState(Batch);
        Sequence<double>[] outputs = [.. trainer.Predict(data)];
        for (int i = 0; i < outputs.Length; i++) outputs[i].Values.ToArray().Should().Equal(model.Predict(data.Batches[i].Input, state).Values.ToArray());
        trainer.Fit(data).Step.Should().Be(5);
    }

    [Fact]
    public void Progress_and_the_meter_see_every_step()
    {
        var losses = new List<double>();
        long examples = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) => { if (string.Equals(instrument.Meter.Name, "RnnSharp", StringComparison.Ordinal)) l.EnableMeasurementEvents(instrument); };
        int thread = Environment.CurrentManagedThreadId;
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => { if (Environment.CurrentManagedThreadId == thread && instrument.Name.EndsWith(".loss", StringComparison.Ordinal)) losses.Add(value); });
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => { if (Environment.CurrentManagedThreadId == thread && instrument.Name.EndsWith(".examples", StringComparison.Ordinal)) examples += value; });
        listener.Start();
        var progress = new List<TrainingProgress>();
        Trainer(new() { MaxSteps = 7 }).Fit(Source(), progress: new Immediate(progress));
        progress.Select(p => p.Step).Should().Equal(1, 2, 3, 4, 5, 6, 7);
        progress.Select(p => p.Loss).Should().Equal(losses);
        examples.Should().Be(7 * Batch);
        progress[^1].Remaining.Should().Be(TimeSpan.Zero);
        progress[0].Remaining.Should().BeGreaterThan(TimeSpan.Zero);
        progress[^1].ExamplesPerSecond.Should().BeGreaterThan(0);
    }

    [Fact]
    public void The_history_is_exported_as_csv()
    {
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 2 });
        trainer.Fit(Source(), Source(seed: 5));
        string[] lines = trainer.History.ToCsv().Split('\n');
        lines[0].Should().Be("step,epoch,training_loss,validation_loss,learning_rate,gradient_norm,seconds");
        lines.Should().HaveCount(4, "a header, two records and an empty end");
        lines[2].Should().StartWith("10,2,").And.Contain(FormattableString.Invariant($",{trainer.History.Records[1].ValidationLoss:R},0.01,"));
        Trainer<double> without = Trainer(new() { MaxEpochs = 1 });
        without.Fit(Source());
        without.History.ToCsv().Should().Contain(",,", "there is no validation loss");
    }

    [Fact]
    public void A_warm_step_allocates_nothing()
    {
        long before = 0, after = 0;
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 40, MaxGradientNorm = 1, ValidateEverySteps = 1000 });
        ListSource source = Source();
        source.OnNext = _ =>
        {
            if (trainer.Step == 151) before = GC.GetAllocatedBytesForCurrentThread();
            if (trainer.Step == 154) after = GC.GetAllocatedBytesForCurrentThread();
        };
        trainer.Fit(source, Source(seed: 5));
        before.Should().BePositive();
        after.Should().Be(before);
    }

    private sealed class HalvingSchedule : LearningRateSchedule
    {
        public override double GetRate(long step) => Math.Pow(0.5, step);
    }

    private sealed class Recorder(List<double> rates) : ITrainerCallback<double>
    {
        public void OnStep(Trainer<double> trainer, in TrainingProgress progress) => rates.Add(progress.LearningRate);
    }

    private sealed class Immediate(List<TrainingProgress> seen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => seen.Add(value);
    }
}
