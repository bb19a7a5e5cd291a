using System.Numerics;
using FluentAssertions;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Fuzz;
using RnnSharp.Tests.Layers;
using Xunit;

namespace RnnSharp.Tests.Recurrent;

/// <summary>The bound step of a single example, whose vectors may be narrower than those of the layer.</summary>
public sealed class BoundFusedStepTests
{
    public static TheoryData<string> Cells => ["lstm", "gru", "rnn", "counting", "no bias", "1 of 1", "2 of 1", "2 of 2", "3 of 2", "3 of 3"];

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_bound_step_gives_the_bits_of_Step_and_Predict_at_every_size(string cell)
    {
        int[] sizes = [.. Enumerable.Range(1, 20), 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 128];
        foreach (int hidden in sizes)
        {
            Compare(Layer<float>(cell, 1 + hidden % 5, hidden));
            Compare(Layer<double>(cell, 1 + hidden % 3, hidden));
        }

        Compare(Layer<float>(cell, 64, 128));
        Compare(Layer<double>(cell, 33, 64));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_bound_step_of_a_token_gives_the_bits_of_Step(string cell)
    {
        foreach (int hidden in (int[])[3, 8, 16, 17, 64])
        {
            RecurrentLayer<float> layer = Layer<float>(cell, 7, hidden);
            Stepper<float> stepper = layer.CreateStepper();
            State<float> state = layer.CreateState(1);
            var y = new float[hidden];
            for (int t = 0; t < 14; t++)
            {
                int[] token = [t * 5 % 7];
                layer.Step(token, state, y);
                stepper.Step(token).ToArray().Should().Equal(y);
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    public void A_state_may_be_written_and_resized_between_bound_steps(int hidden)
    {
        var layer = new LstmLayer<float>(2, hidden, seed: 1);
        Stepper<float> stepper = layer.CreateStepper();
        State<float> state = layer.CreateState(1);
        var y = new float[hidden];
        float[] x = [0.5f, -1];
        for (int t = 0; t < 6; t++)
        {
            layer.Step(x, state, y);
            stepper.Step(x).ToArray().Should().Equal(y);
            if (t == 3)
            {
                // The state gets other memory.
                stepper.State.Resize(50);
                stepper.State.Resize(1);
                stepper.State.CopyFrom(state);
            }

            stepper.State["h"].Values[t % hidden] = state["h"].Values[t % hidden] = 0.25f;
            stepper.State["c"].Values[t % hidden] = state["c"].Values[t % hidden] = -0.75f;
        }
    }

    [Fact]
    public void Memory_past_a_state_and_an_output_is_not_written()
    {
        var layer = new GruLayer<float>(2, 5, seed: 1);
        BoundStep<float> step = BoundStep<float>.Of(layer, layer.CreateState(1), 1);
        var output = new float[9];
        output.AsSpan().Fill(7);
        step.Run(new float[2], output.AsSpan(0, 5));
        output[5..].Should().OnlyContain(value => value == 7);
        step.Invoking(s => s.Run(new float[2], new float[4])).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    [InlineData(64)]
    public void The_input_may_be_the_output_or_the_state(int hidden)
    {
        var layer = new LstmLayer<float>(hidden, hidden, seed: 1);
        foreach (string? leaf in (string?[])[null, "h", "c"])
        {
            Stepper<float> stepper = layer.CreateStepper();
            State<float> state = layer.CreateState(1);
            float[] first = Make.Sequence<float>(hidden, 1, 1, new Random(1)).Values.ToArray();
            first.CopyTo(stepper.State["c"].Values);
            state.CopyFrom(stepper.State);
            var y = new float[hidden];
            stepper.Step(first);
            layer.Step(first, state, y);
            for (int t = 0; t < 5; t++)
            {
                ReadOnlySpan<float> x = leaf is null ? stepper.Output : stepper.State[leaf].Values;
                layer.Step(x.ToArray(), state, y);
                Bits.ShouldBeSame<float>(stepper.Step(x), y, $"step {t} with {leaf ?? "the output"} as input");
                Bits.ShouldBeSame(stepper.State, state, "state");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Bound_steps_allocate_nothing(string cell)
    {
        float[] x = [0.5f];
        Warm.ShouldAllocateNothing(() => [.. ((int[])[8, 20, 128]).Select(hidden =>
        {
            Stepper<float> stepper = Layer<float>(cell, 1, hidden).CreateStepper();
            return ($"{hidden} units", (Action)(() => stepper.Step(x)));
        })]);
    }

    private static void Compare<T>(RecurrentLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Steps = 6;
        Sequence<T> input = Make.Sequence<T>(layer.InputSize, 1, Steps, new Random(3));
        Sequence<T> predicted = layer.Predict(input);
        Stepper<T> stepper = layer.CreateStepper();
        State<T> state = layer.CreateState(1);
        var y = new T[layer.OutputSize];
        for (int t = 0; t < Steps; t++)
        {
            layer.Step(input.Step(t), state, y);
            ReadOnlySpan<T> bound = stepper.Step(input.Step(t));
            Bits.ShouldBeSame<T>(bound, y, $"{layer}, step {t}");
            Bits.ShouldBeSame<T>(bound, predicted.Step(t), $"{layer}, step {t} of Predict");
        }

        Bits.ShouldBeSame(stepper.State, state, $"{layer}");
    }

    private static RecurrentLayer<T> Layer<T>(string cell, int inputs, int hidden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => cell switch
        {
            "lstm" => new LstmLayer<T>(inputs, hidden, seed: 1),
            "gru" => new GruLayer<T>(inputs, hidden, seed: 1),
            "rnn" => new RnnLayer<T>(inputs, hidden, seed: 1),
            "counting" => new CustomRecurrentLayer<T, FuzzTypes.CountingUnit>(inputs, hidden, seed: 1),
            "no bias" => new LstmLayer<T>(inputs, hidden, seed: 1, new LstmOptions { Bias = RecurrentBias.None }),
            _ => CustomLayerTests.Create<T>(cell, inputs, hidden, seed: 1),
        };
}
