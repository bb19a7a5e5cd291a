using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>A composite layer rejects what a part would reject, before any part runs; and what only parts together can get wrong.</summary>
public sealed class CompositeRejectionTests
{
    public static TheoryData<string> Wholes => ["stack", "reverse", "bidirectional", "residual", "feedback", "decoder"];

    [Theory]
    [MemberData(nameof(Wholes))]
    public void Tokens_that_a_part_rejects_leave_state_output_and_pass_as_they_are(string whole)
    {
        // Layer normalization takes no tokens; where two parts read the input, it is the second.
        ILayer<double> gru = new GruLayer<double>(3, 3, seed: 1), refusing = new LayerStack<double>(new LayerNormalizationLayer<double>(3), new GruLayer<double>(3, 3, seed: 2));
        ILayer<double> layer = whole switch
        {
            "stack" => new LayerStack<double>(refusing, gru),
            "reverse" => new ReverseLayer<double>(refusing),
            "bidirectional" => new BidirectionalLayer<double>(gru, refusing),
            "residual" => new ResidualLayer<double>(refusing),
            "feedback" => new FeedbackLayer<double>(refusing, 4),
            _ => new EncoderDecoder<double>(gru, refusing),
        };
        int steps = whole is "feedback" ? 1 : 5;
        var random = new Random(1);
        Sequence<double> tokens = Make.Tokens<double>(3, 2, steps, random), features = Make.Sequence<double>(3, 2, steps, random), output = Make.Sequence<double>(layer.OutputSize, 2, 7, random);
        State<double> state = Make.State(layer, 2, random), before = state.Clone();
        FluentActions.Invoking(() => layer is EncoderDecoder<double> pair ? pair.Predict(features, tokens, state, output) : layer.Predict(tokens, state, output)).Should().Throw<ArgumentException>().WithMessage("*takes no tokens*");
        Bits.ShouldBeSame(state, before, "state");
        output.Steps.Should().Be(7);

        ForwardPass<double> pass = layer.Forward(features);
        FluentActions.Invoking(() => layer.Forward(tokens, reuse: pass)).Should().Throw<ArgumentException>().WithMessage("*takes no tokens*");
        layer.Backward(pass, new Sequence<double>(layer.OutputSize, 2, pass.Output.Steps)).Norm().Should().Be(0);
    }

    public static TheoryData<string> TokenLayers => ["embedding", "stack", "reverse", "bidirectional", "decoder"];

    [Theory]
    [MemberData(nameof(TokenLayers))]
    public void A_layer_that_takes_only_tokens_is_rejected_where_it_would_get_features(string kind)
    {
        Refused(() => _ = new LayerStack<double>(new GruLayer<double>(3, 4, seed: 1), Layer()), "layers", "*a layer 1 that takes features (the output of layer 0), got *which takes only tokens*");
        Refused(() => _ = new FeedbackLayer<double>(Layer(), 2), "inner", "*a layer that takes features (its output is fed back), got *which takes only tokens*");
        Refused(() => _ = new ResidualLayer<double>(Layer()), "inner", "*a layer that takes features (its input is added to its output), got *which takes only tokens*");

        // As the first layer it is fine, and the whole then takes only tokens as well.
        var stack = new LayerStack<double>(Layer(), new DenseLayer<double>(4, 2, seed: 3));
        stack.Predict(Make.Tokens<double>(4, 2, 5, new Random(1))).Features.Should().Be(2);
        State<double> state = stack.CreateState(2);
        stack.Invoking(it => it.Predict(new Sequence<double>(4, 2, 5), state)).Should().Throw<ArgumentException>().WithMessage("*takes no features*").WithParameterName("input");

        ILayer<double> Layer()
        {
            EmbeddingLayer<double> embedding = new(4, 4, seed: 1);
            return kind switch
            {
                "embedding" => embedding,
                "stack" => new LayerStack<double>(embedding, new GruLayer<double>(4, 4, seed: 2)),
                "reverse" => new ReverseLayer<double>(embedding),
                "bidirectional" => new BidirectionalLayer<double>(new DenseLayer<double>(4, 4, seed: 2), embedding, BidirectionalMerge.Sum),
                _ => new EncoderDecoder<double>(new GruLayer<double>(3, 4, seed: 2), new LayerStack<double>(embedding, new GruLayer<double>(4, 4, seed: 3))),
            };
        }

        static void Refused(Action create, string argument, string message) => FluentActions.Invoking(create).Should().Throw<ArgumentException>().WithMessage(message).WithParameterName(argument);
    }

