using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>y = x + f(x) and its gradients, from those of f alone.</summary>
public sealed class ResidualLayerTests
{
    private const int Size = 6;
    private const int Steps = 5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Input_and_gradient_are_added_to_those_of_the_inner_layer(bool ragged)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var inner = new LayerStack<T>(new LstmLayer<T>(Size, 9, seed: 1), new DenseLayer<T>(9, Size, seed: 2));
            var layer = new ResidualLayer<T>(inner);
            ForwardPass<T>? pass = null;
            Gradients<T>? gradients = null;
            foreach (int batch in (int[])[3, 7, 3, 1])
            {
                var random = new Random(batch);
                Sequence<T> x = Make.Sequence<T>(Size, batch, Steps, random), dy = Make.Sequence<T>(Size, batch, Steps, random);
                int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(Steps + 1))];
                if (ragged)
                {
                    x.SetLengths(lengths);
                    dy.SetLengths(lengths);
                    Padding.Spoil(x, x.Lengths);
                    Padding.Spoil(dy, dy.Lengths);
                }

                State<T> initial = Make.State(layer, batch, random), finalGradient = Make.State(layer, batch, random);
                ForwardPass<T> alone = inner.Forward(x, initial.Parts[0]);
                Gradients<T> aloneGradients = inner.Backward(alone, dy, finalGradient.Parts[0]);
                pass = layer.Forward(x, initial, pass);
                gradients = layer.Backward(pass, dy, finalGradient, reuse: gradients);
                T[] y = Sum(x, alone.Output);
                Bits.ShouldBeSame<T>(pass.Output.Values, y, "output");
                pass.Output.IsRagged.Should().Be(ragged);
                Bits.ShouldBeSame(pass.FinalState.Parts[0], alone.FinalState, "final state");
                Bits.ShouldBeSame<T>(gradients.Input!.Values, Sum(dy, aloneGradients.Input!), "gradient of the input");
                Bits.ShouldBeSame(gradients.InitialState.Parts[0], aloneGradients.InitialState, "gradient of the initial state");
                gradients.Names.Should().Equal(inner.ParameterNames.Select(name => $"0.{name}"));
                for (int p = 0; p < gradients.Names.Count; p++) Bits.ShouldBeSame<T>(gradients.Values(p), aloneGradients.Values(p), gradients.Names[p]);

                Gradients<T> withoutOutput = layer.Backward(pass, null, finalGradient), ofInner = inner.Backward(alone, null, finalGradient.Parts[0]);
                Bits.ShouldBeSame<T>(withoutOutput.Input!.Values, ofInner.Input!.Values, "gradient of the input for the state alone");
                layer.Backward(pass, dy, inputGradient: false).Input.Should().BeNull();

                State<T> state = initial.Clone();
                Bits.ShouldBeSame<T>(layer.Predict(x, state).Values, y, "prediction");
                Bits.ShouldBeSame(state, pass.FinalState, "state after the prediction");
                if (ragged) continue;
                state = initial.Clone();
                var output = new T[Size * batch];
                for (int t = 0; t < Steps; t++)
                {
                    layer.Step(x.Step(t), state, output);
                    Bits.ShouldBeSame<T>(output, pass.Output.Step(t), "a step");
                }

                Bits.ShouldBeSame(state, pass.FinalState, "state after the steps");
            }
        }
    }

    [Fact]
    public void Names_begin_with_the_number_of_the_inner_layer()
    {
        var layer = new ResidualLayer<float>(new LstmLayer<float>(3, 3, seed: 1));
        layer.ParameterNames.Should().Equal("0.weight_ih", "0.weight_hh", "0.bias");
        layer.Parameters.Should().Equal(layer.Inner.Parameters);
        layer.CreateState(2).Names.Should().Equal("0.h", "0.c");
        layer.IsStreaming.Should().BeTrue();
        new ResidualLayer<float>(new ReverseLayer<float>(layer)).IsStreaming.Should().BeFalse();
    }

    [Fact]
    public void An_inner_layer_with_other_output_steps_is_rejected()
    {
        var layer = new ResidualLayer<double>(new PoolingLayer<double>(3, Pooling.Last));
        Sequence<double> x = Make.Sequence<double>(3, 2, 4, new Random(1));
        layer.Invoking(it => it.Forward(x)).Should().Throw<InvalidOperationException>().WithMessage("*input, 4,*PoolingLayer*got 1*");
        layer.Invoking(it => it.Predict(x)).Should().Throw<InvalidOperationException>().WithMessage("*4*got 1*");
    }

    [Fact]
    public void An_inner_layer_that_ignores_reuse_is_rejected()
    {
        var layer = new ResidualLayer<double>(new Forgetful(new DenseLayer<double>(3, 3, seed: 1)));
        Sequence<double> x = Make.Sequence<double>(3, 2, 4, new Random(1));
        layer.Invoking(it => it.Forward(x)).Should().Throw<InvalidOperationException>().WithMessage("*Forgetful*did not return*");
        layer.Invoking(it => it.Predict(x)).Should().Throw<InvalidOperationException>().WithMessage("*Forgetful*did not return*");
    }

    private static T[] Sum<T>(Sequence<T> x, Sequence<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] sum = [.. y.Values];
        for (int i = 0; i < sum.Length; i++) sum[i] = i / x.Features / x.Batch < x.LengthOf(i / x.Features % x.Batch) ? sum[i] + x.Values[i] : T.Zero;
        return sum;
    }

    /// <summary>A layer of a user's that makes new objects where it is given some.</summary>
    private sealed class Forgetful(ILayer<double> layer) : DelegatingLayer<double>(layer)
    {
        public override ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) => Inner.Forward(input, initialState);

        public override Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null) =>
            Inner.Backward(pass, outputGradient, finalStateGradient, inputGradient);

        public override Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) => Inner.Predict(input, state);
    }
}
