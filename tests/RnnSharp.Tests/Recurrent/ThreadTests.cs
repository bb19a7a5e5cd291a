using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The number of threads changes no bit of any result, and any number of callers may share a layer.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class ThreadTests : IDisposable
{
    private readonly ThreadSettings _settings = new();

    public static TheoryData<RecurrentKind> Kinds => [.. Enum.GetValues<RecurrentKind>()];

    public void Dispose() => _settings.Dispose();

    [Fact]
    public void Dense_layers_and_stacks_give_the_same_bits_for_any_number_of_threads()
    {
        ShouldNotDependOnThreads(new DenseLayer<float>(100, 300, seed: 1), batch: 20, steps: 30, ragged: true);
        ShouldNotDependOnThreads(new DenseLayer<double>(70, 900, seed: 1), batch: 1, steps: 40, ragged: false);
        ShouldNotDependOnThreads(new DenseLayer<double>(300, 3, seed: 1), batch: 33, steps: 40, ragged: false);
        ShouldNotDependOnThreads(new LayerStack<float>(new LstmLayer<float>(30, 80, seed: 1), new GruLayer<float>(80, 70, seed: 2), new DenseLayer<float>(70, 50, seed: 3)), batch: 24, steps: 25, ragged: true);
    }

    [Fact]
    public void Layers_between_recurrent_ones_give_the_same_bits_for_any_number_of_threads()
    {
        foreach (DropoutMask mask in Enum.GetValues<DropoutMask>())
        {
            ShouldNotDependOnThreads(new LayerStack<float>(
                new DenseLayer<float>(30, 64, seed: 1),
                new DropoutLayer<float>(64, 0.3, seed: 2, mask),
                new ResidualLayer<float>(new LayerStack<float>(new LayerNormalizationLayer<float>(64), new GruLayer<float>(64, 64, seed: 3, new GruOptions { RecurrentDropout = 0.3 }))),
                new DropoutLayer<float>(64, 0.3, seed: 4, mask),
                Bidirectional.Of(seed => new LstmLayer<float>(64, 50, seed, new LstmOptions { CellZoneout = 0.3 }), seed: 5),
                new DenseLayer<float>(100, 20, seed: 6)), batch: 24, steps: 15, ragged: true);
        }
    }

    [Fact]
    public void Training_gives_the_same_bits_for_any_number_of_threads()
    {
        double[][] losses = [.. ((int[])[1, 2, 3, 8]).Select(threads =>
        {
            Compute.MaxDegreeOfParallelism = threads;
            var model = new LayerStack<float>(new LstmLayer<float>(20, 90, seed: 1), new DenseLayer<float>(90, 20, seed: 2));
            var adam = new Adam<float>(1e-2);
            Sequence<float> x = Make.Tokens<float>(20, 32, 40, new Random(1)), dy = new(20, 32, 40);
            ForwardPass<float>? pass = null;
            Gradients<float>? gradients = null;
            return (double[])[.. Enumerable.Range(0, 5).Select(_ =>
            {
                pass = model.Forward(x, reuse: pass);
                LossValue loss = SoftmaxCrossEntropy.Compute(pass.Output, x, dy);
                gradients = model.Backward(pass, dy, reuse: gradients);
                GradientClipping.ByNorm(gradients, 1);
                adam.Step(model.Parameters, gradients);
                return loss.Sum;
            })];
        })];
        losses[0][^1].Should().BeLessThan(losses[0][0]);
        foreach (double[] other in losses[1..]) other.Should().Equal(losses[0]);
    }

    [Fact]
    public void Losses_updates_and_packing_of_large_models_give_the_same_bits_for_any_number_of_threads()
    {
        // Large enough for a team in each: 140,000 scores, 250,000 weights.
        var dense = new DenseLayer<float>(125, 2_000, seed: 1);
        Sequence<float> scores = Make.Sequence<float>(2_000, 10, 7, new Random(1)), targets = Make.Tokens<float>(2_000, 10, 7, new Random(2)), x = Make.Sequence<float>(125, 10, 7, new Random(3));
        Gradients<float> gradients = dense.Backward(dense.Forward(x), scores);
        List<float[]> alone = Results(1, expectsHelp: false);
        foreach (int threads in (int[])[2, 3, 8])
        {
            foreach ((float[] actual, float[] expected) in Results(threads, expectsHelp: true).Zip(alone)) Bits.ShouldBeSame<float>(actual, expected, $"{threads} threads");
        }

        List<float[]> Results(int threads, bool expectsHelp)
        {
            Compute.MaxDegreeOfParallelism = threads;
            var results = new List<float[]>();
            Sequence<float> gradient = new(2_000, 10, 7), again = new(2_000, 10, 7);
            double loss = 0;
            Measure(() => loss = SoftmaxCrossEntropy.Compute(scores, targets, gradient).Sum);
            ulong bits = BitConverter.DoubleToUInt64Bits(loss);
            results.Add([BitConverter.UInt32BitsToSingle((uint)bits), BitConverter.UInt32BitsToSingle((uint)(bits >> 32))]);
            SoftmaxCrossEntropy.Compute(scores, targets, again).Sum.Should().Be(SoftmaxCrossEntropy.Compute(scores, targets).Sum);
            results.Add(gradient.Values.ToArray());
            var layer = new DenseLayer<float>(125, 2_000, seed: 1);
            var adam = new Adam<float>(amsGrad: true);
            Measure(() => adam.Step(layer.Weights, gradients.Values(0)));
            results.Add(layer.Weights.Values.ToArray());
            ForwardPass<float>? pass = null;
            Measure(() => pass = layer.Forward(x));
            results.Add(pass!.Output.Values.ToArray());
            results.Add(layer.Backward(pass, gradient).Input!.Values.ToArray());
            return results;

            void Measure(Action action)
            {
                long helped = Team.Helped;
                action();
                if (expectsHelp) (Team.Helped - helped).Should().BeGreaterThan(0);
            }
        }
    }

    [Fact]
    public void The_loss_of_many_classes_is_that_of_each_position()
    {
        // Blocks of 32 positions, of which the last is not full.
        var random = new Random(1);
        Sequence<double> scores = Make.Sequence<double>(2_000, 10, 7, random), gradient = new(2_000, 10, 7);
        int[] targets = [.. Enumerable.Range(0, 70).Select(_ => random.Next(2_000))];
        LossValue loss = SoftmaxCrossEntropy.Compute(scores, targets, gradient, reduction: LossReduction.Sum);
        double expected = 0;
        for (int column = 0; column < targets.Length; column++)
        {
            double[] z = scores.Values.Slice(column * 2_000, 2_000).ToArray();
            double sum = z.Sum(Math.Exp);
            expected += Math.Log(sum) - z[targets[column]];
            for (int i = 0; i < z.Length; i++) gradient.Values[column * 2_000 + i].Should().BeApproximately(Math.Exp(z[i]) / sum - (i == targets[column] ? 1 : 0), 1e-15);
        }

        loss.Sum.Should().BeApproximately(expected, 1e-11);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Warm_calls_of_a_team_allocate_nothing_on_any_thread(RecurrentKind kind)
    {
        Compute.MaxDegreeOfParallelism = 2;
        var random = new Random(1);
        var model = new LayerStack<float>(Make.Layer<float>(kind, 40, 100), new DenseLayer<float>(100, 60, seed: 2));
        Sequence<float> x = Make.Sequence<float>(40, 32, 10, random), dy = Make.Sequence<float>(60, 32, 10, random), y = new(60, 32, 10);
        State<float> state = model.CreateState(32);
        var step = new float[60 * 32];
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        var adam = new Adam<float>();
        long helped = Team.Helped;
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 50 && least > 0; attempt++)
        {
            // Of the whole process, helpers included; whatever else may run in it now and then allocates by chance.
            long before = GC.GetTotalAllocatedBytes(precise: true);
            pass = model.Forward(x, reuse: pass);
            gradients = model.Backward(pass, dy, reuse: gradients);
            adam.Step(model.Parameters, gradients);
            model.Predict(x, state, y);
            model.Step(x.Step(0), state, step);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        least.Should().Be(0);
        (Team.Helped - helped).Should().BeGreaterThan(10);
    }

    [Fact]
    public void A_team_smaller_than_requested_gives_the_same_bits()
    {
        // Two of eight threads are at work, so that six at most are left for what would be divided among eight.
        var layer = new LstmLayer<float>(128, 128, seed: 1);
        Sequence<float> x = Make.Sequence<float>(128, 1, 80, new Random(1));
        Compute.MaxDegreeOfParallelism = 1;
        ForwardPass<float> expected = layer.Forward(x);
        Gradients<float> expectedGradients = layer.Backward(expected, expected.Output);
        for (int threads = 3; threads <= 9; threads++)
        {
            Compute.MaxDegreeOfParallelism = threads;
            var work = new NestedWork(layer, x, new ForwardPass<float>[1], new Gradients<float>[1]);
            Team.Run(ref work, 2, 1e9);
            Bits.ShouldBeSame<float>(work.Pass[0].Output.Values, expected.Output.Values, "output");
            Bits.ShouldBeSame(work.Gradients[0], expectedGradients);
        }
    }

    private static void ShouldNotDependOnThreads<T>(ILayer<T> layer, int batch, int steps, bool ragged, bool divides = true)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Compute.MaxDegreeOfParallelism = 1;
        List<(string Name, T[] Values)> alone = Results(layer, batch, steps, ragged);
        foreach (int threads in (int[])[2, 3, 8])
        {
            Compute.MaxDegreeOfParallelism = threads;
            long helped = Team.Helped;
            foreach (((string name, T[] expected), (_, T[] actual)) in alone.Zip(Results(layer, batch, steps, ragged))) Bits.ShouldBeSame<T>(actual, expected, $"{name} with {threads} threads");
            if (divides) (Team.Helped - helped).Should().BeGreaterThan(0, "the work must be worth {0} threads for the test to mean anything", threads);
        }
    }

    private static List<(string Name, T[] Values)> Results<T>(ILayer<T> layer, int batch, int steps, bool ragged)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(1);
        Sequence<T> x = Make.Sequence<T>(layer.InputSize, batch, steps, random), tokens = Make.Tokens<T>(layer.InputSize, batch, steps, random), dy = Make.Sequence<T>(layer.OutputSize, batch, steps, random);
        if (ragged)
        {
            int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(steps + 1))];
            x.SetLengths(lengths);
            tokens.SetLengths(lengths);
        }

        State<T> initial = Make.State(layer, batch, random), final = Make.State(layer, batch, random);
        var results = new List<(string, T[])>();
        foreach ((string name, Sequence<T> input) in ((string, Sequence<T>)[])[("features", x), ("tokens", tokens)])
        {
            ForwardPass<T> pass = layer.Forward(input, initial, layer.PassOfDraw(0));
            Gradients<T> gradients = layer.Backward(pass, dy, final);
            layer.Backward(pass, dy, final, accumulate: true, reuse: gradients);
            State<T> state = initial.Clone();
            Add(name + ": output", pass.Output.Values);
            Add(name + ": prediction", layer.Predict(input, state).Values);
            for (int i = 0; i < state.Leaves.Count; i++)
            {
                Add(name + ": final state", pass.FinalState.Leaves[i].Values);
                Add(name + ": predicted state", state.Leaves[i].Values);
                Add(name + ": initial state's gradient", gradients.InitialState.Leaves[i].Values);
            }

            for (int p = 0; p < layer.Parameters.Count; p++) Add($"{name}: gradient of {layer.ParameterNames[p]}", gradients.Values(p));
            if (gradients.Input is not null) Add(name + ": input's gradient", gradients.Input.Values);
            var step = new T[layer.OutputSize * batch];
            for (int t = 0; t < 3 && layer.IsStreaming; t++)
            {
                if (input.IsTokens) layer.Step(input.Tokens.Slice(t * batch, batch), state, step);
                else layer.Step(input.Step(t), state, step);
                Add(name + ": step", step);
            }
        }

        return results;

        void Add(string name, ReadOnlySpan<T> values) => results.Add((name, values.ToArray()));
    }

    private readonly struct NestedWork(LstmLayer<float> layer, Sequence<float> x, ForwardPass<float>[] pass, Gradients<float>[] gradients) : ITeamWork
    {
        public ForwardPass<float>[] Pass => pass;

        public Gradients<float>[] Gradients => gradients;

        public void Run(TeamMember me)
        {
            if (me.Rank == 0)
            {
                pass[0] = layer.Forward(x);
                gradients[0] = layer.Backward(pass[0], pass[0].Output);
            }

            me.WaitForAll();
        }
    }
}
