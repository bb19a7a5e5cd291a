using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Scheduled sampling: what it feeds, and that a run with it is repeatable and resumable.</summary>
public sealed class ScheduledSamplingTests : IDisposable
{
    private const int Vocabulary = 6;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Schedules_follow_their_formulas()
    {
        Func<long, double> linear = ScheduledSampling.Linear(1, 0.2, 8), inverse = ScheduledSampling.InverseSigmoid(4);
        Enumerable.Range(0, 10).Select(i => Math.Round(linear(i), 12)).Should().Equal(1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.2);
        ScheduledSampling.Exponential(0.5)(3).Should().Be(0.125);
        inverse(0).Should().BeApproximately(0.8, 1e-15);
        inverse(8).Should().BeApproximately(4 / (4 + Math.E * Math.E), 1e-15);
        inverse(1_000_000).Should().Be(0);
    }

    [Fact]
    public void Without_the_true_inputs_a_model_reads_its_own_predictions()
    {
        EncoderDecoder<double> model = Model(1);
        Batch<double> batch = Batch();
        var step = new TrainingStep<double>(model, new SoftmaxCrossEntropy<double>());
        new ScheduledSampling<double>(_ => 0).Compute(step, batch);

        State<double> state = model.CreateState(batch.Input.Batch);
        model.Encode(batch.Source!, state);
        Sequence<double> written = Sequence<double>.ForTokens(Vocabulary, batch.Input.Batch, batch.Input.Steps);
        model.Generate(batch.Input.Tokens[..batch.Input.Batch], state, written);
        Sequence<double> read = step.Pass!.Input;
        for (int j = 0; j < read.Batch; j++)
        {
            At(read, j, 0).Should().Be(At(batch.Input, j, 0));
            for (int t = 1; t < read.LengthOf(j); t++) At(read, j, t).Should().Be(At(written, j, t - 1), "example {0} at step {1}", j, t);
        }

        read.Lengths.ToArray().Should().Equal(batch.Input.Lengths.ToArray());
        batch.Input.Tokens.SequenceEqual(read.Tokens).Should().BeFalse("the batch itself does not change");

        static int At(Sequence<double> tokens, int example, int step) => tokens.Tokens[step * tokens.Batch + example];
    }

