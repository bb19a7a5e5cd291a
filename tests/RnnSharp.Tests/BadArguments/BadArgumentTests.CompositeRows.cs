using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests;

/// <summary>Layers made of layers.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Composites()
    {
        const string Step = "Layer.Step(input, state, output)";
        const string Tied = "DenseLayer.new(weights, seed)";
        yield return Null(Tied, "weights", f => _ = new DenseLayer<double>(null!));

        const string Embedding = "EmbeddingLayer.new(vocabulary, size, seed, paddingToken)", Shared = "EmbeddingLayer.new(weights, paddingToken)";
        yield return Bad(Embedding, "vocabulary", "at least 1", "got 0", f => _ = new EmbeddingLayer<double>(0, 4));
        yield return Bad(Embedding, "size", "at least 1", "got -1", f => _ = new EmbeddingLayer<double>(3, -1));
        yield return Bad(Embedding, "size", "at most", "got 4294967294", f => _ = new EmbeddingLayer<double>(int.MaxValue, 2));
        yield return Bad(Embedding, "paddingToken", "0 to 2", "got 3", f => _ = new EmbeddingLayer<double>(3, 4, paddingToken: 3));
        yield return Bad(Embedding, "paddingToken", "0 to 2", "got -1", f => _ = new EmbeddingLayer<double>(3, 4, paddingToken: -1));
        yield return new Row(Embedding, "T", ["float (System.Single) or double (System.Double)", "System.Half"], f => _ = new EmbeddingLayer<Half>(1, 1));
        yield return Null(Shared, "weights", f => _ = new EmbeddingLayer<double>(null!));
        yield return Bad(Shared, "paddingToken", "0 to 15", "got 16", f => _ = new EmbeddingLayer<double>(f.Lstm.RecurrentWeights, paddingToken: 16));
        yield return Bad("Layer.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Embedding.CreateState(0));
        yield return Bad(Step, "input", "tokens (a layer of type EmbeddingLayer takes no features)", "got features", f => f.Embedding.Step(new double[6], f.Embedding.CreateState(2), new double[8]));
        yield return Bad(Step, "input", "2 tokens", "got 1", f => f.Embedding.Step(StepInput<double>.Tokens([1]), f.Embedding.CreateState(2), new double[8]));
        yield return Bad(Step, "input", "0 to 2", "got 3", f => f.Embedding.Step(StepInput<double>.Tokens([1, 3]), f.Embedding.CreateState(2), new double[8]));
        yield return Null(Step, "state", f => f.Embedding.Step(StepInput<double>.Tokens([1, 1]), null!, new double[8]));
        yield return Bad(Step, "output", "4 x 2 = 8 values", "got 7", f => f.Embedding.Step(StepInput<double>.Tokens([1, 1]), f.Embedding.CreateState(2), new double[7]));
        yield return Bad("Layer.Forward(input, initialState, reuse)", "input", "tokens (a layer of type EmbeddingLayer takes no features)", "got features", f => f.Embedding.Forward(f.X));
        yield return Bad("Layer.Predict(input, state, reuse)", "input", "tokens (a layer of type EmbeddingLayer takes no features)", "got features", f => f.Embedding.Predict(f.X));

        const string Of = "LayerStack.Of(inputSize, seed, layers)";
        yield return Bad(Of, "inputSize", "at least 1", "got 0", _ => LayerStack.Of(0, 1, (inputs, seed) => new DenseLayer<double>(inputs, 1, seed)));
        yield return Null(Of, "layers", _ => LayerStack.Of(1, 1, (Func<int, int, ILayer<double>>[])null!));
        yield return Bad(Of, "layers", "at least one layer", "none", _ => LayerStack.Of<double>(1, 1));
        yield return Bad(Of, "layers", "layer 1", "is null", _ => LayerStack.Of(1, 1, (inputs, seed) => new DenseLayer<double>(inputs, 1, seed), null!));
        yield return Bad(Of, "layers", "layer 0", "returned null", _ => LayerStack.Of<double>(1, 1, (_, _) => null!));
        yield return Bad(Of, "layers", "layer 1 to have 4 inputs, as passed to its function", "got 3", f => LayerStack.Of(3, 1, (inputs, seed) => new DenseLayer<double>(inputs, 4, seed), (_, _) => f.Dense));

        const string Feedback = "FeedbackLayer.new(inner, steps)";
        yield return Null(Feedback, "inner", f => _ = new FeedbackLayer<double>(null!, 3));
        yield return Bad(Feedback, "inner", "an output size of 3", "got 4", f => _ = new FeedbackLayer<double>(f.Lstm, 3));
        yield return Bad(Feedback, "inner", "takes features", "got EmbeddingLayer, which takes only tokens", f => _ = new FeedbackLayer<double>(new EmbeddingLayer<double>(3, 3), 2));
        yield return Bad(Feedback, "steps", "at least 1", "got 0", f => _ = new FeedbackLayer<double>(new GruLayer<double>(3, 3), 0));
        yield return Bad("CompositeLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Feedback.CreateState(0));
        yield return Bad("Layer.Forward(input, initialState, reuse)", "input", "3 x batch x 1", "got 3 x 2 x 5", f => f.Feedback.Forward(f.X));
        yield return Bad("Layer.Predict(input, state, reuse)", "input", "3 x batch x 1", "got 3 x 2 x 5", f => f.Feedback.Predict(f.X));
        yield return Bad("Layer.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse)", "outputGradient", "3 x 2 x 4", "got 3 x 2 x 5", f =>
            f.Feedback.Backward(f.Feedback.Forward(new Sequence<double>(3, 2, 1)), new Sequence<double>(3, 2, 5)));

        const string Both = "EncoderDecoder.new(encoder, decoder)";
        yield return Null(Both, "encoder", f => _ = new EncoderDecoder<double>(null!, f.Lstm));
        yield return Null(Both, "decoder", f => _ = new EncoderDecoder<double>(f.Lstm, null!));
        yield return Bad(Both, "decoder", "each layer once", "the same LstmLayer as encoder and as decoder", f => _ = new EncoderDecoder<double>(f.Lstm, f.Lstm));
        yield return Bad(Both, "decoder", "h 4, c 4", "got h 4", f => _ = new EncoderDecoder<double>(f.Lstm, f.Gru));
        yield return Bad(Both, "decoder", "h 4, c 4", "got none", f => _ = new EncoderDecoder<double>(f.Lstm, f.Dense));
        yield return Bad(Both, "decoder", "h 4", "got h 5", f => _ = new EncoderDecoder<double>(f.Gru, f.Stack));
        yield return Bad(Both, "encoder", "with a state", "without", f => _ = new EncoderDecoder<double>(f.Dense, f.Dense2));
        yield return Bad(Both, "decoder", "a memory of 4 features (the encoder's output size) for each of its 7 steps", "got 3", f => _ = new EncoderDecoder<double>(f.Gru, new LayerStack<double>(new GruLayer<double>(3, 4), new AttentionLayer<double>(4, 3, 7))));
        yield return Bad(Both, "decoder", "h 4 (the encoder's leaves) besides its memory", "got h 5", f => _ = new EncoderDecoder<double>(f.Gru, new LayerStack<double>(new GruLayer<double>(3, 5), new AttentionLayer<double>(5, 4, 7))));
        yield return Bad("EncoderDecoder.Encode(source, state)", "source", "at most 2 steps (the decoder's memory)", "got 3", f => Attending(2).Encode(new Sequence<double>(3, 2, 3), Attending(2).CreateState(2)));
        yield return Bad("EncoderDecoder.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Pair.CreateState(0));
        const string Forward = "EncoderDecoder.Forward(source, input, initialState, reuse)";
        yield return Null(Forward, "source", f => f.Pair.Forward(null!, f.X));
        yield return Null(Forward, "input", f => f.Pair.Forward(f.X, (Sequence<double>)null!));
        yield return Bad(Forward, "source", "3 x batch x steps", "got 4 x 2 x 5", f => f.Pair.Forward(new Sequence<double>(4, 2, 5), f.X));
        yield return Bad(Forward, "source", "a batch of 2", "got 3 x 1 x 5", f => f.Pair.Forward(new Sequence<double>(3, 1, 5), f.X));
        yield return Bad(Forward, "input", "3 x batch x steps", "got 2 x 2 x 5", f => f.Pair.Forward(f.X, new Sequence<double>(2, 2, 5)));
        yield return Bad(Forward, "initialState", "0.h 4 x 2", "0.h 4 x 3", f => f.Pair.Forward(f.X, f.X, f.Pair.CreateState(3)));
        yield return Bad(Forward, "reuse", "this layer", "another layer", f => f.Pair.Forward(f.X, f.X, reuse: f.Lstm.CreatePass()));
        yield return Bad(Forward, "reuse", "this layer", "another layer", f => f.Pair.Forward(f.X, f.X, reuse: new EncoderDecoder<double>(f.Lstm, f.OtherLstm).CreatePass()));
        const string Predict = "EncoderDecoder.Predict(source, input, state, reuse)";
        yield return Null(Predict, "source", f => f.Pair.Predict(null!, f.X));
        yield return Null(Predict, "input", f => f.Pair.Predict(f.X, (Sequence<double>)null!));
        yield return Bad(Predict, "source", "a batch of 2", "got 3 x 1 x 5", f => f.Pair.Predict(new Sequence<double>(3, 1, 5), f.X));
        yield return Bad(Predict, "state", "0.h 4 x 2", "got a state of h 4 x 2", f => f.Pair.Predict(f.X, f.X, f.Lstm.CreateState(2)));
        yield return Bad(Predict, "reuse", "a sequence other than the input", "overwritten", f => f.Pair.Predict(f.X, f.X, reuse: f.X));
        yield return Bad(Predict, "reuse", "features", "tokens", f => f.Pair.Predict(f.X, f.X, reuse: f.Tokens));
        const string Encode = "EncoderDecoder.Encode(source, state)";
        yield return Null(Encode, "source", f => f.Pair.Encode(null!, f.Pair.CreateState(2)));
        yield return Bad(Encode, "source", "3 x batch x steps", "got 4 x 2 x 5", f => f.Pair.Encode(new Sequence<double>(4, 2, 5), f.Pair.CreateState(2)));
        yield return Null(Encode, "state", f => f.Pair.Encode(f.X, null!));
        yield return Bad(Encode, "state", "0.h 4 x 2", "0.h 4 x 1", f => f.Pair.Encode(f.X, f.Pair.CreateState(1)));
        yield return Bad(Step, "input", "3 x 2 = 6 values", "got 5", f => f.Pair.Step(new double[5], f.Pair.CreateState(2), new double[8]));
        yield return Bad(Step, "output", "4 x 2 = 8 values", "got 9", f => f.Pair.Step(new double[6], f.Pair.CreateState(2), new double[9]));
        yield return Bad(Step, "input", "0 to 2", "got 7", f => f.Pair.Step(StepInput<double>.Tokens([0, 7]), f.Pair.CreateState(2), new double[8]));
        yield return Bad(Step, "state", "0.h 4 x 2", "got a state of h 4 x 2", f => f.Pair.Step(StepInput<double>.Tokens([0, 1]), f.Lstm.CreateState(2), new double[8]));

        const string Generate = "FreeRunning.Generate(layer, first, state, tokens, choose, endToken)";
        yield return Bad(Generate, "state", "at most", "got 4294967294", f => new BareLayer(3, int.MaxValue).Generate([0, 0], f.State, f.Tokens, First));
        yield return Bad(Generate, "layer", "a layer that streams", "ReverseLayer", f => f.Reverse.Generate([0, 0], f.Reverse.CreateState(2), f.Tokens, First));
        yield return Null(Generate, "layer", f => FreeRunning.Generate(null!, [0, 0], f.State, f.Tokens));
        yield return Null(Generate, "state", f => f.Lstm.Generate([0, 0], null!, f.Tokens));
        yield return Null(Generate, "tokens", f => f.Lstm.Generate([0, 0], f.State, null!));
        yield return Bad(Generate, "tokens", "tokens of 3 x 2 x steps", "got 3 x 2 x 5", f => f.Lstm.Generate([0, 0], f.State, f.X));
        yield return Bad(Generate, "tokens", "tokens of 3 x 2 x steps", "got 4 x 2 x 5", f => f.Lstm.Generate([0, 0], f.State, Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Generate, "tokens", "tokens of 3 x 2 x steps", "got 3 x 1 x 5", f => f.Lstm.Generate([0, 0], f.State, Sequence<double>.ForTokens(3, 1, 5)));
        yield return Bad(Generate, "first", "2 tokens", "got 1", f => f.Lstm.Generate([0], f.State, f.Tokens, First));
        yield return Bad(Generate, "first", "0 to 2", "got 3", f => f.Lstm.Generate([0, 3], f.State, f.Tokens, First));
        yield return Bad(Generate, "choose", "among the 4 outputs", "null", f => f.Lstm.Generate([0, 0], f.State, f.Tokens));
        yield return Bad(Generate, "choose", "0 to 2", "got 3", f => f.Lstm.Generate([0, 0], f.State, f.Tokens, (_, _, _) => 3));
        yield return Bad(Generate, "endToken", "0 to 2", "got -1", f => f.Lstm.Generate([0, 0], f.State, f.Tokens, First, endToken: -1));

        yield return Null("LayerSummaries.Summary(layer, batch, steps)", "layer", _ => ((ILayer<double>)null!).Summary(1, 1));
        yield return Bad("LayerSummaries.Summary(layer, batch, steps)", "batch", "at least 1", "got 0", f => f.Lstm.Summary(0, 1));
        yield return Bad("LayerSummaries.Summary(layer, batch, steps)", "steps", "at least 1", "got -2", f => f.Lstm.Summary(1, -2));
        const string Plain = "LayerReport.Plain(layer, batch, steps, outputSteps)";
        yield return Null(Plain, "layer", _ => LayerReport<double>.Plain(null!, 1, 1, 1));
        yield return Bad(Plain, "batch", "at least 1", "got 0", f => LayerReport<double>.Plain(f.Lstm, 0, 1, 1));
        yield return Bad(Plain, "steps", "0 or more", "got -1", f => LayerReport<double>.Plain(f.Lstm, 1, -1, 1));
        yield return Bad(Plain, "outputSteps", "0 or more", "got -1", f => LayerReport<double>.Plain(f.Lstm, 1, 1, -1));

        const string Composite = "CompositeLayer.new(inputSize, outputSize, parts)", Sharing = "CompositeLayer.new(inputSize, outputSize, parts, sharesLayers)";
        yield return Bad(Composite, "inputSize", "at least 1", "got 0", f => _ = new BareComposite(0, 4, new LayerPart<double>("a", f.Gru)));
        yield return Bad(Composite, "outputSize", "at least 1", "got -1", f => _ = new BareComposite(3, -1, new LayerPart<double>("a", f.Gru)));
        yield return Null(Composite, "parts", f => _ = new BareComposite(3, 4, null!));
        yield return Bad(Composite, "parts", "at least one part", "none", f => _ = new BareComposite(3, 4));
        yield return Bad(Composite, "parts", "name of part 1", "null", f => _ = new BareComposite(3, 4, new LayerPart<double>("a", f.Gru), new LayerPart<double>(null!, f.Lstm)));
        yield return Bad(Composite, "parts", "Part 0", "null", f => _ = new BareComposite(3, 4, new LayerPart<double>("a", null!)));
        yield return Bad(Composite, "parts", "each layer once", "the same GruLayer as a and as b", f => _ = new BareComposite(3, 4, new LayerPart<double>("a", f.Gru), new LayerPart<double>("b", f.Gru)));
        yield return Null(Sharing, "parts", f => _ = new BareComposite(3, 4, null!));
        yield return Bad("CompositeLayer.CheckPart(part, input)", "part", "0 to 0", "got 1", f => One(f).TryCheckPart(1, f.X));
        yield return Null("CompositeLayer.CheckPart(part, input)", "input", f => One(f).TryCheckPart(0, null!));
        yield return Bad("CompositeLayer.CheckPart(part, input)", "input", "3 x batch x steps", "got 4 x 2 x 5", f => One(f).TryCheckPart(0, new Sequence<double>(4, 2, 5)));
        const string PredictPart = "CompositeLayer.PredictPart(part, input, state, output)";
        yield return Bad(PredictPart, "part", "0 to 0", "got -1", f => One(f).TryPredictPart(-1, f.X, One(f).CreateState(2), f.X));
        yield return Null(PredictPart, "input", f => One(f).TryPredictPart(0, null!, One(f).CreateState(2), new Sequence<double>(4, 2, 5)));
        yield return Null(PredictPart, "state", f => One(f).TryPredictPart(0, f.X, null!, new Sequence<double>(4, 2, 5)));
        yield return Bad(PredictPart, "state", "1 part", "got 0", f => One(f).TryPredictPart(0, f.X, f.Gru.CreateState(2), new Sequence<double>(4, 2, 5)));
        yield return Null(PredictPart, "output", f => One(f).TryPredictPart(0, f.X, One(f).CreateState(2), null!));
        const string StepPart = "CompositeLayer.StepPart(part, input, state, output)";
        yield return Bad(StepPart, "part", "0 to 0", "got 1", f => One(f).TryStepPart(1, new double[6], One(f).CreateState(2), new double[8]));
        yield return Bad(StepPart, "input", "3 x 2 = 6 values", "got 5", f => One(f).TryStepPart(0, new double[5], One(f).CreateState(2), new double[8]));
        yield return Null(StepPart, "state", f => One(f).TryStepPart(0, new double[6], null!, new double[8]));
        yield return Bad(StepPart, "state", "1 part", "got 0", f => One(f).TryStepPart(0, new double[6], f.Gru.CreateState(2), new double[8]));
        yield return Bad(StepPart, "output", "4 x 2 = 8 values", "got 7", f => One(f).TryStepPart(0, new double[6], One(f).CreateState(2), new double[7]));
        yield return Null("CompositePass.new(layer)", "layer", f => _ = new CompositePass<double>(null!));
        const string ForwardPart = "CompositePass.Forward(part, input, initialState)";
        yield return Bad(ForwardPart, "part", "0 to 0", "got 1", f => new CompositePass<double>(One(f)).Forward(1, f.X, null));
        yield return Null(ForwardPart, "input", f => new CompositePass<double>(One(f)).Forward(0, null!, null));
        yield return Bad(ForwardPart, "initialState", "1 part", "got 0", f => new CompositePass<double>(One(f)).Forward(0, f.X, f.Gru.CreateState(2)));
        const string BackwardPart = "CompositePass.Backward(part, outputGradient, finalStateGradient, inputGradient, accumulate, gradients)";
        yield return Bad(BackwardPart, "part", "0 to 0", "got 1", f => new CompositePass<double>(One(f)).Backward(1, null, null, true, false, One(f).CreateGradients()));
        yield return Bad(BackwardPart, "finalStateGradient", "1 part", "got 0", f => new CompositePass<double>(One(f)).Backward(0, null, f.Gru.CreateState(2), true, false, One(f).CreateGradients()));
        yield return Null(BackwardPart, "gradients", f => new CompositePass<double>(One(f)).Backward(0, null, null, true, false, null!));
        yield return Bad(BackwardPart, "gradients", "1 part", "got 0", f => new CompositePass<double>(One(f)).Backward(0, null, null, true, false, f.Gradients));
        yield return Bad("CompositePass.ShareOutput(part)", "part", "0 to 0", "got 1", f => new CompositePass<double>(One(f)).ShareOutput(1));

        static BareComposite One(Fixture f) => new(3, 4, new LayerPart<double>("a", f.Gru));

        static int First(Span<double> scores, int example, int step) => 0;
    }

    private static EncoderDecoder<double> Attending(int steps) => new(new GruLayer<double>(3, 4), new LayerStack<double>(new GruLayer<double>(3, 4), new AttentionLayer<double>(4, 4, steps)));
}
