using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>One step made of each example's own: against PyTorch, alone and between other layers.</summary>
public sealed class PoolingLayerTests
{
    public static TheoryData<Pooling> Kinds => [.. Enum.GetValues<Pooling>()];

    [Fact]
    public void Results_equal_PyTorch()
    {
        int seen = 0;
        foreach (JsonElement golden in GoldenCases.All("pooling"))
        {
            Check<double>(golden, 1e-12);
            Check<float>(golden, 1e-6);
            seen++;
        }

        seen.Should().Be(24);

        static void Check<T>(JsonElement golden, double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            int size = golden.Integer("size"), batch = golden.Integer("batch"), steps = golden.Integer("steps");
            var layer = new PoolingLayer<T>(size, Enum.Parse<Pooling>(golden.Text("kind"), ignoreCase: true));
            Sequence<T> x = golden.Sequence<T>("x", size, batch, steps), dy = golden.Sequence<T>("output_gradient", size, batch, 1);
            if (golden.Has("lengths"))
            {
                x.SetLengths(golden.Integers("lengths"));
                Padding.Spoil(x, x.Lengths);
            }

            ForwardPass<T> pass = layer.Forward(x);
            (pass.Output.Steps, pass.Output.IsRagged).Should().Be((1, false));
            GoldenCases.ShouldBeNear<T>(pass.Output.Values, golden.Values("output"), tolerance, "output");
            Bits.ShouldBeSame<T>(layer.Predict(x).Values, pass.Output.Values, "prediction");
            Sequence<T> dx = layer.Backward(pass, dy).Input!;
            GoldenCases.ShouldBeNear<T>(dx.Values, golden.Values("x_gradient"), tolerance, "gradient of the input");
            dx.IsRagged.Should().Be(x.IsRagged);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_example_without_steps_gives_zeros_and_gets_no_gradient(Pooling kind)
    {
        var layer = new PoolingLayer<double>(3, kind);
        Sequence<double> x = Make.Sequence<double>(3, 2, 4, new Random(1)), dy = Make.Sequence<double>(3, 2, 1, new Random(2)), y = Make.Sequence<double>(3, 2, 1, new Random(3));
        x.SetLengths([0, 2]);
        Padding.Spoil(x, x.Lengths);
        ForwardPass<double> pass = layer.Forward(x);
        pass.Output.Step(0)[..3].ToArray().Should().Equal(0, 0, 0);
        pass.Output.Step(0)[3..].ToArray().Should().NotContain(0);
        Bits.ShouldBeSame<double>(layer.Predict(x, reuse: y).Values, pass.Output.Values, "prediction into a sequence that was used");
        Sequence<double> dx = layer.Backward(pass, dy).Input!;
        for (int t = 0; t < 4; t++) dx.Step(t)[..3].ToArray().Should().Equal(0, 0, 0);
        dx.Values.ToArray().Count(value => value != 0).Should().Be(kind == Pooling.Mean ? 6 : 3);

        ForwardPass<double> none = layer.Forward(new Sequence<double>(3, 2, 0));
        none.Output.Values.ToArray().Should().Equal(0, 0, 0, 0, 0, 0);
        layer.Backward(none, dy).Input!.Steps.Should().Be(0);
    }

    [Fact]
    public void The_gradient_of_a_maximum_goes_to_the_first_step_that_has_it()
    {
        var layer = new PoolingLayer<float>(2, Pooling.Max);
        Sequence<float> x = Sequence<float>.FromBatchFirst(new float[,,] { { { 1, -2 }, { 3, -2 }, { 2, -5 }, { 3, -2 } } });
        var dy = new Sequence<float>(2, 1, 1);
        (dy[0, 0, 0], dy[1, 0, 0]) = (7, 9);
        ForwardPass<float> pass = layer.Forward(x);
        pass.Output.Values.ToArray().Should().Equal(3, -2);
        layer.Backward(pass, dy).Input!.Values.ToArray().Should().Equal(0, 9, 7, 0, 0, 0, 0, 0);

        // A pass that is reused forgets where its maxima were.
        x[0, 0, 0] = 4;
        layer.Backward(layer.Forward(x, reuse: pass), dy).Input!.Values.ToArray().Should().Equal(7, 9, 0, 0, 0, 0, 0, 0);
    }

    [Fact]
    public void NaN_counts_as_the_largest()
    {
        // As PyTorch's max(dim) has it: what went wrong must not vanish.
        var layer = new PoolingLayer<double>(1, Pooling.Max);
        foreach (int at in (int[])[0, 1, 3])
        {
            Sequence<double> x = Make.Sequence<double>(1, 1, 4, new Random(1));
            x[0, 0, at] = double.NaN;
            ForwardPass<double> pass = layer.Forward(x);
            pass.Output[0, 0, 0].Should().Be(double.NaN);
            var dy = new Sequence<double>(1, 1, 1);
            dy[0, 0, 0] = 5;
            layer.Backward(pass, dy).Input![0, 0, at].Should().Be(5);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_stack_with_pooling_gives_the_same_bits_in_Predict_and_for_an_example_alone(Pooling kind)
    {
        var random = new Random(3);
        var network = new LayerStack<float>(new GruLayer<float>(3, 9, seed: 1), new PoolingLayer<float>(9, kind), new DenseLayer<float>(9, 2, seed: 1));
        Sequence<float> x = Make.Sequence<float>(3, 3, 6, random);
        int[] lengths = [4, 6, 1];
        x.SetLengths(lengths);
        ForwardPass<float> pass = network.Forward(x);
        (pass.Output.Features, pass.Output.Batch, pass.Output.Steps, pass.Output.IsRagged).Should().Be((2, 3, 1, false));
        State<float> state = network.CreateState(3);
        Sequence<float> reused = new(5, 1, 9);
        for (int time = 0; time < 2; time++)
        {
            state.Clear();
            Bits.ShouldBeSame<float>(network.Predict(x, state, reused).Values, pass.Output.Values, "prediction");
            (reused.Features, reused.Batch, reused.Steps).Should().Be((2, 3, 1));
        }

        for (int j = 0; j < 3; j++)
        {
            var alone = new Sequence<float>(3, 1, lengths[j]);
            for (int t = 0; t < lengths[j]; t++) x.Step(t).Slice(3 * j, 3).CopyTo(alone.Step(t));
            Bits.ShouldBeSame<float>(network.Predict(alone).Values, pass.Output.Values.Slice(2 * j, 2), "alone");
        }

        // The loss of one step for a whole sequence, with the checks of shapes that every layer has.
        var gradient = new Sequence<float>(2, 3, 1);
        SoftmaxCrossEntropy.Compute(pass.Output, [0, 1, 0], gradient);
        Gradients<float> gradients = network.Backward(pass, gradient);
        gradients.Norm().Should().BePositive();
        network.Invoking(it => it.Backward(pass, new Sequence<float>(2, 3, 6))).Should().Throw<ArgumentException>().WithParameterName("outputGradient").WithMessage("*2 x 3 x 1*got 2 x 3 x 6*");
        pass.Output.Resize(3, 2);
        network.Invoking(it => it.Backward(pass, new Sequence<float>(2, 3, 2))).Should().Throw<ArgumentException>().WithParameterName("pass").WithMessage("*output still of 2 x 3 x 1*got 2 x 3 x 2*");
        network.Forward(x, reuse: pass).Output.Steps.Should().Be(1);
    }

    [Fact]
    public void A_mean_over_a_million_steps_is_right_in_float()
    {
        var x = new Sequence<float>(1, 1, 1_000_000);
        x.Values.Fill(0.1f);
        var layer = new PoolingLayer<float>(1, Pooling.Mean);
        layer.Predict(x)[0, 0, 0].Should().BeApproximately(0.1f, 1e-6f);
        layer.Forward(x).Output[0, 0, 0].Should().BeApproximately(0.1f, 1e-6f);
    }
}