    [Fact]
    public void A_state_used_with_a_larger_vocabulary_works_with_a_smaller_one()
    {
        BidirectionalLayer<float> large = Bidirectional.Of(seed => new LstmLayer<float>(20_000, 4, seed), seed: 1), small = Bidirectional.Of(seed => new LstmLayer<float>(3, 4, seed), seed: 2);
        var many = Sequence<float>.FromTokens([.. Enumerable.Range(0, 6).Select(_ => (int[])[19_999, 19_999, 19_999, 19_999, 19_999])], 20_000);
        Sequence<float> few = Make.Tokens<float>(3, 6, 5, new Random(1));
        few.SetLengths([5, 0, 1, 2, 0, 3]);
        State<float> state = small.CreateState(6);
        large.Predict(many, state);
        state.Clear();
        Bits.ShouldBeSame<float>(small.Predict(few, state).Values, small.Predict(few).Values, "prediction");
    }

    [Fact]
    public void A_cell_of_a_layer_with_masks_is_rejected()
    {
        var zoneout = new RnnOptions { HiddenZoneout = 0.1 };
        Refused(() => _ = new RnnCell<double>(new RnnLayer<double>(2, 3, options: zoneout)));
        Refused(() => _ = new GruCell<double>(new GruLayer<double>(2, 3, options: new GruOptions { RecurrentDropout = 0.1 })));
        Refused(() => _ = new LstmCell<double>(new LstmLayer<double>(2, 3, options: new LstmOptions { CellZoneout = 0.1 })));

        static void Refused(Action create) => FluentActions.Invoking(create).Should().Throw<ArgumentException>().WithMessage("*a layer without random masks*").WithParameterName("layer");
    }

    [Fact]
    public void The_same_layer_in_both_directions_is_rejected()
    {
        var gru = new GruLayer<double>(2, 3, seed: 1);
        FluentActions.Invoking(() => new BidirectionalLayer<double>(gru, gru)).Should().Throw<ArgumentException>().WithMessage("*the same GruLayer as forward and as backward*").WithParameterName("backward");
    }

    [Fact]
    public void A_layer_twice_in_a_tree_is_rejected_with_both_paths()
    {
        var layer = new LstmLayer<float>(3, 3, seed: 1);
        FluentActions.Invoking(() => new LayerStack<float>(layer, new ResidualLayer<float>(layer))).Should().Throw<ArgumentException>().WithMessage("*same LstmLayer as 0 and as 1.0*");
        FluentActions.Invoking(() => new LayerStack<float>(new LayerStack<float>(layer), new ReverseLayer<float>(new LayerStack<float>(layer)))).Should().Throw<ArgumentException>().WithMessage("*0.0*1.0*");
    }

    [Fact]
    public void States_passes_and_gradients_of_other_layers_are_rejected_as_arguments()
    {
        var reverse = new ReverseLayer<float>(new LstmLayer<float>(3, 3, seed: 1));
        Sequence<float> x = Models.Input<float>(3, 2, 4, seed: 1);
        reverse.Invoking(it => it.Forward(x, new State<float>(2))).Should().Throw<ArgumentException>().WithParameterName("initialState");
        reverse.Invoking(it => it.Forward(x, reuse: new ForeignPass(reverse))).Should().Throw<ArgumentException>().WithParameterName("reuse");
        reverse.Invoking(it => it.Backward(new ForeignPass(reverse), null)).Should().Throw<ArgumentException>().WithParameterName("pass");
        var stack = new LayerStack<float>(new DropoutLayer<float>(3, 0.5), new DropoutLayer<float>(3, 0.5));
        FluentActions.Invoking(() => new Gradients<float>(stack, [stack.Parts[0].Layer.CreateGradients()])).Should().Throw<ArgumentException>().WithParameterName("parts");
    }

    private sealed class ForeignPass(ILayer<float> layer) : ForwardPass<float>(layer);
}
