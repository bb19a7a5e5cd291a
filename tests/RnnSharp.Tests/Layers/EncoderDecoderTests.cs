using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.Serialization;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>An encoder whose final state is the decoder's initial one, and writing on freely from it.</summary>
public sealed class EncoderDecoderTests
{
    private const int Vocabulary = 5;

    public static TheoryData<string> Kinds => ["lstm", "gru", "deep", "shared embedding"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_encoder_decoder_equals_its_two_layers_one_after_the_other(string kind)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            EncoderDecoder<T> model = Model<T>(kind);
            var random = new Random(1);
            foreach (bool ragged in (bool[])[false, true])
            {
                (Sequence<T> source, Sequence<T> input) = Sequences<T>(random, ragged, kind);
                Sequence<T> dy = Make.Sequence<T>(model.OutputSize, 3, 4, random);
                State<T> initial = Make.State(model, 3, random), finalGradient = Make.State(model, 3, random);
                ForwardPass<T> pass = model.Forward(source, input, initial);
                Gradients<T> gradients = model.Backward(pass, dy, finalGradient);

                State<T> start = model.Encoder.CreateState(3), handed = model.Decoder.CreateState(3), handedGradient = model.Encoder.CreateState(3);
                Copy(initial, start);
                ForwardPass<T> read = model.Encoder.Forward(source, start);
                Copy(read.FinalState, handed);
                ForwardPass<T> written = model.Decoder.Forward(input, handed);
                Bits.ShouldBeSame<T>(pass.Output.Values, written.Output.Values, "output");
                Bits.ShouldBeSame(pass.FinalState.Parts[0], written.FinalState, "final state");

                Gradients<T> ofDecoder = model.Decoder.Backward(written, dy, finalGradient.Parts[0]);
                Copy(ofDecoder.InitialState, handedGradient);
                Gradients<T> ofEncoder = model.Encoder.Backward(read, null, handedGradient);
                for (int leaf = 0; leaf < start.Leaves.Count; leaf++) Bits.ShouldBeSame<T>(gradients.InitialState.Leaves[leaf].Values, ofEncoder.InitialState.Leaves[leaf].Values, "gradient of the initial state");
                if (kind is "lstm" or "deep")
                {
                    Bits.ShouldBeSame<T>(gradients.Input!.Values, ofDecoder.Input!.Values, "gradient of the input");
                    Bits.ShouldBeSame<T>(gradients.Parts[0].Input!.Values, ofEncoder.Input!.Values, "gradient of the source");
                }

                if (kind is not "shared embedding")
                {
                    for (int p = 0; p < ofEncoder.Parameters.Count; p++) Bits.ShouldBeSame<T>(gradients.Values(p), ofEncoder.Values(p), gradients.Names[p]);
                    for (int p = 0; p < ofDecoder.Parameters.Count; p++) Bits.ShouldBeSame<T>(gradients.Values(ofEncoder.Parameters.Count + p), ofDecoder.Values(p), ofDecoder.Names[p]);
                }

                State<T> state = initial.Clone();
                Bits.ShouldBeSame<T>(model.Predict(source, input, state).Values, pass.Output.Values, "predicted output");
                Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");
                if (ragged) continue;
                state = initial.Clone();
                model.Encode(source, state);
                var step = new T[3 * model.OutputSize];
                for (int t = 0; t < input.Steps; t++)
                {
                    if (input.IsTokens) model.Step(input.Tokens.Slice(3 * t, 3), state, step);
                    else model.Step(input.Step(t), state, step);
                    Bits.ShouldBeSame<T>(step, pass.Output.Step(t), "output of a step");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_agree_with_central_differences_through_both_layers(string kind)
    {
        EncoderDecoder<double> model = Model<double>(kind);
        foreach (bool ragged in (bool[])[false, true])
        {
            var random = new Random(2);
            (Sequence<double> source, Sequence<double> input) = Sequences<double>(random, ragged, kind);
            foreach (State<double>? initial in (State<double>?[])[Make.State(model, 3, random), null])
            {
                Below(GradientCheck.Run(new WithSource(model, source), input, Losses.OfEverything, initial));
                Below(GradientCheck.Run(new WithInput(model, input), source, Losses.OfEverything, initial));
            }

            Below(GradientCheck.Run(model, input, Losses.OfEverything, Make.State(model, 3, random)));
        }

        static void Below(GradientCheckResult result) => result.RelativeError.Should().BeLessThan(1e-6, result.ToString());
    }

    [Fact]
    public void The_encoder_is_skipped_and_gets_no_gradient_without_a_source()
    {
        EncoderDecoder<double> model = Model<double>("lstm");
        var random = new Random(3);
        (Sequence<double> source, Sequence<double> input) = Sequences<double>(random, ragged: false, "lstm");
        Sequence<double> dy = Make.Sequence<double>(model.OutputSize, 3, 4, random);
        State<double> initial = Make.State(model, 3, random);
        ForwardPass<double> pass = model.Forward(source, input, initial);
        Gradients<double> gradients = model.Backward(pass, dy);
        model.Forward(input, initial, pass).Should().BeSameAs(pass);
        ForwardPass<double> written = model.Decoder.Forward(input, initial.Parts[0]);
        Bits.ShouldBeSame<double>(pass.Output.Values, written.Output.Values, "output");
        model.Backward(pass, dy, reuse: gradients);
        Bits.ShouldBeSame(gradients.InitialState.Parts[0], model.Decoder.Backward(written, dy).InitialState, "gradient of the initial state");
        gradients.Parts[0].Norm().Should().Be(0);
        gradients.Parts[0].Input.Should().BeNull();
        gradients.Parts[1].Norm().Should().BePositive();
        State<double> state = initial.Clone();
        Bits.ShouldBeSame<double>(model.Predict(input, state).Values, pass.Output.Values, "predicted output");
        Bits.ShouldBeSame(state, pass.FinalState, "predicted final state");
    }

    [Fact]
    public void A_shared_parameter_gets_the_gradient_of_the_decoder_alone_without_a_source()
    {
        EncoderDecoder<double> model = Model<double>("shared embedding");
        var random = new Random(6);
        (Sequence<double> source, Sequence<double> input) = Sequences<double>(random, ragged: false, "shared embedding");
        Sequence<double> dy = Make.Sequence<double>(model.OutputSize, 3, 4, random);
        Gradients<double> alone = model.Decoder.Backward(model.Decoder.Forward(input), dy);
        Gradients<double> gradients = model.Backward(model.Forward(source, input), dy);
        double[][] kept = [.. Enumerable.Range(0, gradients.Parameters.Count).Select(p => gradients.Values(p).ToArray())];
        ForwardPass<double> pass = model.Forward(input);
        model.Backward(pass, dy, accumulate: true, reuse: gradients);
        for (int p = 0; p < kept.Length; p++)
            References.GoldenCases.ShouldBeNear<double>(gradients.Values(p), [.. kept[p].Zip(Expected(p), (had, added) => had + added)], 1e-13, gradients.Names[p]);
        model.Backward(pass, dy, reuse: gradients);
        for (int p = 0; p < kept.Length; p++) Bits.ShouldBeSame<double>(gradients.Values(p), Expected(p), gradients.Names[p]);

        double[] Expected(int p)
        {
            for (int i = 0; i < alone.Parameters.Count; i++)
            {
                if (ReferenceEquals(alone.Parameters[i], gradients.Parameters[p])) return alone.Values(i).ToArray();
            }

            return new double[gradients.Values(p).Length];
        }
    }

    [Fact]
    public void Parameters_are_named_below_their_part_and_a_shared_one_is_listed_once()
    {
        Model<float>("lstm").ParameterNames.Should().Equal("encoder.weight_ih", "encoder.weight_hh", "encoder.bias", "decoder.0.weight_ih", "decoder.0.weight_hh", "decoder.0.bias", "decoder.1.weight", "decoder.1.bias");
        EncoderDecoder<float> shared = Model<float>("shared embedding");
        shared.ParameterNames.Should().Equal("encoder.0.weight", "encoder.1.weight_ih", "encoder.1.weight_hh", "encoder.1.bias", "decoder.1.weight_ih", "decoder.1.weight_hh", "decoder.1.bias", "decoder.2.bias");
        shared.CreateGradients().Names.Should().Equal(shared.ParameterNames);
        shared.CreateState(2).Leaves.Select(leaf => $"{leaf.Name} {leaf.Size} {leaf.Batch}").Should().Equal("h 4 2", "c 4 2");
    }

    [Fact]
    public void Accumulating_adds_a_whole_call()
    {
        EncoderDecoder<double> model = Model<double>("shared embedding");
        var random = new Random(4);
        (Sequence<double> source, Sequence<double> input) = Sequences<double>(random, ragged: true, "shared embedding");
        Sequence<double> dy = Make.Sequence<double>(model.OutputSize, 3, 4, random);
        ForwardPass<double> pass = model.Forward(source, input);
        Gradients<double> once = model.Backward(pass, dy), twice = model.Backward(pass, dy);
        model.Backward(pass, dy, accumulate: true, reuse: twice);
        for (int p = 0; p < once.Parameters.Count; p++)
            References.GoldenCases.ShouldBeNear<double>(twice.Values(p), [.. once.Values(p).ToArray().Select(value => 2 * value)], 1e-13, once.Names[p]);
        model.Backward(pass, dy, reuse: twice);
        for (int p = 0; p < once.Parameters.Count; p++) Bits.ShouldBeSame<double>(twice.Values(p), once.Values(p), once.Names[p]);
    }

    [Fact]
    public void Backward_rejects_a_changed_source_before_any_work()
    {
        EncoderDecoder<double> model = Model<double>("gru");
        (Sequence<double> source, Sequence<double> input) = Sequences<double>(new Random(5), ragged: false, "gru");
        ForwardPass<double> pass = model.Forward(source, input);
        Gradients<double> gradients = model.CreateGradients();
        gradients.Values(0).Fill(3);
        source.Resize(3, 2);
        model.Invoking(it => it.Backward(pass, null, reuse: gradients)).Should().Throw<ArgumentException>().WithParameterName("pass").WithMessage("*its input still of*");
        gradients.Values(0).ToArray().Should().OnlyContain(value => value == 3);
    }

    [Fact]
    public void Generate_feeds_the_chosen_tokens_back()
    {
        LayerStack<double> model = new(new EmbeddingLayer<double>(Vocabulary, 3, seed: 1), new GruLayer<double>(3, 6, seed: 2), new DenseLayer<double>(6, Vocabulary, seed: 3));
        foreach (bool greedy in (bool[])[true, false])
        {
            const int Batch = 4, Steps = 7;
            State<double> state = Make.State(model, Batch, new Random(1)), expectedState = state.Clone();
            Sequence<double> tokens = Sequence<double>.ForTokens(Vocabulary, Batch, Steps);
            TokenChoice<double> second = (scores, example, step) => (IndexOfMax(scores) + example + step) % Vocabulary;
            model.Generate([0, 1, 2, 3], state, tokens, greedy ? null : second);

            int[] current = [0, 1, 2, 3];
            var scores = new double[Vocabulary * Batch];
            for (int t = 0; t < Steps; t++)
            {
                model.Step(current, expectedState, scores);
                for (int j = 0; j < Batch; j++)
                {
                    Span<double> own = scores.AsSpan(j * Vocabulary, Vocabulary);
                    current[j] = greedy ? IndexOfMax(own) : second(own, j, t);
                }

                tokens.Tokens.Slice(t * Batch, Batch).ToArray().Should().Equal(current);
            }

            tokens.IsRagged.Should().BeFalse();
            Bits.ShouldBeSame(state, expectedState, "state");
        }

        static int IndexOfMax(ReadOnlySpan<double> values)
        {
            int best = 0;
            for (int i = 1; i < values.Length; i++) best = values[i] > values[best] ? i : best;
            return best;
        }
    }

    [Fact]
    public void An_end_token_ends_its_example_and_does_not_count_in_the_length()
    {
        var layer = new DenseLayer<float>(Vocabulary, Vocabulary, seed: 1);
        Sequence<float> tokens = Sequence<float>.ForTokens(Vocabulary, 3, 5);
        int calls = 0;
        int[][] script = [[1, 2, 4], [4], [1, 1, 1, 1, 1]];
        layer.Generate([0, 0, 0], layer.CreateState(3), tokens, (_, example, step) =>
        {
            calls++;
            return script[example][step];
        }, endToken: 4);
        tokens.Lengths.ToArray().Should().Equal(2, 0, 5);
        calls.Should().Be(3 + 1 + 5);
        tokens.Tokens.ToArray().Should().Equal(1, 4, 1, 2, 4, 1, 4, 4, 1, 4, 4, 1, 4, 4, 1);
        layer.Generate([0, 0, 0], layer.CreateState(3), tokens, (_, _, _) => 4);
        tokens.IsRagged.Should().BeFalse("nothing ends without an end token");
    }

    [Theory]
    [InlineData(1, 1, 3, 4)]
    [InlineData(2, 0, 2, 3)]
    [InlineData(1, 9, 9, 5)]
    public void Generate_advances_the_state_until_every_example_has_ended(int first, int second, int third, int steps)
    {
        int[] ends = [first, second, third];
        var layer = new GruLayer<double>(Vocabulary, 6, seed: 1);
        State<double> state = Make.State(layer, 3, new Random(1)), expected = state.Clone();
        Sequence<double> tokens = Sequence<double>.ForTokens(Vocabulary, 3, 5);
        layer.Generate([0, 1, 2], state, tokens, (_, example, step) => step == ends[example] ? 4 : 3, endToken: 4);
        tokens.Lengths.ToArray().Should().Equal(ends.Select(end => Math.Min(end, 5)));
        var output = new double[18];
        for (int t = 0; t < steps; t++) layer.Step(t == 0 ? [0, 1, 2] : tokens.Tokens.Slice(3 * (t - 1), 3), expected, output);
        Bits.ShouldBeSame(state, expected, "state");
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        Warm.ShouldAllocateNothing(() => Calls(Model<float>("shared embedding")));
        Warm.ShouldAllocateNothing(() => Calls(Model<double>("deep")));

        static (string What, Action Call)[] Calls<T>(EncoderDecoder<T> model)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(1);
            Sequence<T> source = Make.Tokens<T>(model.Encoder.InputSize, 3, 5, random), input = Make.Tokens<T>(model.InputSize, 3, 4, random);
            Sequence<T> dy = Make.Sequence<T>(model.OutputSize, 3, 4, random), y = new(model.OutputSize, 3, 0), tokens = Sequence<T>.ForTokens(model.InputSize, 3, 6);
            State<T> state = model.CreateState(3), finalGradient = Make.State(model, 3, random);
            int[] first = [0, 1, 0];
            var step = new T[3 * model.OutputSize];
            TokenChoice<T> choose = (_, example, at) => (example + at) % 3;
            ForwardPass<T>? pass = null;
            Gradients<T>? gradients = null;
            return
            [
                ("a call", () => All(source, 4)),
                ("a shorter call", () => All(source, 2)),
                ("a call without a source", () => All(null, 3)),
                ("a step", () => model.Step(first, state, step)),
                ("a generation", () =>
                {
                    state.Clear();
                    model.Encode(source, state);
                    model.Generate(first, state, tokens, choose, endToken: 2);
                }),
            ];

            void All(Sequence<T>? read, int steps)
            {
                input.Resize(3, steps);
                dy.Resize(3, steps);
                if (read is not null) read.SetLengths([5, 1, 3]);
                pass = read is null ? model.Forward(input, pass?.FinalState, pass) : model.Forward(read, input, pass?.FinalState, pass);
                gradients = model.Backward(pass, dy, finalGradient, reuse: gradients);
                model.Backward(pass, null, inputGradient: false, accumulate: true, reuse: gradients);
                if (read is null) model.Predict(input, state, y);
                else model.Predict(read, input, state, y);
            }
        }
    }

    [Fact]
    public void Warm_calls_with_a_source_that_the_encoder_shortens_allocate_nothing()
    {
        var random = new Random(1);
        var model = new EncoderDecoder<float>(
            new LayerStack<float>(new GruLayer<float>(2, 3, seed: 1), new PoolingLayer<float>(3, Pooling.Mean)),
            new LayerStack<float>(new GruLayer<float>(2, 3, seed: 2), new AttentionLayer<float>(3, 3, 1, seed: 3)));
        Sequence<float> source = Make.Sequence<float>(2, 3, 5, random), x = Make.Sequence<float>(2, 3, 4, random), y = new(model.OutputSize, 3, 4);
        Warm.ShouldAllocateNothing(() =>
        {
            State<float> state = model.CreateState(3);
            ForwardPass<float> pass = model.CreatePass();
            return
            [
                ("a pass", () => model.Forward(source, x, reuse: pass)),
                ("a prediction", () => model.Predict(source, x, state, y)),
                ("a shorter source", () =>
                {
                    source.SetLengths([4, 2, 4]);
                    model.Encode(source, state);
                    source.SetLengths([5, 5, 5]);
                }),
            ];
        });
    }

    private static void Copy<T>(State<T> from, State<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int leaf = 0; leaf < to.Leaves.Count; leaf++) from.Leaves[leaf].Values.CopyTo(to.Leaves[leaf].Values);
    }

    /// <summary>A source of 5 steps and an input of 4, batch 3: features, or tokens for the models that embed them.</summary>
    private static (Sequence<T> Source, Sequence<T> Input) Sequences<T>(Random random, bool ragged, string kind)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool features = kind is "lstm" or "deep";
        Sequence<T> source = features ? Make.Sequence<T>(Vocabulary, 3, 5, random) : Make.Tokens<T>(Vocabulary, 3, 5, random);
        Sequence<T> input = features || kind is "gru" ? Make.Sequence<T>(Vocabulary, 3, 4, random) : Make.Tokens<T>(Vocabulary, 3, 4, random);
        if (ragged)
        {
            source.SetLengths([2, 5, 0]);
            input.SetLengths([4, 1, 3]);
        }

        return (source, input);
    }

