using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.References;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>A layer that runs backwards, and two in both directions, against the layers themselves on sequences reversed by hand: to the last bit.</summary>
public sealed class DirectionTests
{
    private const int Inputs = 5;
    private const int Steps = 4;

    public static TheoryData<RecurrentKind> Kinds => [.. Enum.GetValues<RecurrentKind>()];

    public static TheoryData<BidirectionalMerge> Merges => [.. Enum.GetValues<BidirectionalMerge>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_reversed_layer_equals_the_layer_on_reversed_examples(RecurrentKind kind)
    {
        Check<float>(17);
        Check<double>(9);

        void Check<T>(int hidden)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            RecurrentLayer<T> inner = Make.Layer<T>(kind, Inputs, hidden);
            ReversedLayerIsTheLayer(new ReverseLayer<T>(inner));
        }
    }

    [Fact]
    public void Any_layer_can_be_reversed()
    {
        ReversedLayerIsTheLayer(new ReverseLayer<double>(Deep<double>(7)));
        ReversedLayerIsTheLayer(new ReverseLayer<float>(new DenseLayer<float>(Inputs, 3, seed: 1)));
        ReversedLayerIsTheLayer(new ReverseLayer<float>(Both<float>(BidirectionalMerge.Concatenate)));

        // Twice reversed is not reversed at all.
        var layer = new GruLayer<double>(Inputs, 4, seed: 1);
        Sequence<double> x = Make.Sequence<double>(Inputs, 3, Steps, new Random(1));
        x.SetLengths([2, 4, 0]);
        Bits.ShouldBeSame<double>(new ReverseLayer<double>(new ReverseLayer<double>(layer)).Forward(x).Output.Values, layer.Forward(x).Output.Values, "output");
    }

