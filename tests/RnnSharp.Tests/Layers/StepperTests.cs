using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Fuzz;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Many single steps on one state.</summary>
public sealed class StepperTests
{
    public static TheoryData<string> StreamingKinds => [.. Models.Kinds.Where(kind => Models.Make<float>(kind).IsStreaming)];

    [Theory]
    [MemberData(nameof(StreamingKinds))]
    public void A_stepper_gives_the_bits_of_Step_for_every_layer_that_streams(string kind)
    {
        Compare<float>(kind, batch: 1);
        Compare<float>(kind, batch: 3);
        Compare<double>(kind, batch: 2);
    }

    [Fact]
    public void A_stepper_gives_the_bits_of_Step_where_a_step_is_shared_among_threads()
    {
        var stack = new LayerStack<float>(new LstmLayer<float>(64, 300, seed: 1), new DenseLayer<float>(300, 200, seed: 2));
        Compare(stack, batch: 16);
    }

    [Fact]
    public void A_stepper_steps_any_user_defined_layer()
    {
        var inner = new GruLayer<float>(3, 4, seed: 1);
        Compare<float>(new Wrapped(inner), batch: 2);
        Compare<float>(new LayerStack<float>(new Wrapped(inner), new DenseLayer<float>(4, 2, seed: 1)), batch: 2);
        Compare<float>(new LayerStack<float>(new CustomRecurrentLayer<float, FuzzTypes.CountingUnit>(3, 5, seed: 1)), batch: 2);
    }

    [Fact]
    public void Steps_use_the_parameters_as_they_are()
    {
        var stack = new LayerStack<float>(new LstmLayer<float>(3, 5, seed: 1), new LayerNormalizationLayer<float>(5), new DenseLayer<float>(5, 2, seed: 2));
        Stepper<float> stepper = stack.CreateStepper();
        State<float> state = stack.CreateState(1);
        var x = new float[] { 1, -2, 0.5f };
        var y = new float[2];
        for (int change = 0; change < 5; change++)
        {
            foreach (Parameter<float> parameter in stack.Parameters) parameter.Update(0, static (values, _) => values.Reverse());
            stack.Step(x, state, y);
            stepper.Step(x).ToArray().Should().Equal(y);
        }
    }

    [Fact]
    public void The_output_may_be_the_next_input()
    {
        var layer = new LayerStack<double>(new LstmLayer<double>(4, 4, seed: 1));
        Stepper<double> stepper = layer.CreateStepper(batch: 2);
        State<double> state = layer.CreateState(2);
        var x = new double[8];
        var y = new double[8];
        stepper.State["0.h"].Values.Fill(0.25);
        state["0.h"].Values.Fill(0.25);
        for (int t = 0; t < 5; t++)
        {
            layer.Step(x, state, y);
            y.CopyTo(x, 0);
            stepper.Step(stepper.Output).ToArray().Should().Equal(y);
        }

        state["0.c"].Values.CopyTo(x);
        layer.Step(x, state, y);
        stepper.Step(stepper.State["0.c"].Values).ToArray().Should().Equal(y, "an input that lies in the state is read before it is written");
    }

