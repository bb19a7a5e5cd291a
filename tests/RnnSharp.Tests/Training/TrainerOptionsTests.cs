using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;
using static RnnSharp.Tests.Training.TrainerFixture;

namespace RnnSharp.Tests.Training;

public sealed class TrainerOptionsTests
{
    public static TheoryData<string, Action> Invalid => new()
    {
        { "at least 1, got 0", () => _ = new TrainerOptions<float> { MaxEpochs = 0 } },
        { "at least 1, got -1", () => _ = new TrainerOptions<float> { MaxSteps = -1 } },
        { "more than 0", () => _ = new TrainerOptions<float> { MaxTime = TimeSpan.Zero } },
        { "at least 1", () => _ = new TrainerOptions<float> { BatchesPerStep = 0 } },
        { "at least 1", () => _ = new TrainerOptions<float> { Windows = 0 } },
        { "Step or Epoch, got 7", () => _ = new TrainerOptions<float> { ScheduleUnit = (ScheduleUnit)7 } },
        { "above 0, got 0", () => _ = new TrainerOptions<float> { MaxGradientNorm = 0 } },
        { "above 0, got NaN", () => _ = new TrainerOptions<float> { MaxGradientValue = double.NaN } },
        { "at least 1", () => _ = new TrainerOptions<float> { ValidateEverySteps = 0 } },
        { "at least 1", () => _ = new TrainerOptions<float> { Patience = 0 } },
        { "0 or more", () => _ = new TrainerOptions<float> { MinImprovement = -1 } },
        { "Throw, SkipBatch or Rollback", () => _ = new TrainerOptions<float> { OnNonFinite = (NonFiniteAction)9 } },
        { "above 0 and at most 1, got 2", () => _ = new TrainerOptions<float> { RollbackRateFactor = 2 } },
        { "at least 1", () => _ = new TrainerOptions<float> { MaxNonFiniteBatches = 0 } },
        { "at least 1", () => _ = new CheckpointOptions("folder") { EverySteps = 0 } },
        { "at least 1", () => _ = new CheckpointOptions("folder") { KeepLast = 0 } },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Values_out_of_range_are_refused(string expected, Action create) => create.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*{expected}*");

    [Fact]
    public void Fit_needs_validation_data_for_a_patience_and_a_source_of_its_own()
    {
        Trainer<double> trainer = Trainer(new() { Patience = 2 });
        trainer.Invoking(t => t.Fit(Source())).Should().Throw<ArgumentException>().WithParameterName("validation");
        ListSource source = Source();
        trainer.Invoking(t => t.Fit(source, source)).Should().Throw<ArgumentException>().WithParameterName("validation");
    }

    [Fact]
    public void A_validation_source_without_batches_is_refused()
    {
        var empty = new ListSource([RandomBatch(1)], 1, carriesState: false, shuffles: false);
        empty.Batches[0].Target.SetLengths([0, 0, 0, 0]);
        empty.Batches[0].Input.SetLengths([0, 0, 0, 0]);
        Trainer(new() { MaxEpochs = 2 }).Invoking(t => t.Fit(Source(), empty)).Should().Throw<InvalidOperationException>().WithMessage("*no positions that count*");
    }

    [Fact]
    public void Another_source_starts_its_own_streams_and_epoch()
    {
        Trainer<double> trainer = Trainer(new() { MaxSteps = 20 });
        using var cancellation = new CancellationTokenSource();
        ListSource first = Source(carriesState: true);
        first.OnNext = _ => { if (trainer.Step == 7) cancellation.Cancel(); };
        trainer.Fit(first, cancellation: cancellation.Token);
        Batch<double>[] pairs = [.. Source(seed: 2).Batches.Select(batch => new Batch<double>(batch.Input.Gather([0, 1]), batch.Target.Gather([0, 1])))];
        trainer.Fit(new ListSource(pairs, 1, carriesState: true, shuffles: false)).Step.Should().Be(20);
    }

    [Fact]
    public void The_norm_is_that_of_the_trained_parameters()
    {
        LayerStack<double> model = Model();
        var norms = new List<double>();
        var trainer = new Trainer<double>(model, new Adam<double>(0.01), new MeanSquaredError<double>(), new() { MaxSteps = 1, MaxGradientNorm = 1e-3, Parameters = [.. model.Parameters.Skip(3)] });
        trainer.Fit(Source(), progress: new Progress(norms));
        trainer.Gradients.Norm().Should().BeApproximately(1e-3, 1e-5);
        norms.Should().ContainSingle().Which.Should().BeGreaterThan(1e-3);
        new Action(() => _ = new Trainer<double>(model, new Adam<double>(), new MeanSquaredError<double>(), new() { MaxSteps = 1, Average = new WeightAverage<double>(Model()) })).Should().Throw<ArgumentException>().WithMessage("*Average of the model*");
    }

    [Fact]
    public void A_callback_cannot_start_training_again()
    {
        var calls = new Calls { OnStepDo = trainer => trainer.Fit(Source()) };
        Trainer(new() { MaxSteps = 2, Callbacks = [calls] }).Invoking(t => t.Fit(Source())).Should().Throw<InvalidOperationException>().WithMessage("*already in use*");
    }

    [Fact]
    public void Callbacks_are_called_in_order()
    {
        var first = new Calls();
        var second = new Calls(first.Seen);
        (first.Name, second.Name) = ("a", "b");
        Trainer<double> trainer = Trainer(new() { MaxEpochs = 1, Callbacks = [first, second] });
        trainer.Fit(Source(batches: 2), Source(seed: 3));
        first.Seen.Should().Equal("a start", "b start", "a step 1", "b step 1", "a step 2", "b step 2", "a record 2", "b record 2", "a end MaxEpochs", "b end MaxEpochs");
    }

    [Fact]
    public void Stop_ends_training_after_the_step()
    {
        var calls = new Calls { OnStepDo = trainer => { if (trainer.Step == 3) trainer.Stop(); } };
        FitResult result = Trainer(new() { MaxSteps = 10, Callbacks = [calls] }).Fit(Source());
        result.Should().Match<FitResult>(r => r.Reason == StopReason.Stopped && r.Step == 3);
    }

    [Fact]
    public void An_average_is_validated_and_kept_in_place_of_the_last_weights()
    {
        LayerStack<double> model = Model();
        var average = new WeightAverage<double>(model, decay: 0.8);
        var trainer = new Trainer<double>(model, new Adam<double>(0.02), new MeanSquaredError<double>(), new() { MaxEpochs = 3, Average = average });
        ListSource validation = Source(seed: 4, shuffles: false);
        trainer.Fit(Source(), validation);
        trainer.Evaluate(validation).Loss.Value.Should().Be(trainer.BestLoss);
        average.Updates.Should().Be(15);

        // Without validation, the model ends with the average of the last steps.
        LayerStack<double> other = Model();
        var otherAverage = new WeightAverage<double>(other, decay: 0.8);
        new Trainer<double>(other, new Adam<double>(0.02), new MeanSquaredError<double>(), new() { MaxEpochs = 3, Average = otherAverage }).Fit(Source());
        LayerStack<double> copy = Model();
        otherAverage.CopyTo(copy);
        Weights(other).Should().Equal(Weights(copy));
    }

    [Fact]
    public void An_encoder_decoder_is_trained_on_sources_and_evaluated()
    {
        // Copy a short sequence: the decoder sees the target delayed by one step.
        const int Symbols = 4, Boundary = 3;
        var random = new Random(1);
        Example<float>[] examples =
        [
            .. Enumerable.Range(0, 200).Select(_ =>
            {
                int[] word = [.. Enumerable.Range(0, random.Next(2, 4)).Select(_ => random.Next(Boundary))];
                return new Example<float>(Series<float>.FromTokens((int[])[Boundary, .. word[..^1]], Symbols), Series<float>.FromTokens(word, Symbols)) { Source = Series<float>.FromTokens(word, Symbols) };
            }),
        ];
        static LayerStack<float> Half(int seed) => new(new GruLayer<float>(Symbols, 24, seed), new DenseLayer<float>(24, Symbols, seed + 1));
        var model = new EncoderDecoder<float>(Half(1), Half(3));
        var source = new ExampleBatches<float>(examples, new() { BatchSize = 20, BucketBatches = 5, Seed = 1 });
        var trainer = new Trainer<float>(model, new Adam<float>(0.01), new SoftmaxCrossEntropy<float>(), new() { MaxEpochs = 25, Metrics = [new Accuracy<float>()] });
        trainer.Fit(source);
        trainer.Evaluate(source).Metrics["accuracy"].Should().BeGreaterThan(0.95);
    }

    private sealed class Progress(List<double> norms) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => norms.Add(value.GradientNorm);
    }

    private sealed class Calls(List<string>? seen = null) : ITrainerCallback<double>
    {
        public List<string> Seen { get; } = seen ?? [];

        public string Name { get; set; } = "";

        public Action<Trainer<double>>? OnStepDo { get; set; }

        public void OnStart(Trainer<double> trainer) => Seen.Add($"{Name} start");

        public void OnStep(Trainer<double> trainer, in TrainingProgress progress)
        {
            Seen.Add($"{Name} step {progress.Step}");
            OnStepDo?.Invoke(trainer);
        }

        public void OnRecord(Trainer<double> trainer, TrainingRecord record) => Seen.Add($"{Name} record {record.Step}");

        public void OnEnd(Trainer<double> trainer, FitResult result) => Seen.Add($"{Name} end {result.Reason}");
    }
}