    [Theory]
    [MemberData(nameof(Merges))]
    public void A_bidirectional_layer_equals_its_two_layers_merged(BidirectionalMerge merge)
    {
        BidirectionalLayerIsItsTwo(Both<float>(merge), 0);
        BidirectionalLayerIsItsTwo(Both<double>(merge), 0);
        int second = merge == BidirectionalMerge.Concatenate ? 20 : 6;
        BidirectionalLayerIsItsTwo(new BidirectionalLayer<double>(Deep<double>(6), new DenseLayer<double>(Inputs, second, seed: 4), merge), 1e-15);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_ragged_batch_equals_its_examples_alone_in_both_directions(RecurrentKind kind)
    {
        var layer = new BidirectionalLayer<float>(Make.Layer<float>(kind, Inputs, 19), Make.Layer<float>(kind, Inputs, 19, seed: 2));
        var random = new Random(3);
        Sequence<float> x = Make.Sequence<float>(Inputs, 5, Steps, random), dy = Make.Sequence<float>(38, 5, Steps, random);
        int[] lengths = [2, 0, 4, 1, 3];
        x.SetLengths(lengths);
        FillPadding(x, lengths);
        FillPadding(dy, lengths);
        ForwardPass<float> pass = layer.Forward(x);
        Gradients<float> gradients = layer.Backward(pass, dy);
        for (int j = 0; j < 5; j++)
        {
            ForwardPass<float> alone = layer.Forward(Example(x, j));
            Gradients<float> aloneGradients = layer.Backward(alone, Example(dy, j, lengths[j]));
            Bits.ShouldBeSame<float>(Example(pass.Output, j).Values, alone.Output.Values, "output");
            Bits.ShouldBeSame<float>(Example(gradients.Input!, j).Values, aloneGradients.Input!.Values, "gradient of the input");
            for (int leaf = 0; leaf < alone.FinalState.Leaves.Count; leaf++)
                Bits.ShouldBeSame<float>(pass.FinalState.Leaves[leaf].Values.Slice(19 * j, 19), alone.FinalState.Leaves[leaf].Values, "final state");
        }

        static Sequence<float> Example(Sequence<float> batch, int j, int? length = null)
        {
            var alone = new Sequence<float>(batch.Features, 1, length ?? batch.LengthOf(j));
            for (int t = 0; t < alone.Steps; t++) batch.Step(t).Slice(j * batch.Features, batch.Features).CopyTo(alone.Step(t));
            return alone;
        }
    }

    [Fact]
    public void Parts_are_named_by_direction_and_states_are_in_the_order_of_PyTorch()
    {
        var layer = new BidirectionalLayer<float>(new LstmLayer<float>(Inputs, 3, seed: 1), new GruLayer<float>(Inputs, 4, seed: 2));
        layer.ParameterNames.Should().Equal("forward.weight_ih", "forward.weight_hh", "forward.bias", "backward.weight_ih", "backward.weight_hh", "backward.bias", "backward.bias_hn");
        layer.CreateState(2).Names.Should().Equal("forward.h", "forward.c", "backward.h");
        layer.CreateState(2).Clone().Names.Should().Equal("forward.h", "forward.c", "backward.h");
        layer.CreateGradients().InitialState.Names.Should().Equal("forward.h", "forward.c", "backward.h");
        layer.Forward(new Sequence<float>(Inputs, 2, 1)).FinalState.Names.Should().Equal("forward.h", "forward.c", "backward.h");
        layer.OutputSize.Should().Be(7);

        var reverse = new ReverseLayer<float>(new LstmLayer<float>(Inputs, 3, seed: 1));
        reverse.ParameterNames.Should().Equal("weight_ih", "weight_hh", "bias");
        reverse.Forward(new Sequence<float>(Inputs, 2, 1)).FinalState.Names.Should().Equal("h", "c");

        var stack = new LayerStack<float>(layer, new BidirectionalLayer<float>(new LstmLayer<float>(7, 2, seed: 3), new LstmLayer<float>(7, 2, seed: 4)));
        State<float> state = stack.CreateState(2);
        state.Names.Should().Equal("0.forward.h", "0.forward.c", "0.backward.h", "1.forward.h", "1.forward.c", "1.backward.h", "1.backward.c");
        state.LeavesNamed("h").Should().Equal(state["0.forward.h"], state["0.backward.h"], state["1.forward.h"], state["1.backward.h"]);
        state.LeavesNamed("c").Should().Equal(state["0.forward.c"], state["1.forward.c"], state["1.backward.c"]);
    }

    [Fact]
    public void Passes_of_both_directions_use_the_draw_of_the_whole_pass()
    {
        var options = new LstmOptions { RecurrentDropout = 0.4, HiddenZoneout = 0.2 };
        Check(Bidirectional.Of(seed => new LstmLayer<double>(Inputs, 6, seed, options), seed: 1));
        Check(new ReverseLayer<double>(new LayerStack<double>(new DropoutLayer<double>(Inputs, 0.3, seed: 2), new LstmLayer<double>(Inputs, 6, seed: 3, options))));

        static void Check(ILayer<double> layer)
        {
            Sequence<double> x = Make.Sequence<double>(Inputs, 3, Steps, new Random(1));
            ForwardPass<double> pass = layer.Forward(x);
            double[] first = pass.Output.Values.ToArray();
            double[] second = layer.Forward(x, reuse: pass).Output.Values.ToArray();
            second.Should().NotEqual(first);
            pass.Draw = 0;
            layer.Forward(x, reuse: pass).Output.Values.ToArray().Should().Equal(first);
            ForwardPass<double> other = layer.CreatePass();
            other.Draw = 1;
            layer.Forward(x, reuse: other).Output.Values.ToArray().Should().Equal(second);
        }
    }

    [Fact]
    public void Of_makes_two_layers_of_one_kind_from_one_seed()
    {
        BidirectionalLayer<double> layer = Bidirectional.Of(seed => new LstmLayer<double>(3, 4, seed), seed: 5, BidirectionalMerge.Sum);
        BidirectionalLayer<double> again = Bidirectional.Of(seed => new LstmLayer<double>(3, 4, seed), seed: 5);
        layer.Merge.Should().Be(BidirectionalMerge.Sum);
        again.Merge.Should().Be(BidirectionalMerge.Concatenate);
        for (int p = 0; p < 6; p++) Bits.ShouldBeSame(again.Parameters[p].Values, layer.Parameters[p].Values, layer.ParameterNames[p]);
        layer.Parameters[3].Values.SequenceEqual(layer.Parameters[0].Values).Should().BeFalse("the directions have weights of their own");
        Bidirectional.Of(seed => new LstmLayer<double>(3, 4, seed)).Parameters[0].Values.SequenceEqual(layer.Parameters[0].Values).Should().BeFalse("without a seed they are drawn anew");
    }

    [Fact]
    public void A_part_that_ignores_reuse_is_named()
    {
        var x = new Sequence<double>(Inputs, 2, Steps);
        var layer = new ReverseLayer<double>(new Forgetful());
        layer.Invoking(it => it.Forward(x)).Should().Throw<InvalidOperationException>().WithMessage("*Forgetful*");
        layer.Invoking(it => it.Predict(x)).Should().Throw<InvalidOperationException>().WithMessage("*Forgetful*");
    }

    [Fact]
    public void Directions_with_different_output_steps_are_rejected()
    {
        var x = new Sequence<double>(Inputs, 2, Steps);
        var layer = new BidirectionalLayer<double>(new DenseLayer<double>(Inputs, 3, seed: 1), new FirstStep(Inputs));
        layer.Invoking(it => it.Forward(x)).Should().Throw<InvalidOperationException>().WithMessage($"*3 x 2 x {Steps} forward*{Inputs} x 2 x 1 backward*");
        layer.Invoking(it => it.Predict(x)).Should().Throw<InvalidOperationException>().WithMessage($"*3 x 2 x {Steps} forward*{Inputs} x 2 x 1 backward*");

        // The first step of the order backwards is each example's last.
        x.SetLengths([2, 4]);
        for (int t = 0; t < Steps; t++) x.Step(t).Fill(t);
        Sequence<double> last = new ReverseLayer<double>(new FirstStep(Inputs)).Forward(x).Output;
        (last.Steps, last[0, 0, 0], last[0, 1, 0]).Should().Be((1, 1, 3));
    }

    private static LayerStack<T> Deep<T>(int outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(new LstmLayer<T>(Inputs, 9, seed: 1), new GruLayer<T>(9, 4, seed: 2), new DenseLayer<T>(4, outputs, seed: 3));

    /// <summary>Two kinds, of two sizes where the outputs are concatenated.</summary>
    private static BidirectionalLayer<T> Both<T>(BidirectionalMerge merge)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(new LstmLayer<T>(Inputs, 17, seed: 1), new GruLayer<T>(Inputs, merge == BidirectionalMerge.Concatenate ? 9 : 17, seed: 2), merge);

    /// <summary>Features and tokens, all of one length and ragged; what is past an example's end is NaN.</summary>
    private static IEnumerable<(Sequence<T> X, Sequence<T> OutputGradient)> Batches<T>(ILayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (int batch in (int[])[1, 2, 7])
        {
            foreach (bool ragged in (bool[])[false, true])
            {
                var random = new Random(batch);
                int[] lengths = [.. Enumerable.Range(0, batch).Select(_ => random.Next(Steps + 1))];
                foreach (Sequence<T> x in (Sequence<T>[])[Make.Sequence<T>(layer.InputSize, batch, Steps, random), Make.Tokens<T>(layer.InputSize, batch, Steps, random)])
                {
                    Sequence<T> dy = Make.Sequence<T>(layer.OutputSize, batch, Steps, random);
                    if (ragged)
                    {
                        x.SetLengths(lengths);
                        FillPadding(x, lengths);
                        FillPadding(dy, lengths);
                    }

                    yield return (x, dy);
                }
            }
        }

        yield return (new Sequence<T>(layer.InputSize, 2, 0), new Sequence<T>(layer.OutputSize, 2, 0));
    }

    private static void FillPadding<T>(Sequence<T> sequence, int[] lengths)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int t = 0; t < sequence.Steps && !sequence.IsTokens; t++)
        {
            for (int j = 0; j < lengths.Length; j++)
            {
                if (t >= lengths[j]) sequence.Step(t).Slice(j * sequence.Features, sequence.Features).Fill(T.NaN);
            }
        }
    }

