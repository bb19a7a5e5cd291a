using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Extensions.Tests;

/// <summary>Layers that know nothing but the library's public members have what the library's own layers have.</summary>
public sealed class UserDefinedLayerTests
{
    public static TheoryData<string> Names => [.. UserDefinedLayers.Names];

    public static TheoryData<string> Streaming => [.. UserDefinedLayers.Streaming];

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_agrees_with_central_differences(string name)
    {
        ILayer<double> layer = UserDefinedLayers.Make<double>(name);
        Sequence<double> x = UserDefinedLayers.Input<double>(name, seed: 2);
        State<double> initial = UserDefinedLayers.InitialState(layer, x.Batch, seed: 3);
        GradientCheckResult result = GradientCheck.Run(layer, x, Loss, initial);
        result.RelativeError.Should().BeLessThan(1e-6, result.ToString());

        // Weighted sums of the output and of the final state.
        double Loss(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient)
        {
            UserDefinedLayers.Fill(outputGradient.Values, seed: 4);
            double sum = Dot(pass.Output.Values, outputGradient.Values);
            for (int i = 0; i < finalStateGradient.Leaves.Count; i++)
            {
                UserDefinedLayers.Fill(finalStateGradient.Leaves[i].Values, seed: 5 + i);
                sum += Dot(pass.FinalState.Leaves[i].Values, finalStateGradient.Leaves[i].Values);
            }

            return sum;
        }

        static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
        {
            double sum = 0;
            for (int i = 0; i < left.Length; i++) sum += left[i] * right[i];
            return sum;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Predict_gives_the_bits_of_Forward(string name)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ILayer<T> layer = UserDefinedLayers.Make<T>(name);
            Sequence<T> x = UserDefinedLayers.Input<T>(name, seed: 2);
            State<T> state = UserDefinedLayers.InitialState(layer, x.Batch, seed: 3);
            ForwardPass<T> pass = layer.Forward(x, state);
            layer.Predict(x, state).Values.ToArray().Should().Equal(pass.Output.Values.ToArray());
            Values(state).Should().Equal(Values(pass.FinalState));
            layer.Forward(x, layer.CreateState(x.Batch), pass).Output.Values.ToArray().Should().Equal(layer.Predict(x).Values.ToArray(), "a pass can be used again");
        }
    }

    [Theory]
    [MemberData(nameof(Streaming))]
    public void Steps_in_a_row_give_the_bits_of_Predict(string name)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ILayer<T> layer = UserDefinedLayers.Make<T>(name);
            layer.IsStreaming.Should().BeTrue();
            Sequence<T> x = UserDefinedLayers.Input<T>(name, seed: 2, batch: 2);
            State<T> state = UserDefinedLayers.InitialState(layer, x.Batch, seed: 3), stepped = state.Clone();
            var stepper = new Stepper<T>(layer, state.Clone());
            Sequence<T> y = layer.Predict(x, state);
            var output = new T[layer.OutputSize * x.Batch];
            for (int t = 0; t < x.Steps; t++)
            {
                layer.Step(x.Step(t), stepped, output);
                output.Should().Equal(y.Step(t).ToArray(), "step {0}", t);
                stepper.Step(x.Step(t)).ToArray().Should().Equal(output, "step {0} of a stepper", t);
            }

