using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Numerics;
using Xunit;
using CallShape = RnnSharp.Tests.Catalogue.CallShape;

namespace RnnSharp.Tests.Recurrent;

/// <summary>Activation recomputation: the bits of a plain pass, in less memory.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class CheckpointTests : IDisposable
{
    // Four blocks of up to 41 steps, not all of the same length, or two of a ragged batch.
    private const int Batch = 20;
    private const int Steps = 161;

    private readonly ThreadSettings _settings = new();

    public static TheoryData<string> Names => [.. LayerCatalogue<float>.Rows.Where(row => row.Create(3, 4) is RecurrentLayer<float> { Options.CheckpointSteps: null }).Select(row => row.Name)];

    public void Dispose() => _settings.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_equal_those_of_a_plain_pass_bit_for_bit(string name)
    {
        Check(LayerCatalogue<float>.Row(name), ragged: false, tokens: false, checkpointSteps: 1);
        Check(LayerCatalogue<float>.Row(name), ragged: true, tokens: true, checkpointSteps: 0);
        Check(LayerCatalogue<double>.Row(name), ragged: true, tokens: false, checkpointSteps: 1);
        Check(LayerCatalogue<double>.Row(name), ragged: false, tokens: true, checkpointSteps: 41);

        static void Check<T>(LayerRow<T> row, bool ragged, bool tokens, int checkpointSteps)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var plain = (RecurrentLayer<T>)row.Create(5, 9);
            RecurrentLayer<T> layer = WithCheckpoints(plain, checkpointSteps);
            var call = new LayerCase<T>(row, plain, new CallShape(Batch, Steps, tokens, ragged));
            LayerCase<T> other = call.On(layer);
            ForwardPass<T> expected = call.Forward();
            Gradients<T> expectedGradients = call.Backward(expected);
            ForwardPass<T>? pass = null;
            Gradients<T>? gradients = null;
            foreach (int threads in (int[])[1, 3])
            {
                Compute.MaxDegreeOfParallelism = threads;
                pass = other.Forward(pass);
                gradients = other.Backward(pass, reuse: gradients);
                Bits.ShouldBeSame<T>(pass.Output.Values, expected.Output.Values, "output");
                Bits.ShouldBeSame(pass.FinalState, expected.FinalState, "final state");
                Bits.ShouldBeSame(gradients, expectedGradients);
            }

            bool keepsOutputAlone = plain is RnnLayer<T> { Options.IsPlain: true, Activation.Kind: ActivationKind.Tanh or ActivationKind.Relu };
            ((RecurrentPass<T>)pass!).Segments.Count.Should().BeInRange(keepsOutputAlone ? 1 : 2, keepsOutputAlone ? 1 : 4);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public void Passes_can_be_reused_for_other_shapes(int checkpointSteps)
    {
        LayerRow<float> row = LayerCatalogue<float>.Row("lstm, all options");
        var plain = (RecurrentLayer<float>)row.Create(5, 9);
        RecurrentLayer<float> layer = WithCheckpoints(plain, checkpointSteps);
        ForwardPass<float> pass = layer.CreatePass();
        Gradients<float> gradients = layer.CreateGradients();
        foreach (CallShape shape in (CallShape[])[new(Batch, 300), new(Batch, 3), new(3, 700, Ragged: true), new(Batch, Steps, Ragged: true), new(Batch, 1), new(Batch, 200), new(Batch, 163)])
        {
            var call = new LayerCase<float>(row, plain, shape);
            LayerCase<float> other = call.On(layer);
            ForwardPass<float> expected = call.Forward();
            Bits.ShouldBeSame<float>(other.Forward(pass).Output.Values, expected.Output.Values, $"output of {shape}");
            gradients = other.Backward(pass, reuse: gradients);
            Bits.ShouldBeSame(gradients, call.Backward(expected));
        }
    }

    [Theory]
    [InlineData("lstm", false)]
    [InlineData("lstm, all options", true)]
    [InlineData("gru, reset before, all options", false)]
    public void Warm_calls_allocate_nothing(string name, bool ragged)
    {
        LayerRow<float> row = LayerCatalogue<float>.Row(name);
        RecurrentLayer<float> layer = WithCheckpoints((RecurrentLayer<float>)row.Create(5, 9), 0);
        var call = new LayerCase<float>(row, layer, new CallShape(Batch, Steps, Ragged: ragged));
        ForwardPass<float> pass = call.Forward();
        Gradients<float> gradients = call.Backward(pass);
        Warm.Allocated(() => call.Forward(pass)).Should().Be(0);
        Warm.Allocated(() => call.Backward(pass, reuse: gradients)).Should().Be(0);
    }

    [Fact]
    public void The_tape_grows_with_the_root_of_the_steps()
    {
        // 100,000 steps of a plain pass take 1 GB.
        int steps = VectorFunctions.Exhaustive ? 100_000 : 10_000;
        double limit = (64 << 20) * Math.Sqrt(steps / 100_000.0);
        var plain = new LstmLayer<float>(16, 64, seed: 1);
        var layer = new LstmLayer<float>(16, 64, seed: 1, new LstmOptions { CheckpointSteps = 0 });
        Sequence<float> x = Make.Sequence<float>(16, 8, steps, new Random(1)), dy = Make.Sequence<float>(64, 8, steps, new Random(2));
        ForwardPass<float> expected = plain.Forward(x), pass = layer.Forward(x);
        Gradients<float> gradients = layer.Backward(pass, dy);
        Bits.ShouldBeSame<float>(pass.Output.Values, expected.Output.Values, "output");
        Bits.ShouldBeSame(gradients, plain.Backward(expected, dy));

        var tape = (RecurrentPass<float>)pass;
        var scratch = (RecurrentBackwardScratch<float>)gradients.Scratch!;
        long bytes = sizeof(float) * (tape.Tape.Length + tape.SegmentTape.Length + scratch.SegmentTape.Length + scratch.Memory.Length);
        bytes.Should().BeLessThan((long)limit);
        ((double)((RecurrentPass<float>)expected).Tape.Length * sizeof(float)).Should().BeGreaterThan(4 * limit);
        long reported = layer.Summary(8, steps).Rows[0].TapeBytes - sizeof(float) * (steps + 2L) * 64 * 8;
        reported.Should().BeInRange(sizeof(float) * (tape.Tape.Length + tape.SegmentTape.Length) * 9 / 10, sizeof(float) * (tape.Tape.Length + tape.SegmentTape.Length));
    }

    [Fact]
    public void A_pass_with_checkpoints_has_no_gates()
    {
        var layer = new LstmLayer<float>(2, 3, seed: 1, new LstmOptions { CheckpointSteps = 1 });
        layer.GateNames.Should().BeEmpty();
        Action get = () => layer.GetGate(layer.Forward(new Sequence<float>(2, 1, 2)), "input_gate");
        get.Should().Throw<ArgumentException>().WithParameterName("name");
    }

    private static RecurrentLayer<T> WithCheckpoints<T>(RecurrentLayer<T> layer, int steps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = layer.InputSize, units = layer.HiddenSize, seed = layer.MaskSeed ?? 1;
        RecurrentLayer<T> twin = layer switch
        {
            LstmLayer<T> lstm => new LstmLayer<T>(inputs, units, seed, lstm.Options with { CheckpointSteps = steps }),
            GruLayer<T> gru => new GruLayer<T>(inputs, units, seed, gru.Options with { CheckpointSteps = steps }),
            RnnLayer<T> rnn => new RnnLayer<T>(inputs, units, seed, rnn.Activation, rnn.Options with { CheckpointSteps = steps }),
            IndRnnLayer<T> rnn => new IndRnnLayer<T>(inputs, units, seed, rnn.Activation, rnn.Options with { CheckpointSteps = steps }),
            CustomRecurrentLayer<T, UpdateGateUnit> custom => new CustomRecurrentLayer<T, UpdateGateUnit>(inputs, units, seed, custom.Options with { CheckpointSteps = steps }),
            _ => throw new ArgumentException("an unknown kind", nameof(layer)),
        };
        for (int p = 0; p < layer.Parameters.Count; p++) twin.Parameters[p].Set(layer.Parameters[p].Values);
        return twin;
    }
}
