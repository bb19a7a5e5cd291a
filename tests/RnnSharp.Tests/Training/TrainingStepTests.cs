using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

public sealed class TrainingStepTests
{
    private const int Inputs = 3;
    private const int Outputs = 2;
    private const int Streams = 4;
    private const int Steps = 5;

    [Fact]
    public void Run_gives_the_gradients_of_forward_loss_and_backward()
    {
        LayerStack<double> model = Model();
        Batch<double> batch = RandomBatch(1, Streams, Steps);
        var step = new TrainingStep<double>(model, new MeanSquaredError<double>());
        LossValue loss = step.Run(batch);

        ForwardPass<double> pass = model.Forward(batch.Input);
        var outputGradient = new Sequence<double>(Outputs, Streams, Steps);
        LossValue expected = MeanSquaredError.Compute(pass.Output, batch.Target, outputGradient);
        Gradients<double> gradients = model.Backward(pass, outputGradient);
        loss.Should().Be(expected);
        Values(step.Gradients).Should().Equal(Values(gradients));
    }

    [Fact]
    public void Accumulated_batches_have_the_gradient_of_the_mean_over_all_of_them()
    {
        LayerStack<double> model = Model();
        Batch<double> all = RandomBatch(2, 6, Steps);
        all.Input.SetLengths([5, 1, 2, 5, 3, 4]);
        all.Target.SetLengths([5, 1, 2, 5, 3, 4]);
        var whole = new TrainingStep<double>(model, new MeanSquaredError<double>());
        whole.Run(all);

        var parts = new TrainingStep<double>(model, new MeanSquaredError<double>(), batchesPerStep: 3);
        foreach (int[] examples in (int[][])[[0], [1, 2, 3], [4, 5]]) parts.Run(new Batch<double>(all.Input.Gather(examples), all.Target.Gather(examples)));
        parts.Accumulated.Should().Be(3);
        parts.Complete();
        parts.Accumulated.Should().Be(0);
        BeClose(parts.Gradients, Values(whole.Gradients));
    }

    [Fact]
    public void A_window_over_everything_has_the_full_gradient()
    {
        LayerStack<double> model = Model();
        Batch<double> batch = RandomBatch(3, Streams, 20);
        var full = new TrainingStep<double>(model, new MeanSquaredError<double>());
        full.Run(batch);
        var stream = new TrainingStep<double>(model, new MeanSquaredError<double>());
        stream.RunStream(batch);
        Values(stream.Gradients).Should().Equal(Values(full.Gradients));
    }

    [Fact]
    public void Windows_that_reach_back_to_the_start_have_the_full_gradient_of_the_newest_loss()
    {
        LayerStack<double> model = Model();
        Batch<double> batch = RandomBatch(4, Streams, 4 * Steps);
        var stream = new TrainingStep<double>(model, new MeanSquaredError<double>(), windows: 4);
        foreach (Batch<double> window in Cut(batch)) stream.RunStream(window);

        // The loss of the last window only.
        var weights = new Sequence<double>(1, Streams, 4 * Steps);
        for (int t = 3 * Steps; t < 4 * Steps; t++) weights.Step(t).Fill(1);
        ForwardPass<double> pass = model.Forward(batch.Input);
        var outputGradient = new Sequence<double>(Outputs, Streams, 4 * Steps);
        new MeanSquaredError<double>().Compute(pass.Output, batch.Target, outputGradient, weights);
        BeClose(stream.Gradients, Values(model.Backward(pass, outputGradient)));
    }