    private static EncoderDecoder<T> Model<T>(string kind)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (kind)
        {
            case "lstm": return new(new LstmLayer<T>(Vocabulary, 4, seed: 1), new LayerStack<T>(new LstmLayer<T>(Vocabulary, 4, seed: 2), new DenseLayer<T>(4, 2, seed: 3)));
            case "gru": return new(new LayerStack<T>(new EmbeddingLayer<T>(Vocabulary, 2, seed: 1), new GruLayer<T>(2, 3, seed: 2)), new GruLayer<T>(Vocabulary, 3, seed: 3));
            case "deep": return new(new LayerStack<T>(new GruLayer<T>(Vocabulary, 3, seed: 1), new LstmLayer<T>(3, 4, seed: 2)), new LayerStack<T>(new LayerStack<T>(new GruLayer<T>(Vocabulary, 3, seed: 3), new LstmLayer<T>(3, 4, seed: 4)), new DenseLayer<T>(4, 2, seed: 5)));
        }

        var embedding = new EmbeddingLayer<T>(Vocabulary, 4, seed: 1);
        return new(new LayerStack<T>(embedding, new LstmLayer<T>(4, 4, seed: 2)), new LayerStack<T>(new EmbeddingLayer<T>(embedding.Weights), new LstmLayer<T>(4, 4, seed: 3), new DenseLayer<T>(embedding.Weights, seed: 4)));
    }

    /// <summary>The model as a layer of one of its two sequences, the other being given.</summary>
    private abstract class OneSequence(EncoderDecoder<double> model) : ILayer<double>
    {
        public abstract int InputSize { get; }

        public int OutputSize => model.OutputSize;

        public IReadOnlyList<Parameter<double>> Parameters => model.Parameters;

        public IReadOnlyList<string> ParameterNames => model.ParameterNames;

        protected EncoderDecoder<double> Model => model;

        public State<double> CreateState(int batch) => model.CreateState(batch);

        public Gradients<double> CreateGradients() => model.CreateGradients();

        public ForwardPass<double> CreatePass() => model.CreatePass();

        public abstract ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null);

        public abstract Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null);

        public Sequence<double> Predict(Sequence<double> input, State<double>? state = null, Sequence<double>? reuse = null) => throw new NotSupportedException();
    }

    private sealed class WithSource(EncoderDecoder<double> model, Sequence<double> source) : OneSequence(model)
    {
        public override int InputSize => Model.InputSize;

        public override ForwardPass<double> Forward(Sequence<double> input, State<double>? initialState = null, ForwardPass<double>? reuse = null) => Model.Forward(source, input, initialState, reuse);

        public override Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null) =>
            Model.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse);
    }

    private sealed class WithInput(EncoderDecoder<double> model, Sequence<double> input) : OneSequence(model)
    {
        public override int InputSize => Model.Encoder.InputSize;

        public override ForwardPass<double> Forward(Sequence<double> source, State<double>? initialState = null, ForwardPass<double>? reuse = null) => Model.Forward(source, input, initialState, reuse);

        public override Gradients<double> Backward(ForwardPass<double> pass, Sequence<double>? outputGradient, State<double>? finalStateGradient = null, bool inputGradient = true, bool accumulate = false, Gradients<double>? reuse = null)
        {
            Gradients<double> gradients = Model.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse);

            // What GradientCheck compares with the differences by its input, which is the source here.
            if (gradients.Parts[0].Input is { } ofSource)
            {
                gradients.PrepareInput(ofSource, wanted: true);
                ofSource.Values.CopyTo(gradients.Input!.Values);
            }
            else
            {
                gradients.PrepareInput(Sequence<double>.ForTokens(1, 1, 0), wanted: false);
            }

            return gradients;
        }
    }

    [Fact]
    public void An_encoder_decoder_rejects_its_pass_when_the_source_is_its_output()
    {
        var model = new EncoderDecoder<float>(new LstmLayer<float>(3, 3, seed: 1), new LstmLayer<float>(3, 3, seed: 2));
        Sequence<float> x = Models.Input<float>(3, 2, 4, seed: 1);
        ForwardPass<float> pass = model.Forward(x, x);
        model.Invoking(it => it.Forward(pass.Output, x, reuse: pass)).Should().Throw<ArgumentException>().WithParameterName("reuse");
    }
}