    [Fact]
    public void A_stepper_goes_on_from_its_state_and_starts_again_when_reset()
    {
        var layer = new GruLayer<float>(3, 4, seed: 1);
        State<float> state = layer.CreateState(1);
        var stepper = new Stepper<float>(layer, state);
        float[] x = [1, 2, 3];
        float[] first = stepper.Step(x).ToArray();
        stepper.State.Should().BeSameAs(state);
        stepper.Layer.Should().BeSameAs(layer);
        state["h"].Values.ToArray().Should().Equal(first);
        float[] second = stepper.Step(x).ToArray();
        second.Should().NotEqual(first);
        stepper.Steps.Should().Be(2);
        stepper.ToString().Should().Be($"{layer} at step 2, batch 1");

        stepper.Reset();
        stepper.Steps.Should().Be(0);
        stepper.Output.ToArray().Should().OnlyContain(value => value == 0);
        state["h"].Values.ToArray().Should().OnlyContain(value => value == 0);
        stepper.Step(x).ToArray().Should().Equal(first);

        State<float> saved = state.Clone();
        stepper.Step(x);
        state.CopyFrom(saved);
        stepper.Step(x).ToArray().Should().Equal(second, "the state may be written between steps");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Steppers_on_many_threads_share_a_layer(int batch)
    {
        var stack = new LayerStack<float>(new LstmLayer<float>(3, 33, seed: 1), new DenseLayer<float>(33, 2, seed: 2));
        float[][] outputs = new float[8][];
        Parallel.For(0, outputs.Length, i =>
        {
            Stepper<float> stepper = stack.CreateStepper(batch);
            float[] x = [.. Enumerable.Range(0, 3 * batch).Select(k => (float)Math.Sin(k))];
            for (int t = 0; t < 200; t++) outputs[i] = stepper.Step(x).ToArray();
        });
        foreach (float[] output in outputs) output.Should().Equal(outputs[0]);
    }

    [Fact]
    public void A_stepper_whose_state_is_resized_refuses_to_step()
    {
        var stack = new LayerStack<float>(new LstmLayer<float>(3, 4, seed: 1), new GruLayer<float>(4, 2, seed: 2));
        Stepper<float> stepper = stack.CreateStepper(batch: 2);
        float[] output = stepper.Step(new float[] { 1, 2, 3, 4, 5, 6 }).ToArray();
        stepper.State.Resize(3);
        stepper.Invoking(s => s.Step(new float[6])).Should().Throw<InvalidOperationException>().WithMessage("*a batch of 2*0.h 4 x 3*");
        stepper.State.Resize(2);
        stepper.State.Parts[1].Resize(1);
        stepper.Invoking(s => s.Step(new float[6])).Should().Throw<InvalidOperationException>().WithMessage("*a batch of 2*1.h 2 x 1*");
        stepper.Output.ToArray().Should().Equal(output);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_input_that_is_not_finite_is_refused_where_steps_are_checked(double value)
    {
        var layer = new LstmLayer<double>(3, 4, seed: 1);
        Stepper<double> stepper = layer.CreateStepper(batch: 2, checkFinite: true);
        stepper.Step(new double[6]);
        State<double> before = stepper.State.Clone();
        double[] output = stepper.Output.ToArray();
        stepper.Invoking(s => s.Step(new[] { 0, 0, 0, 0, 0, value })).Should().Throw<ArgumentException>()
            .WithMessage($"Expected finite features at step 1, got {value} in feature 2 of example 1.*").WithParameterName("input");
        ShouldEqual(stepper.State, before);
        stepper.Output.ToArray().Should().Equal(output);
        stepper.Steps.Should().Be(1);

        layer.CreateStepper(batch: 2).Step(new[] { 0, 0, 0, 0, 0, double.NaN })[4..].ToArray().Should().OnlyContain(number => double.IsNaN(number), "steps are not checked unless asked for");
    }

    [Fact]
    public void A_step_whose_result_is_not_finite_leaves_the_state_as_it_was_where_steps_are_checked()
    {
        var stack = new LayerStack<float>(new RnnLayer<float>(2, 3, seed: 1, Activation.Relu), new DenseLayer<float>(3, 2, seed: 2));
        Stepper<float> stepper = stack.CreateStepper(batch: 2, checkFinite: true);
        stepper.ChecksFinite.Should().BeTrue();
        float[] x = [1, 1, 1, 1];
        stepper.Step(x);
        stepper.Step(x);
        State<float> before = stepper.State.Clone();
        var recurrent = (RnnLayer<float>)stack.Layers[0];
        recurrent.InputWeights.Update(0, static (values, _) => values.Fill(float.MaxValue));
        stepper.Invoking(s => s.Step(new float[] { 0, 0, 2, 2 })).Should().Throw<InvalidOperationException>()
            .WithMessage($"Expected finite results of step 2, got {float.PositiveInfinity} in unit 0 of 0.h of example 1. The state is unchanged.");
        ShouldEqual(stepper.State, before);
        stepper.Steps.Should().Be(2);

        recurrent.InputWeights.Update(0, static (values, _) => values.Fill(1));
        ((DenseLayer<float>)stack.Layers[1]).Bias.Update(0, static (values, _) => values[1] = float.NaN);
        stepper.Invoking(s => s.Step(x)).Should().Throw<InvalidOperationException>().WithMessage("Expected finite results of step 2*NaN in feature 1 of the output of example 0*");
        ShouldEqual(stepper.State, before);
        float[] output = stepper.Output.ToArray();
        output[1].Should().Be(float.NaN, "the output has the step's values");

        ((DenseLayer<float>)stack.Layers[1]).Bias.Update(0, static (values, _) => values.Clear());
        stepper.State["0.h"].Values[5] = float.NegativeInfinity;
        stepper.Invoking(s => s.Step(x)).Should().Throw<InvalidOperationException>().WithMessage("The state before step 2 is not finite: *in unit 2 of 0.h of example 1.");
        stepper.Output.ToArray().Should().Equal(output, "no step was run");
    }

    [Fact]
    public void Equations_that_throw_leave_the_state_as_it_was_where_steps_are_checked()
    {
        var stack = new LayerStack<float>(new GruLayer<float>(3, 4, seed: 1), new Wrapped(new DenseLayer<float>(4, 2, seed: 1)) { Throws = true });
        Stepper<float> stepper = stack.CreateStepper(checkFinite: true);
        stepper.State["0.h"].Values.Fill(0.5f);
        State<float> before = stepper.State.Clone();
        stepper.Invoking(s => s.Step(new float[3])).Should().Throw<NotSupportedException>();
        ShouldEqual(stepper.State, before);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        var features = new LayerStack<float>(new LstmLayer<float>(3, 8, seed: 1), new ResidualLayer<float>(new GruLayer<float>(8, 8, seed: 2, new GruOptions { LayerNormalization = true })), new LayerNormalizationLayer<float>(8), new DropoutLayer<float>(8, 0.5, seed: 3), new DenseLayer<float>(8, 2, seed: 4));
        var tokens = new LayerStack<float>(new EmbeddingLayer<float>(7, 4, seed: 1), new RnnLayer<float>(4, 7, seed: 2));
        float[] x = new float[6];
        int[] token = [1, 2];
        Warm.ShouldAllocateNothing(() =>
        {
            Stepper<float> plain = features.CreateStepper(2), check = features.CreateStepper(2, checkFinite: true), text = tokens.CreateStepper(2, checkFinite: true);
            return
            [
                ("a step", () => plain.Step(x)),
                ("a checked step", () => check.Step(x)),
                ("a step with tokens", () => text.Step(token)),
                ("a step after the parameters have changed", () =>
                {
                    features.Parameters[0].Update(0, static (values, _) => values[0] += 1);
                    plain.Step(x);
                }
                ),
                ("a reset", plain.Reset),
            ];
        });
    }

    private static void Compare<T>(string kind, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Compare(Models.Make<T>(kind), batch);

    private static void Compare<T>(ILayer<T> layer, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(1);
        var y = new T[layer.OutputSize * batch];
        foreach (bool tokens in new[] { false, true })
        {
            if (!Takes(layer, tokens)) continue;
            State<T> state = layer.CreateState(batch);
            Stepper<T> stepper = layer.CreateStepper(batch);
            stepper.Output.ContainsAnyExcept(T.Zero).Should().BeFalse();
            for (int t = 0; t < 6; t++)
            {
                T[] x = [.. Enumerable.Range(0, layer.InputSize * batch).Select(_ => T.CreateChecked(2 * random.NextDouble() - 1))];
                int[] numbers = [.. Enumerable.Range(0, batch).Select(_ => random.Next(5) == 0 ? Sequence<T>.ZeroToken : random.Next(layer.InputSize))];
                StepInput<T> input = tokens ? numbers : x;
                layer.Step(input, state, y);
                stepper.Step(input).SequenceEqual(y).Should().BeTrue($"step {t}, batch {batch}");
                stepper.Output.SequenceEqual(y).Should().BeTrue();
                ShouldEqual(stepper.State, state);
            }

            stepper.Steps.Should().Be(6);
        }
    }

    private static bool Takes<T>(ILayer<T> layer, bool tokens)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> input = tokens ? Sequence<T>.ForTokens(layer.InputSize, 1, 1) : new Sequence<T>(layer.InputSize, 1, 1);
        try
        {
            layer.Predict(input);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void ShouldEqual<T>(State<T> actual, State<T> expected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < expected.Leaves.Count; i++) actual.Leaves[i].Values.SequenceEqual(expected.Leaves[i].Values).Should().BeTrue(expected.Names[i]);
    }

    /// <summary>A layer that implements the interface alone.</summary>
    private sealed class Wrapped(ILayer<float> inner) : DelegatingLayer<float>(inner), ILayer<float>
    {
        public bool Throws { get; init; }

        public bool IsStreaming => true;

        public void Step(StepInput<float> input, State<float> state, Span<float> output)
        {
            if (Throws) throw new NotSupportedException();
            Inner.Step(input, state, output);
        }
    }
}
