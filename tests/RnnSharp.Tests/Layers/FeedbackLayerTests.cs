using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>One input, many outputs: the chain of the inner layer's steps, forward and backward.</summary>
public sealed class FeedbackLayerTests
{
    private const int Size = 3;
    private const int Steps = 5;

    public static TheoryData<string> Inners => ["streaming", "stack", "gru", "nested", "tied"];

    [Theory]
    [MemberData(nameof(Inners))]
    public void The_output_equals_the_inner_layer_step_by_step(string inner)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            ILayer<T> step = Inner<T>(inner);
            var layer = new FeedbackLayer<T>(step, Steps);
            foreach (int batch in (int[])[1, 4, 2])
            {
                var random = new Random(batch);
                Sequence<T> x = Make.Sequence<T>(Size, batch, 1, random);
                State<T> initial = Make.State(layer, batch, random);
                ForwardPass<T> pass = layer.Forward(x, initial);
                (pass.Output.Steps, pass.Output.Batch, pass.Output.Features).Should().Be((Steps, batch, Size));

                State<T> state = initial.Parts[0].Clone();
                Sequence<T> y = x;
                for (int t = 0; t < Steps; t++)
                {
                    y = step.Predict(y, state);
                    Bits.ShouldBeSame<T>(pass.Output.Step(t), y.Values, "output of a step");
                }

                Bits.ShouldBeSame(pass.FinalState.Parts[0], state, "final state");
                state = initial.Clone();
                Bits.ShouldBeSame<T>(layer.Predict(x, state).Values, pass.Output.Values, "predicted output");
                Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");
            }
        }
    }

    [Theory]
    [InlineData("streaming")]
    [InlineData("stack")]
    public void An_example_without_an_input_step_has_no_output_steps(string inner)
    {
        var layer = new FeedbackLayer<double>(Inner<double>(inner), Steps);
        var random = new Random(2);
        Sequence<double> x = Make.Sequence<double>(Size, 3, 1, random), dy = Make.Sequence<double>(Size, 3, Steps, random);
        x.SetLengths([1, 0, 1]);
        x.Step(0).Slice(Size, Size).Fill(double.NaN);
        for (int t = 0; t < Steps; t++) dy.Step(t).Slice(Size, Size).Fill(double.NaN);
        State<double> initial = Make.State(layer, 3, random), state = initial.Clone();
        ForwardPass<double> pass = layer.Forward(x, initial);
        pass.Output.Lengths.ToArray().Should().Equal(Steps, 0, Steps);
        Bits.ShouldBeSame<double>(layer.Predict(x, state).Values, pass.Output.Values, "predicted output");
        layer.Predict(x).Lengths.ToArray().Should().Equal(Steps, 0, Steps);
        Bits.ShouldBeSame(state, pass.FinalState, "final state");
        Gradients<double> gradients = layer.Backward(pass, dy);
        for (int p = 0; p < gradients.Parameters.Count; p++) gradients.Values(p).ToArray().Should().OnlyContain(value => double.IsFinite(value));
        gradients.Input!.Step(0).Slice(Size, Size).ToArray().Should().OnlyContain(value => value == 0);
        for (int t = 0; t < Steps; t++) pass.Output.Step(t).Slice(Size, Size).ToArray().Should().OnlyContain(value => value == 0);
        foreach ((StateLeaf<double> before, StateLeaf<double> after) in initial.Leaves.Zip(pass.FinalState.Leaves))
            after.Values.Slice(before.Size, before.Size).ToArray().Should().Equal(before.Values.Slice(before.Size, before.Size).ToArray());
    }

    [Fact]
    public void A_feedback_layer_works_in_a_stack_and_continues_from_the_final_state_of_its_pass()
    {
        var layer = new FeedbackLayer<double>(Inner<double>("streaming"), Steps);
        var stack = new LayerStack<double>(new DenseLayer<double>(2, Size, seed: 1), layer, new GruLayer<double>(Size, 2, seed: 2));
        Sequence<double> x = Make.Sequence<double>(2, 3, 1, new Random(1));
        stack.Predict(x).Steps.Should().Be(Steps);
        GradientCheck.Run(stack, x, Losses.OfEverything).RelativeError.Should().BeLessThan(1e-6);

        Sequence<double> first = Make.Sequence<double>(Size, 3, 1, new Random(2));
        ForwardPass<double> pass = layer.Forward(first);
        ForwardPass<double> expected = layer.Forward(first, pass.FinalState.Clone());
        layer.Forward(first, pass.FinalState, pass);
        Bits.ShouldBeSame<double>(pass.Output.Values, expected.Output.Values, "output");
        Bits.ShouldBeSame(pass.FinalState, expected.FinalState, "final state");
    }

    [Fact]
    public void An_inner_layer_with_several_output_steps_is_rejected()
    {
        var twice = new FeedbackLayer<double>(new FeedbackLayer<double>(Inner<double>("gru"), 2), 3);
        twice.Invoking(it => it.Forward(new Sequence<double>(Size, 1, 1))).Should().Throw<InvalidOperationException>().WithMessage("*FeedbackLayer*got 2*");
        twice.Invoking(it => it.Predict(new Sequence<double>(Size, 1, 1))).Should().Throw<InvalidOperationException>().WithMessage("*got 2*");
    }

    private static ILayer<T> Inner<T>(string kind)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var square = new DenseLayer<T>(Size, Size, seed: 4);
        return kind switch
        {
            "streaming" => new LayerStack<T>(new LstmLayer<T>(Size, 4, seed: 1), new DenseLayer<T>(4, Size, seed: 2)),
            "stack" => new LayerStack<T>(new LstmLayer<T>(Size, 4, seed: 1), new DenseLayer<T>(4, Size, seed: 2)),
            "gru" => new GruLayer<T>(Size, Size, seed: 3),
            "nested" => new LayerStack<T>(new LayerStack<T>(new RnnLayer<T>(Size, 2, seed: 1)), new GruLayer<T>(2, Size, seed: 2)),
            _ => new LayerStack<T>(square, new RnnLayer<T>(Size, Size, seed: 5), new DenseLayer<T>(square.Weights, seed: 6)),
        };
    }
}
