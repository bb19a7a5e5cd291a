using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;
using static RnnSharp.Tests.Training.TrainerFixture;

namespace RnnSharp.Tests.Training;

/// <summary>NaN and infinities in every place: each is reported with layer, time step and example, and no weight is changed.</summary>
public sealed class NonFiniteTests
{
    private static readonly double[] Numbers = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    public static TheoryData<string, int> Injections
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (string place in (string[])["parameter", "input", "target", "loss gradient", "hidden state", "parameter gradient"])
            {
                for (int seed = 0; seed < 40; seed++) data.Add(place, seed);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Injections))]
    public void A_number_that_is_not_finite_is_found_where_it_was_put(string place, int seed)
    {
        var random = new FastRandom((ulong)seed);
        double number = Numbers[random.Next(3)];
        int step = random.Next(Steps), example = random.Next(Batch), at = random.Next(8);
        LayerStack<double> model = place is "parameter gradient" ? Amplifier() : Model(seed);
        var loss = new InjectingLoss();
        bool streams = place is "hidden state" || random.Next(2) == 0;
        ListSource source = Source(batches: 10, seed: (ulong)seed, carriesState: streams);
        var trainer = new Trainer<double>(model, new Adam<double>(0.01), loss, new() { MaxSteps = 20 });
        double[] weights = [];
        (string? layer, string? name) expected = (null, null);
        var corruptor = new Corruptor();
        source.OnNext = batch =>
        {
            if (trainer.Step != at || weights.Length > 0 || place is "hidden state") return;
            switch (place)
            {
                case "parameter":
                    int p = random.Next(model.Parameters.Count);
                    (int index, double value) = (random.Next(model.Parameters[p].Count), number);
                    model.Parameters[p].Update((index, value), static (values, put) => values[put.index] = put.value);
                    string parameter = model.ParameterNames[p];
                    expected = ($"{parameter[0]} (", parameter[2..]);
                    break;
                case "input":
                    batch.Input[random.Next(Inputs), example, step] = number;
                    expected = ("0 (LstmLayer)", "input");
                    break;
                case "target":
                    batch.Target[0, example, step] = number;
                    expected = ("2 (DenseLayer)", "loss");
                    break;
                case "loss gradient":
                    loss.Inject = (example, step, number);
                    expected = ("2 (DenseLayer)", "output gradient");
                    break;
                case "parameter gradient":
                    // The output gradient is finite, but not its product with the amplifier's inputs.
                    loss.Inject = (example, step, 1e305);
                    expected = ("1 (DenseLayer)", "bias");
                    break;
            }

            weights = Weights(model);
        };
        if (place is "hidden state")
        {
            corruptor.Corrupt = (t, _) =>
            {
                if (t.Step != at + 1 || weights.Length > 0) return;
                StateLeaf<double> leaf = t.StreamState!.Leaves[random.Next(2)];
                leaf.Values[example * leaf.Size + random.Next(leaf.Size)] = number;
                expected = ("0 (LstmLayer)", leaf.Name[^1..]);
                weights = Weights(model);
            };
            trainer = new Trainer<double>(model, new Adam<double>(0.01), loss, new() { MaxSteps = 20, Callbacks = [corruptor] });
        }

        NonFiniteReport report = trainer.Invoking(t => t.Fit(source)).Should().Throw<NonFiniteException>().Which.Report;
        weights.Should().NotBeEmpty();
        Weights(model).Should().Equal(weights, "no weight is changed");
        double.IsFinite(report.Number).Should().BeFalse();
        report.Layer.Should().NotBeEmpty();
        if (expected.layer is not null) report.Layer.Should().StartWith(expected.layer);
        report.Name.Should().Be(expected.name);
        report.TimeStep.Should().NotBeNull();
        report.Example.Should().NotBeNull();
        if (place is "parameter") return;
        report.Example.Should().Be(example);
        report.TimeStep.Should().Be(place is "hidden state" ? 0 : step);
        report.ToString().Should().Contain($"example {example}").And.Contain("no parameter was changed");
    }

    [Fact]
    public void An_activation_that_overflows_is_reported_with_its_gate()
    {
        // A linear-growth ReLU network: h doubles at every step, so it overflows in the first layer long before the end.
        var rnn = new RnnLayer<double>(1, 2, seed: 1, activation: Activation.Relu);
        rnn.RecurrentWeights.Set([1e200, 0, 0, 1]);
        rnn.InputWeights.Set([1, 1]);
        var model = new LayerStack<double>(rnn, new DenseLayer<double>(2, 1, seed: 2));
        var batch = new Batch<double>(new Sequence<double>(1, 2, 6), new Sequence<double>(1, 2, 6));
        batch.Input[0, 1, 2] = 1;
        var trainer = new Trainer<double>(model, new Adam<double>(), new MeanSquaredError<double>(), new() { MaxSteps = 1 });
        NonFiniteReport report = trainer.Invoking(t => t.Fit(new ListSource([batch], 1, false, false))).Should().Throw<NonFiniteException>().Which.Report;
        report.Should().BeEquivalentTo(new { Source = NonFiniteSource.Activation, Layer = "0 (RnnLayer)", Name = "hidden_state", TimeStep = 4, Example = 1, Number = double.PositiveInfinity });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_skipped_batch_is_as_if_it_had_not_been_there(bool carriesState)
    {
        Batch<double>[] clean = Source(batches: 8).Batches;
        Batch<double> bad = RandomBatch(5);
        bad.Input[1, 2, 3] = double.NaN;
        var found = new List<NonFiniteReport>();

        // Without masks, which follow from the number of the batch.
        Trainer<double> Create(NonFiniteAction action, int steps, params ITrainerCallback<double>[] callbacks) => new(Plain(), new Adam<double>(0.01), new MeanSquaredError<double>(), new() { MaxSteps = steps, OnNonFinite = action, Callbacks = callbacks });
        Trainer<double> expected = Create(NonFiniteAction.Throw, 8);
        expected.Fit(new ListSource(clean, 1, carriesState, shuffles: false));
        Trainer<double> actual = Create(NonFiniteAction.SkipBatch, 8, new Listener(found));
        actual.Fit(new ListSource([.. clean[..3], bad, bad, .. clean[3..]], 1, carriesState, shuffles: false));
        found.Should().HaveCount(2).And.OnlyContain(report => report.TimeStep == 3 && report.Example == 2);
        Weights(actual.Model).Should().Equal(Weights(expected.Model));
    }

    [Fact]
    public void Too_many_bad_batches_in_a_row_end_training()
    {
        Batch<double> bad = RandomBatch(5);
        bad.Input[0, 0, 0] = double.NaN;
        var source = new ListSource([.. Source(batches: 2).Batches, bad, bad, bad], 1, false, shuffles: false);
        var options = new TrainerOptions<double> { MaxEpochs = 3, OnNonFinite = NonFiniteAction.SkipBatch, MaxNonFiniteBatches = 2 };
        Trainer(options).Invoking(t => t.Fit(source)).Should().Throw<NonFiniteException>();
        Trainer(options with { MaxNonFiniteBatches = 3 }).Fit(source).Step.Should().Be(6);
    }

    [Fact]
    public void A_rollback_returns_to_good_weights_with_a_smaller_rate()
    {
        Batch<double> bad = RandomBatch(5);
        bad.Target[0, 0, 0] = double.PositiveInfinity;
        LayerStack<double> model = Plain();
        double[] start = Weights(model);
        var adam = new Adam<double>(0.01);
        var trainer = new Trainer<double>(model, adam, new MeanSquaredError<double>(), new() { MaxSteps = 5, OnNonFinite = NonFiniteAction.Rollback });
        var weights = new List<double[]>();
        var source = new ListSource([.. Source(batches: 3).Batches, bad, bad, .. Source(batches: 2, seed: 2).Batches], 1, false, shuffles: false)
        {
            OnNext = _ => weights.Add(Weights(model)),
        };
        trainer.Fit(source);
        weights[3].Should().NotEqual(start);
        weights[4].Should().Equal(start, "the good weights are those of the start");
        weights[5].Should().Equal(start);
        adam.LearningRate.Should().Be(0.0025);
    }

    [Fact]
    public void A_rollback_after_a_resume_returns_to_the_same_weights()
    {
        // 120 good batches, then a bad one: back to step 100, also for a run that was resumed at step 110.
        Batch<double> bad = RandomBatch(5);
        bad.Input[0, 0, 0] = double.NaN;
        ListSource Data() => new([.. Source(batches: 120).Batches, bad, .. Source(batches: 5, seed: 2).Batches], 1, carriesState: false, shuffles: false);
        Trainer<double> Create(params ITrainerCallback<double>[] callbacks) => new(Plain(), new Adam<double>(0.01), new MeanSquaredError<double>(), new() { MaxSteps = 125, OnNonFinite = NonFiniteAction.Rollback, Callbacks = callbacks });
        string path = Path.GetTempFileName();
        try
        {
            Trainer<double> whole = Create(new Corruptor { Corrupt = (trainer, progress) => { if (progress.Step == 110) trainer.SaveCheckpoint(path); } });
            whole.Fit(Data());
            Trainer<double> resumed = Create();
            resumed.Resume(path);
            resumed.Fit(Data());
            Weights(resumed.Model).Should().Equal(Weights(whole.Model));
            resumed.Optimizer.LearningRate.Should().Be(0.005);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_float_gradient_whose_square_overflows_is_reported()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(1, 2, seed: 1), new DenseLayer<float>(2, 1, seed: 2));
        var input = new Sequence<float>(1, 2, 3);
        input.Values.Fill(1);
        var target = new Sequence<float>(1, 2, 3);
        target[0, 1, 2] = 2e19f;
        var trainer = new Trainer<float>(model, new Adam<float>(), new HuberLoss<float>(1e25, LossReduction.Sum), new() { MaxSteps = 1 });
        trainer.Invoking(t => t.Fit(new SequenceBatches<float>(input, target))).Should().Throw<NonFiniteException>().Which.Report.Source.Should().Be(NonFiniteSource.ParameterGradient);
    }

    private static LayerStack<double> Plain() => new(new LstmLayer<double>(Inputs, 6, seed: 1), new DenseLayer<double>(6, 1, seed: 2));

    private static LayerStack<double> Amplifier()
    {
        LayerStack<double> model = Plain();
        var huge = new DenseLayer<double>(1, 1, seed: 3);
        huge.Weights.Set([1e10]);
        return new LayerStack<double>(model.Parts[0].Layer, model.Parts[1].Layer, huge);
    }

    private sealed class InjectingLoss : ILoss<double>
    {
        private readonly MeanSquaredError<double> _loss = new();

        public (int Example, int Step, double Number)? Inject { get; set; }

        public LossValue Compute(Sequence<double> output, Sequence<double> target, Sequence<double>? gradient = null, Sequence<double>? stepWeights = null, Sequence<double>? losses = null)
        {
            LossValue value = _loss.Compute(output, target, gradient, stepWeights, losses);
            if (gradient is not null && Inject is { } inject) gradient[0, inject.Example, inject.Step] = inject.Number;
            return value;
        }
    }

    private sealed class Corruptor : ITrainerCallback<double>
    {
        public Action<Trainer<double>, TrainingProgress>? Corrupt { get; set; }

        public void OnStep(Trainer<double> trainer, in TrainingProgress progress) => Corrupt?.Invoke(trainer, progress);
    }

    private sealed class Listener(List<NonFiniteReport> found) : ITrainerCallback<double>
    {
        public void OnNonFinite(Trainer<double> trainer, NonFiniteReport report) => found.Add(report);
    }
}