            Values(stepped).Should().Equal(Values(state));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_example_of_a_batch_gives_the_bits_that_it_gives_alone(string name)
    {
        ILayer<float> layer = UserDefinedLayers.Make<float>(name);
        Sequence<float> x = UserDefinedLayers.Input<float>(name, seed: 2);
        Sequence<float> y = layer.Predict(x);
        for (int j = 0; j < x.Batch; j++)
        {
            var alone = new Sequence<float>(x.Features, 1, x.LengthOf(j));
            for (int t = 0; t < alone.Steps; t++) x.Step(t).Slice(x.Features * j, x.Features).CopyTo(alone.Step(t));
            Sequence<float> expected = layer.Predict(alone);
            for (int t = 0; t < y.Steps; t++)
            {
                float[] actual = y.Step(t).Slice(y.Features * j, y.Features).ToArray();
                actual.Should().Equal(t < expected.Steps ? expected.Step(t).ToArray() : new float[y.Features], "example {0}, step {1}", j, t);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_leaves_frozen_parameters_out_and_adds_on_request(string name)
    {
        ILayer<double> layer = UserDefinedLayers.Make<double>(name);
        Sequence<double> x = UserDefinedLayers.Input<double>(name, seed: 2);
        ForwardPass<double> pass = layer.Forward(x);
        Sequence<double> dy = pass.Output.ConvertTo<double>();
        Gradients<double> once = layer.Backward(pass, dy);
        Gradients<double> twice = layer.Backward(pass, dy, accumulate: true, reuse: layer.Backward(pass, dy));
        for (int p = 0; p < once.Parameters.Count; p++) twice.Values(p).ToArray().Should().Equal(once.Values(p).ToArray(), (two, one) => Math.Abs(two - 2 * one) < 1e-12, once.Names[p]);

        foreach (Parameter<double> parameter in layer.Parameters) parameter.Frozen = true;
        Gradients<double> frozen = layer.Backward(pass, dy, inputGradient: false, reuse: once);
        frozen.Input.Should().BeNull();
        frozen.Norm().Should().Be(0);
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        ILayer<float> layer = UserDefinedLayers.Make<float>("in a stack");
        var x = new Sequence<float>(UserDefinedLayers.Size, 2, 5);
        UserDefinedLayers.Fill(x.Values, seed: 2);
        ForwardPass<float> pass = layer.Forward(x);
        Sequence<float> dy = pass.Output.ConvertTo<float>(), y = pass.Output.ConvertTo<float>();
        Gradients<float> gradients = layer.Backward(pass, dy);
        State<float> state = layer.CreateState(2);
        var output = new float[layer.OutputSize * 2];
        for (int i = 0; i < 3; i++) Call();

        // The least of several: a collection that another thread causes can count the rest of this thread's allocation block as allocated.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 10 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.Should().Be(0);

        void Call()
        {
            layer.Forward(x, reuse: pass);
            layer.Backward(pass, dy, reuse: gradients);
            layer.Predict(x, state, y);
            layer.Step(x.Step(0), state, output);
        }
    }

    [Fact]
    public void Summary_shows_the_layers_and_their_parts()
    {
        ILayer<float> layer = UserDefinedLayers.Make<float>("in a stack");
        ModelSummary summary = layer.Summary(batch: 2, steps: 5);
        summary.Total.Parameters.Should().Be(layer.Parameters.Sum(parameter => (long)parameter.Count));
        string text = summary.ToString();
        text.Should().ContainAll("CausalConvolutionLayer", "HighwayLayer", "CustomRecurrentLayer (JanetEquations)", "transform", "gate");
        layer.ParameterNames.Should().Contain(["0.weight", "1.transform.0.weight", "1.transform.1.weight_hh", "1.gate.gate.transform.bias", "3.0.weight_ih"]);
        layer.CreateState(1).Names.Should().Contain(["0.x", "1.transform.0.x", "1.transform.1.h", "1.gate.transform.x"]);
    }

    [Fact]
    public void Training_lowers_the_loss()
    {
        // The output follows the input of three steps ago, which the convolutions of width 3 and the cell remember together.
        ILayer<float> layer = UserDefinedLayers.Make<float>("in a residual layer");
        var x = new Sequence<float>(UserDefinedLayers.Size, 4, 12);
        var target = new Sequence<float>(UserDefinedLayers.Size, 4, 12);
        UserDefinedLayers.Fill(x.Values, seed: 2);
        for (int t = 3; t < x.Steps; t++) x.Step(t - 3).CopyTo(target.Step(t));
        var optimizer = new Adam<float>(0.01);
        var gradient = new Sequence<float>(UserDefinedLayers.Size, 4, 12);
        double first = 0, last = 0;
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        for (int i = 0; i < 300; i++)
        {
            pass = layer.Forward(x, reuse: pass);
            last = MeanSquaredError.Compute(pass.Output, target, gradient).Value;
            if (i == 0) first = last;
            gradients = layer.Backward(pass, gradient, reuse: gradients);
            optimizer.Step(layer.Parameters, gradients);
        }

        last.Should().BeLessThan(first / 2);
    }

    [Fact]
    public void Wrong_arguments_are_rejected_by_name()
    {
        ILayer<float> layer = UserDefinedLayers.Make<float>("all in one another");
        Rejects("input", () => layer.Forward(new Sequence<float>(UserDefinedLayers.Size + 1, 1, 1)));
        Rejects("input", () => layer.Predict(Sequence<float>.FromTokens([[0]], UserDefinedLayers.Size)));
        Rejects("state", () => layer.Predict(new Sequence<float>(UserDefinedLayers.Size, 2, 1), layer.CreateState(1)));
        Rejects("reuse", () => layer.Forward(new Sequence<float>(UserDefinedLayers.Size, 1, 1), reuse: UserDefinedLayers.Make<float>("layer").CreatePass()));
        Rejects("pass", () => layer.Backward(layer.CreatePass(), null));
        Rejects("output", () => layer.Step(new float[UserDefinedLayers.Size], layer.CreateState(1), new float[1]));
        Rejects("width", () => _ = new CausalConvolutionLayer<float>(1, 1));
        Rejects("gate", () => _ = new HighwayLayer<float>(new DenseLayer<float>(2, 2), new DenseLayer<float>(2, 3)));

        static void Rejects(string argument, Action call) => call.Should().Throw<ArgumentException>().WithParameterName(argument);
    }

    private static T[] Values<T>(State<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. state.Leaves.SelectMany(leaf => leaf.Values.ToArray())];
}