    [Fact]
    public void Features_are_replaced_by_the_output()
    {
        var model = new LayerStack<double>(new GruLayer<double>(2, 3, seed: 1), new DenseLayer<double>(3, 2, seed: 2));
        Sequence<double> x = Make.Sequence<double>(2, 3, 4, new Random(1));
        var step = new TrainingStep<double>(model, new MeanSquaredError<double>());
        new ScheduledSampling<double>(_ => 0).Compute(step, new Batch<double>(x, Make.Sequence<double>(2, 3, 4, new Random(2))));
        for (int t = 1; t < 4; t++) Bits.ShouldBeSame<double>(step.Pass!.Input.Step(t), step.Pass.Output.Step(t - 1), "the output is the next input");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_share_of_the_inputs_is_replaced_and_depends_on_seed_and_draw_alone(bool draws)
    {
        Batch<double> batch = Batch();
        int[] first = Read(seed: 1, draw: 5);
        Read(seed: 1, draw: 5).Should().Equal(first);
        Read(seed: 2, draw: 5).Should().NotEqual(first);
        Read(seed: 1, draw: 6).Should().NotEqual(first);
        int changed = first.Zip(batch.Input.Tokens.ToArray()).Count(pair => pair.First != pair.Second);
        changed.Should().BeInRange(30, 90, "about half of those predictions that are wrong");

        int[] Read(ulong seed, long draw)
        {
            var step = new TrainingStep<double>(Model(1), new SoftmaxCrossEntropy<double>()) { Draw = draw };
            new ScheduledSampling<double>(_ => 0.5, seed) { Draws = draws }.Compute(step, batch);
            return step.Pass!.Input.Tokens.ToArray();
        }
    }

    [Fact]
    public void A_resumed_run_equals_an_uninterrupted_one_and_a_warm_step_allocates_nothing()
    {
        (Trainer<double> whole, EncoderDecoder<double> expected) = Trainer(10);
        whole.Fit(Source());
        (Trainer<double> first, _) = Trainer(4);
        first.Fit(Source());
        string path = Path.Combine(_folder, "run.ckpt");
        first.SaveCheckpoint(path);
        (Trainer<double> second, EncoderDecoder<double> actual) = Trainer(10);
        second.Resume(path);
        second.Fit(Source());
        for (int p = 0; p < actual.Parameters.Count; p++) Bits.ShouldBeSame<double>(actual.Parameters[p].Values, expected.Parameters[p].Values, actual.ParameterNames[p]);

        var step = new TrainingStep<double>(expected, new SoftmaxCrossEntropy<double>());
        var sampling = new ScheduledSampling<double>(_ => 0.5, seed: 1) { Draws = true };
        Batch<double> batch = Batch();
        for (int i = 0; i < 3; i++) sampling.Compute(step, batch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        sampling.Compute(step, batch);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        static (Trainer<double> Trainer, EncoderDecoder<double> Model) Trainer(long steps)
        {
            EncoderDecoder<double> model = Model(3);
            var sampling = new ScheduledSampling<double>(ScheduledSampling.Linear(1, 0, 8), seed: 4);
            return (new Trainer<double>(model, new Adam<double>(0.01), new SoftmaxCrossEntropy<double>(), new() { MaxSteps = steps, ComputeStep = sampling.Compute }), model);
        }
    }

    [Fact]
    public void Streams_are_refused_because_their_state_would_be_lost()
    {
        var model = new LayerStack<double>(new GruLayer<double>(Vocabulary, 5, seed: 1), new DenseLayer<double>(5, Vocabulary, seed: 2));
        var sampling = new ScheduledSampling<double>(ScheduledSampling.Linear(1, 0, 8));
        var trainer = new Trainer<double>(model, new Adam<double>(0.01), new SoftmaxCrossEntropy<double>(), new() { MaxSteps = 2, ComputeStep = sampling.Compute });
        int[] tokens = [.. Enumerable.Range(0, 60).Select(i => i % Vocabulary)];
        double[] before = TrainerFixture.Weights(model);
        trainer.Invoking(it => it.Fit(new TokenStreamBatches<double>(tokens, Vocabulary, 2, 5))).Should().Throw<ArgumentException>().WithParameterName("step").WithMessage("*a source that carries no state*");
        TrainerFixture.Weights(model).Should().Equal(before);
        trainer.Step.Should().Be(0);
        var example = new Example<double>(Series<double>.FromTokens(tokens[..9], Vocabulary), Series<double>.FromTokens(tokens[1..10], Vocabulary));
        trainer.Fit(new ExampleBatches<double>([example])).Reason.Should().Be(StopReason.MaxSteps, "examples begin in their batch");
    }

    private static ExampleBatches<double> Source() => new(Examples(), new() { BatchSize = 16, Seed = 3 });

    private static Batch<double> Batch()
    {
        var batches = new ExampleBatches<double>(Examples(), new() { BatchSize = 32 });
        Batch<double> batch = batches.CreateBatch();
        batches.Next(batch).Should().BeTrue();
        return batch;
    }

    private static IReadOnlyList<Example<double>> Examples()
    {
        var random = new Random(1);
        int[][] sources = [.. Enumerable.Range(0, 64).Select(_ => Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(4)).ToArray())];
        return TokenPairs.ToExamples<double>(sources.Select(source => (source, source.Reverse().ToArray())), 4, Vocabulary, start: 4, end: 5);
    }

    private static EncoderDecoder<double> Model(int seed) => new(
        new LayerStack<double>(new EmbeddingLayer<double>(4, 3, seed: seed), new GruLayer<double>(3, 5, seed + 1)),
        new LayerStack<double>(new EmbeddingLayer<double>(Vocabulary, 3, seed: seed + 2), new GruLayer<double>(3, 5, seed + 3), new AttentionLayer<double>(5, 5, 5, seed + 4), new DenseLayer<double>(10, Vocabulary, seed + 5)));
}