    [Fact]
    public void Gradients_end_at_the_oldest_window()
    {
        LayerStack<double> model = Model();
        Batch<double> batch = RandomBatch(5, Streams, 4 * Steps);
        var stream = new TrainingStep<double>(model, new MeanSquaredError<double>(), windows: 2);
        foreach (Batch<double> window in Cut(batch)) stream.RunStream(window);

        State<double> state = model.CreateState(Streams);
        model.Predict(batch.Input.SliceSteps(0, 2 * Steps), state);
        ForwardPass<double> pass = model.Forward(batch.Input.SliceSteps(2 * Steps, 2 * Steps), state);
        var outputGradient = new Sequence<double>(Outputs, Streams, 2 * Steps);
        var weights = new Sequence<double>(1, Streams, 2 * Steps);
        for (int t = Steps; t < 2 * Steps; t++) weights.Step(t).Fill(1);
        new MeanSquaredError<double>().Compute(pass.Output, batch.Target.SliceSteps(2 * Steps, 2 * Steps), outputGradient, weights);
        BeClose(stream.Gradients, Values(model.Backward(pass, outputGradient)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_stream_that_restarts_does_not_see_what_was_before(int windows)
    {
        LayerStack<double> model = Model();
        Batch<double>[] cut = Cut(RandomBatch(6, Streams, 4 * Steps));
        cut[2].Restarts[1] = true;
        var stream = new TrainingStep<double>(model, new MeanSquaredError<double>(), windows);
        foreach (Batch<double> window in cut) stream.RunStream(window);

        // The stream on its own, from its restart on.
        var alone = new TrainingStep<double>(model, new MeanSquaredError<double>(), windows);
        foreach (Batch<double> window in cut[2..]) alone.RunStream(new Batch<double>(window.Input.Gather([1]), window.Target.Gather([1])));
        for (int t = 0; t < Steps; t++) stream.Pass!.Output.Step(t).Slice(Outputs, Outputs).ToArray().Should().Equal(alone.Pass!.Output.Step(t).ToArray());

        // The others on their own, and the gradients of both together.
        var others = new TrainingStep<double>(model, new MeanSquaredError<double>(), windows);
        foreach (Batch<double> window in cut) others.RunStream(new Batch<double>(window.Input.Gather([0, 2, 3]), window.Target.Gather([0, 2, 3])));
        double[] expected = [.. Values(others.Gradients).Zip(Values(alone.Gradients), (a, b) => (3 * a + b) / 4)];
        BeClose(stream.Gradients, expected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_batch_that_is_rewound_leaves_no_trace(int windows)
    {
        Batch<double>[] cut = Cut(RandomBatch(7, Streams, 6 * Steps));
        var clean = new TrainingStep<double>(Model(), new MeanSquaredError<double>(), windows);
        var disturbed = new TrainingStep<double>(Model(), new MeanSquaredError<double>(), windows);
        foreach (Batch<double> window in cut)
        {
            clean.RunStream(window);
            Batch<double> bad = RandomBatch(8, Streams, Steps);
            bad.Input.Values[3] = double.NaN;
            disturbed.RunStream(bad);
            disturbed.Rewind();
            disturbed.Draw--;
            disturbed.RunStream(window);
            Values(disturbed.Gradients).Should().Equal(Values(clean.Gradients));
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 3)]
    [InlineData(3, 0)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 5)]
    public void A_restored_step_continues_with_the_same_bits(int windows, int before)
    {
        Batch<double>[] cut = Cut(RandomBatch(9, Streams, 8 * Steps));
        cut[before].Restarts[2] = true;
        cut[Math.Max(0, before - 1)].Restarts[0] = true;
        var whole = new TrainingStep<double>(Model(dropout: 0.4), new MeanSquaredError<double>(), windows);
        foreach (Batch<double> window in cut[..before]) whole.RunStream(window);
        StateDictionary saved = whole.GetState();
        var restored = new TrainingStep<double>(Model(dropout: 0.4), new MeanSquaredError<double>(), windows);
        restored.SetState(saved);
        foreach (Batch<double> window in cut[before..])
        {
            whole.RunStream(window);
            restored.RunStream(window);
            Values(restored.Gradients).Should().Equal(Values(whole.Gradients));
        }
    }

    [Fact]
    public void A_batch_that_does_not_fit_leaves_the_streams_where_they_were()
    {
        Batch<double>[] cut = Cut(RandomBatch(10, Streams, 2 * Steps));
        var step = new TrainingStep<double>(Model(), new MeanSquaredError<double>());
        var expected = new TrainingStep<double>(Model(), new MeanSquaredError<double>());
        step.RunStream(cut[0]);
        expected.RunStream(cut[0]);
        var wrongTarget = new Batch<double>(cut[1].Input, new Sequence<double>(Outputs, Streams, Steps + 1));
        step.Invoking(s => s.RunStream(wrongTarget)).Should().Throw<ArgumentException>();
        step.Invoking(s => s.RunStream(RandomBatch(1, Streams + 1, Steps))).Should().Throw<ArgumentException>().WithMessage("*4 streams*got 5*");
        step.RunStream(cut[1]);
        expected.RunStream(cut[1]);
        Values(step.Gradients).Should().Equal(Values(expected.Gradients));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Warm_batches_allocate_nothing(int windows)
    {
        Batch<double>[] cut = Cut(RandomBatch(11, Streams, 8 * Steps));
        cut[1].Restarts[1] = true;
        var step = new TrainingStep<double>(Model(), new MeanSquaredError<double>(), windows);
        for (int i = 0; i < 3; i++)
        {
            foreach (Batch<double> window in cut) step.RunStream(window);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (Batch<double> window in cut) step.RunStream(window);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    [Fact]
    public void Invalid_states_are_refused_and_change_nothing()
    {
        Batch<double>[] cut = Cut(RandomBatch(12, Streams, 3 * Steps));
        var step = new TrainingStep<double>(Model(), new MeanSquaredError<double>(), windows: 3);
        foreach (Batch<double> window in cut) step.RunStream(window);
        StateDictionary saved = step.GetState();
        foreach (string name in saved.Names)
        {
            var damaged = new StateDictionary();
            foreach ((string key, object value) in saved.Values) damaged.Add(key, string.Equals(key, name, StringComparison.Ordinal) ? "damaged" : value);
            step.Invoking(s => s.SetState(damaged)).Should().Throw<InvalidDataException>(name);
        }

        step.GetState().Names.Should().Equal(saved.Names);
    }

    internal static double[] Values(Gradients<double> gradients) => [.. Enumerable.Range(0, gradients.Parameters.Count).SelectMany(p => gradients.Values(p).ToArray())];

    private static void BeClose(Gradients<double> actual, double[] expected)
    {
        double[] values = Values(actual);
        double scale = expected.Max(Math.Abs);
        for (int i = 0; i < values.Length; i++) values[i].Should().BeApproximately(expected[i], 1e-12 * scale);
    }

    private static LayerStack<double> Model(double dropout = 0) => new(
        new LstmLayer<double>(Inputs, 6, seed: 1),
        new DropoutLayer<double>(6, dropout, seed: 2),
        new GruLayer<double>(6, 5, seed: 3),
        new DenseLayer<double>(5, Outputs, seed: 4));

    private static Batch<double> RandomBatch(ulong seed, int batch, int steps)
    {
        var random = new FastRandom(seed);
        var input = new Sequence<double>(Inputs, batch, steps);
        var target = new Sequence<double>(Outputs, batch, steps);
        foreach (ref double value in input.Values) value = random.NextGaussian();
        foreach (ref double value in target.Values) value = random.NextGaussian();
        return new Batch<double>(input, target);
    }

    private static Batch<double>[] Cut(Batch<double> batch) =>
        [.. Enumerable.Range(0, batch.Input.Steps / Steps).Select(i => new Batch<double>(batch.Input.SliceSteps(i * Steps, Steps), batch.Target.SliceSteps(i * Steps, Steps)))];
}