    /// <summary>Each example's own steps from the last to the first, element by element; zeros behind.</summary>
    private static Sequence<T> Reversed<T>(Sequence<T> sequence, Sequence<T> shape)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> reversed = sequence.IsTokens ? Sequence<T>.ForTokens(sequence.Features, sequence.Batch, sequence.Steps) : new Sequence<T>(sequence.Features, sequence.Batch, sequence.Steps);
        for (int j = 0; j < sequence.Batch; j++)
        {
            for (int t = 0; t < shape.LengthOf(j); t++)
            {
                int from = shape.LengthOf(j) - 1 - t;
                if (sequence.IsTokens) reversed.SetToken(j, t, sequence.Tokens[j + sequence.Batch * from]);
                for (int i = 0; i < sequence.Features && !sequence.IsTokens; i++) reversed[i, j, t] = sequence[i, j, from];
            }
        }

        if (shape.IsRagged) reversed.SetLengths(shape.Lengths);
        return reversed;
    }

    private static void ReversedLayerIsTheLayer<T>(ReverseLayer<T> layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((Sequence<T> x, Sequence<T> dy) in Batches(layer))
        {
            var random = new Random(1);
            State<T> initial = Make.State(layer, x.Batch, random), final = Make.State(layer, x.Batch, random);
            ForwardPass<T> pass = layer.Forward(x, initial), expected = layer.Inner.Forward(Reversed(x, x), initial.Parts[0]);
            Sequence<T> output = Reversed(expected.Output, x);
            Bits.ShouldBeSame<T>(pass.Output.Values, output.Values, "output");
            pass.Output.Lengths.SequenceEqual(x.Lengths).Should().BeTrue();
            Bits.ShouldBeSame(pass.FinalState.Parts[0], expected.FinalState, "final state");
            State<T> state = initial.Clone();
            Bits.ShouldBeSame<T>(layer.Predict(x, state).Values, output.Values, "predicted output");
            Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");

            Gradients<T> gradients = layer.Backward(pass, dy, final), inner = layer.Inner.Backward(expected, Reversed(dy, x), final.Parts[0]);
            Compare(gradients, inner);
            Compare(layer.Backward(pass, null, final, reuse: gradients), layer.Inner.Backward(expected, null, final.Parts[0]));

            void Compare(Gradients<T> actual, Gradients<T> wanted)
            {
                if (x.IsTokens) actual.Input.Should().BeNull();
                else Bits.ShouldBeSame<T>(actual.Input!.Values, Reversed(wanted.Input!, x).Values, "gradient of the input");
                Bits.ShouldBeSame(actual.InitialState.Parts[0], wanted.InitialState, "gradient of the initial state");
                for (int p = 0; p < actual.Parameters.Count; p++) Bits.ShouldBeSame<T>(actual.Values(p), wanted.Values(p), actual.Names[p]);
            }
        }
    }

    private static void BidirectionalLayerIsItsTwo<T>(BidirectionalLayer<T> layer, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var backwards = new ReverseLayer<T>(layer.BackwardLayer);
        foreach ((Sequence<T> x, Sequence<T> dy) in Batches(layer))
        {
            var random = new Random(1);
            State<T> initial = Make.State(layer, x.Batch, random), final = Make.State(layer, x.Batch, random);
            State<T> initialBack = new([initial.Parts[1]], [""]), finalBack = new([final.Parts[1]], [""]);
            ForwardPass<T> pass = layer.Forward(x, initial);
            ForwardPass<T> one = layer.ForwardLayer.Forward(x, initial.Parts[0]), two = backwards.Forward(x, initialBack);
            Sequence<T> y = new(layer.OutputSize, x.Batch, x.Steps), dyOne = new(one.Output.Features, x.Batch, x.Steps), dyTwo = new(two.Output.Features, x.Batch, x.Steps);
            for (int t = 0; t < x.Steps; t++)
            {
                for (int j = 0; j < x.Batch; j++)
                {
                    if (t < x.LengthOf(j)) MergeByHand(layer.Merge, j, t, one.Output, two.Output, y, dy, dyOne, dyTwo);
                }
            }

            Bits.ShouldBeSame<T>(pass.Output.Values, y.Values, "output");
            pass.Output.Lengths.SequenceEqual(x.Lengths).Should().BeTrue();
            Bits.ShouldBeSame(pass.FinalState.Parts[0], one.FinalState, "final state forward");
            Bits.ShouldBeSame(pass.FinalState.Parts[1], two.FinalState.Parts[0], "final state backward");
            State<T> state = initial.Clone();
            Bits.ShouldBeSame<T>(layer.Predict(x, state).Values, y.Values, "predicted output");
            Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");

            Gradients<T> gradients = layer.Backward(pass, dy, final);
            Compare(gradients, layer.ForwardLayer.Backward(one, dyOne, final.Parts[0]), backwards.Backward(two, dyTwo, finalBack));
            Compare(layer.Backward(pass, null, final, reuse: gradients), layer.ForwardLayer.Backward(one, null, final.Parts[0]), backwards.Backward(two, null, finalBack));

            void Compare(Gradients<T> actual, Gradients<T> forward, Gradients<T> backward)
            {
                Bits.ShouldBeSame(actual.InitialState.Parts[0], forward.InitialState, "gradient of the initial state forward");
                Bits.ShouldBeSame(actual.InitialState.Parts[1], backward.InitialState.Parts[0], "gradient of the initial state backward");
                int count = forward.Parameters.Count;
                for (int p = 0; p < actual.Parameters.Count; p++)
                    Bits.ShouldBeSame<T>(actual.Values(p), p < count ? forward.Values(p) : backward.Values(p - count), actual.Names[p]);
                if (x.IsTokens) actual.Input.Should().BeNull();
                else GoldenCases.ShouldBeNear<T>(actual.Input!.Values, [.. forward.Input!.Values.ToArray().Zip(backward.Input!.Values.ToArray(), (a, b) => double.CreateChecked(a + b))], tolerance, "gradient of the input");
            }
        }
    }

    private static void MergeByHand<T>(BidirectionalMerge merge, int j, int t, Sequence<T> one, Sequence<T> two, Sequence<T> y, Sequence<T> dy, Sequence<T> dyOne, Sequence<T> dyTwo)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        for (int i = 0; i < y.Features; i++)
        {
            if (merge == BidirectionalMerge.Concatenate)
            {
                bool first = i < one.Features;
                y[i, j, t] = first ? one[i, j, t] : two[i - one.Features, j, t];
                if (first) dyOne[i, j, t] = dy[i, j, t];
                else dyTwo[i - one.Features, j, t] = dy[i, j, t];
                continue;
            }

            (T a, T b, T d) = (one[i, j, t], two[i, j, t], dy[i, j, t]);
            (y[i, j, t], dyOne[i, j, t], dyTwo[i, j, t]) = merge switch
            {
                BidirectionalMerge.Sum => (a + b, d, d),
                BidirectionalMerge.Average => ((a + b) * half, d * half, d * half),
                _ => (a * b, d * b, d * a),
            };
        }
    }

    /// <summary>A layer that leaves what it is given for reuse alone.</summary>
    private sealed class Forgetful() : DelegatingLayer<double>(new DenseLayer<double>(Inputs, 2, seed: 1))
    {
        public override ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) => Inner.Forward(input, initialState);

        public override Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null) => Inner.Backward(pass, outputGradient);

        public override Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) => Inner.Predict(input, state);
    }

    /// <summary>A layer whose output is its input's first step.</summary>
    private sealed class FirstStep(int features) : Layer<double>(features, features)
    {
        public override IReadOnlyList<Parameter<double>> Parameters => [];

        public override IReadOnlyList<string> ParameterNames => [];

        public override State<double> CreateState(int batch) => new(batch);

        protected override ForwardPass<double> CreatePassCore() => new Pass(this);

        protected override void Run(ForwardPass<double> pass, Sequence<double> input, State<double>? initialState)
        {
            Prepare(pass, input);
            RunPredict(input, pass.FinalState, pass.Output);
            ((Pass)pass).Start(input);
        }

        protected override void RunPredict(Sequence<double> input, State<double> state, Sequence<double> output)
        {
            output.Resize(input.Batch, 1);
            input.Step(0).CopyTo(output.Step(0));
        }

        protected override void RunBackward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<double> gradients) => throw new NotSupportedException();

        private sealed class Pass(ILayer<double> layer) : ForwardPass<double>(layer)
        {
            public void Start(Sequence<double> input) => Begin(input, 0);
        }
    }
}
