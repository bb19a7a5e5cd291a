using RnnSharp.Layers;
using RnnSharp.Recurrent;

namespace RnnSharp.Tests;

/// <summary>The calls that every layer has; the catalogue's LayerBadArgumentTests makes them on every layer.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> LayerCalls()
    {
        const string Forward = "Layer.Forward(input, initialState, reuse)";
        const string Backward = "Layer.Backward(pass, outputGradient, finalStateGradient, inputGradient, accumulate, reuse)";
        const string Predict = "Layer.Predict(input, state, reuse)";
        const string Step = "Layer.Step(input, state, output)";
        (Func<Fixture, ILayer<double>> Layer, string StateOfTwo)[] layers = [(f => f.Lstm, "h 4 x 2, c 4 x 2"), (f => f.Both, "forward.h 4 x 2, forward.c 4 x 2, backward.h 4 x 2")];
        foreach ((Func<Fixture, ILayer<double>> layer, string stateOfTwo) in layers)
        {
            yield return Null(Forward, "input", f => layer(f).Forward(null!));
            yield return Bad(Forward, "input", "3 x batch x steps", "got 4 x 2 x 5", f => layer(f).Forward(new Sequence<double>(4, 2, 5)));
            yield return Bad(Forward, "input", "3 x batch x steps", "got 4 x 2 x 5 (tokens)", f => layer(f).Forward(Sequence<double>.ForTokens(4, 2, 5)));
            yield return Bad(Forward, "initialState", $"Expected {(stateOfTwo.StartsWith('a') ? "" : "a state of ")}{stateOfTwo}", " 3", f => layer(f).Forward(f.X, layer(f).CreateState(3)));
            yield return Bad(Forward, "initialState", stateOfTwo, "got a state of h 9 x 2", f => layer(f).Forward(f.X, new State<double>(2, ("h", 9))));
            yield return Bad(Forward, "reuse", "this layer", "another layer", f => layer(f).Forward(f.X, reuse: f.OtherLstm.Forward(f.X)));

            yield return Null(Predict, "input", f => layer(f).Predict(null!));
            yield return Bad(Predict, "input", "3 x batch x steps", "got 4 x 2 x 5", f => layer(f).Predict(new Sequence<double>(4, 2, 5)));
            yield return Bad(Predict, "state", stateOfTwo, "got a state of h 9 x 2", f => layer(f).Predict(f.X, new State<double>(2, ("h", 9))));
            yield return Bad(Predict, "reuse", "a sequence other than the input", "overwritten", f => layer(f).Predict(f.X, reuse: f.X));
            yield return Bad(Predict, "reuse", "features", "tokens", f => layer(f).Predict(f.X, reuse: f.Tokens));

            yield return Null(Backward, "pass", f => layer(f).Backward(null!, null));
            yield return Bad(Backward, "pass", "this layer", "another layer", f => layer(f).Backward(f.OtherLstm.Forward(f.X), null));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 3 x 2 x 5", f => layer(f).Backward(layer(f).Forward(f.X), new Sequence<double>(3, 2, 5)));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 4 x 1 x 5", f => layer(f).Backward(layer(f).Forward(f.X), new Sequence<double>(4, 1, 5)));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 4 x 2 x 6", f => layer(f).Backward(layer(f).Forward(f.X), new Sequence<double>(4, 2, 6)));
            yield return Bad(Backward, "outputGradient", "4 x 2 x 5", "got 4 x 2 x 5 (tokens)", f => layer(f).Backward(layer(f).Forward(f.X), Sequence<double>.ForTokens(4, 2, 5)));
            yield return Bad(Backward, "finalStateGradient", stateOfTwo, "got a state of h 9 x 2", f => layer(f).Backward(layer(f).Forward(f.X), null, new State<double>(2, ("h", 9))));
            yield return Bad(Backward, "reuse", "this layer", "another layer", f => layer(f).Backward(layer(f).Forward(f.X), null, reuse: f.OtherLstm.CreateGradients()));
            yield return Bad(Backward, "reuse", "accumulate", "none", f => layer(f).Backward(layer(f).Forward(f.X), null, accumulate: true));
            yield return Bad(Backward, "pass", "current parameters", "got one of version", f => layer(f).Backward(f.OlderPass(layer(f)), null));
            yield return Bad(Backward, "pass", "3 x 2 x 5", "got 3 x 4 x 5", f =>
            {
                ForwardPass<double> pass = layer(f).Forward(f.X);
                f.X.Resize(4, 5);
                layer(f).Backward(pass, null);
            });
        }

        yield return Bad(Forward, "reuse", "output is not the input", "overwritten", f =>
        {
            var square = new GruLayer<double>(4, 4);
            ForwardPass<double> pass = square.Forward(new Sequence<double>(4, 2, 3));
            square.Forward(pass.Output, reuse: pass);
        });
        foreach (Func<Fixture, ILayer<double>> layer in (Func<Fixture, ILayer<double>>[])[f => f.Lstm, f => f.Stack])
        {
            yield return Bad(Step, "input", "3 x 2 = 6 values", "got 5", f => layer(f).Step(new double[5], layer(f).CreateState(2), new double[8]));
            yield return Bad(Step, "input", "3 x 2 = 6 values", "got 0", f => layer(f).Step(ReadOnlySpan<double>.Empty, layer(f).CreateState(2), new double[8]));
            yield return Null(Step, "state", f => layer(f).Step(new double[6], null!, new double[8]));
            yield return Bad(Step, "state", "Expected a state", "got a state of h 9 x 2", f => layer(f).Step(new double[6], new State<double>(2, ("h", 9)), new double[8]));
            yield return Bad(Step, "output", "4 x 2 = 8 values", "got 9", f => layer(f).Step(new double[6], layer(f).CreateState(2), new double[9]));
            yield return Bad(Step, "output", "overlap", "input", f =>
            {
                var memory = new double[10];
                layer(f).Step(memory.AsSpan(0, 6), layer(f).CreateState(2), memory.AsSpan(2, 8));
            });
            yield return Bad(Step, "input", "2 tokens", "got 3", f => layer(f).Step(StepInput<double>.Tokens([0, 1, 2]), layer(f).CreateState(2), new double[8]));
            yield return Bad(Step, "input", "0 to 2", "got 3", f => layer(f).Step(StepInput<double>.Tokens([0, 3]), layer(f).CreateState(2), new double[8]));
            yield return Bad(Step, "input", "0 to 2", "got -1", f => layer(f).Step(StepInput<double>.Tokens([-1, 0]), layer(f).CreateState(2), new double[8]));
            yield return Null(Step, "state", f => layer(f).Step(StepInput<double>.Tokens([0, 1]), null!, new double[8]));
            yield return Bad(Step, "output", "4 x 2 = 8 values", "got 7", f => layer(f).Step(StepInput<double>.Tokens([0, 1]), layer(f).CreateState(2), new double[7]));
        }

        yield return Bad(Forward, "input", "features (a layer of type PoolingLayer takes no tokens)", "got tokens", _ => new PoolingLayer<double>(4, Pooling.Max).Forward(Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Predict, "input", "features (a layer of type PoolingLayer takes no tokens)", "got tokens", _ => new PoolingLayer<double>(4, Pooling.Max).Predict(Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Forward, "input", "features (a layer of type ResidualLayer takes no tokens)", "got tokens", f => new ResidualLayer<double>(new GruLayer<double>(4, 4)).Forward(Sequence<double>.ForTokens(4, 2, 5)));
        yield return Bad(Forward, "input", "features (a layer of type DropoutLayer takes no tokens)", "got tokens", f => new LayerStack<double>(new DropoutLayer<double>(3, 0.5), f.Gru).Forward(f.Tokens));
        yield return Bad(Backward, "outputGradient", "4 x 2 x 1", "got 4 x 2 x 5", _ =>
        {
            var pooling = new PoolingLayer<double>(4, Pooling.Max);
            pooling.Backward(pooling.Forward(new Sequence<double>(4, 2, 5)), new Sequence<double>(4, 2, 5));
        });
        yield return Bad(Backward, "pass", "current parameters", "got one of version", f =>
        {
            var layer = new LayerNormalizationLayer<double>(3);
            layer.Backward(f.OlderPass(layer), null);
        });
        yield return Bad("Layer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new DropoutLayer<double>(4, 0.5).CreateState(0));
        yield return Bad("Layer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new LayerNormalizationLayer<double>(4).CreateState(0));
        yield return Bad("Layer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new PoolingLayer<double>(4, Pooling.Last).CreateState(0));
        yield return Bad("CompositeLayer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new ResidualLayer<double>(new GruLayer<double>(4, 4)).CreateState(0));
        yield return Bad(Step, "output", "overlap", "state", f => f.Lstm.Step(new double[6], f.State, f.State["h"].Values));
        yield return Bad("RecurrentLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Lstm.CreateState(0));
        yield return Bad("Layer.CreateState(batch)", "batch", "at least 1", "got -1", f => f.Dense.CreateState(-1));
        yield return Bad("CompositeLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => new ReverseLayer<double>(f.Lstm).CreateState(0));
        yield return Bad("CompositeLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => new BidirectionalLayer<double>(f.Lstm, f.Gru).CreateState(0));
        yield return Bad("CompositeLayer.CreateState(batch)", "batch", "at least 1", "got 0", f => f.Stack.CreateState(0));

        yield return Bad("Layer.new(inputSize, outputSize)", "inputSize", "at least 1", "got 0", f => _ = new BareLayer(0, 1));
        yield return Bad("Layer.new(inputSize, outputSize)", "outputSize", "at least 1", "got -5", f => _ = new BareLayer(1, -5));
        yield return Null("Layer.Shape(output, input)", "output", f => new BareLayer(1, 1).TryShape(null!, f.X));
        yield return Null("Layer.Shape(output, input)", "input", f => new BareLayer(1, 1).TryShape(f.X, null!));
        yield return Null("Layer.CheckInput(input)", "input", f => new BareLayer(1, 1).TryCheckInput(null!));
        yield return Bad("Layer.CheckInput(input)", "input", "2 x batch x steps", "got 3 x 2 x 5", f => new BareLayer(2, 1).TryCheckInput(f.X));
        yield return Bad("Layer.Report(batch, steps)", "batch", "at least 1", "got 0", f => new BareLayer(1, 1).TryReport(0, 1));
        yield return Bad("Layer.Report(batch, steps)", "steps", "0 or more", "got -1", f => new BareLayer(1, 1).TryReport(1, -1));
        yield return Null("Layer.Prepare(pass, input)", "pass", f => new BareLayer(1, 1).TryPrepare(null!, f.X));
        yield return Bad("Layer.CreateState(batch)", "batch", "at least 1", "got 0", _ => new BareLayer(1, 1).CreateState(0));
        yield return Null("Layer.ScratchOf(state)", "state", _ => BareLayer.TryScratchOf((State<double>)null!));
        yield return Null("Layer.ScratchOf(gradients)", "gradients", _ => BareLayer.TryScratchOf((Gradients<double>)null!));
        yield return Null("Layer.Prepare(pass, input)", "input", f => new BareLayer(1, 1).TryPrepare(new BarePass(f.Lstm), null!));
        yield return Null(Step, "state", _ => new BareLayer(2, 2).Step(StepInput<double>.Features(default), null!, default));
        yield return Bad(Step, "output", "2 x 1 = 2 values", "got 0", _ => new BareLayer(2, 2).Step(new double[2], new State<double>(1), default));

        // 4 · 2³⁰ values: 0 to a product of 32 bits, and then nothing would stop the kernels from reading anywhere.
        yield return Bad(Step, "output", "4294967296 values", "got 0", _ => new BareLayer(4, 4).Step(StepInput<double>.Features(default), new State<double>(1 << 30), default));
    }

    /// <summary>Layers of 4 inputs and outputs that stream and take no tokens, and what their states of batch 2 are.</summary>
    private static (string Type, Func<ILayer<double>> Layer, string StateOfTwo)[] SquareLayers() =>
    [
        ("DropoutLayer", () => new DropoutLayer<double>(4, 0.5, seed: 1), "a state without leaves of batch 2"),
        ("ActivationLayer", () => new ActivationLayer<double>(4, Activation.Relu), "a state without leaves of batch 2"),
        ("LayerNormalizationLayer", () => new LayerNormalizationLayer<double>(4), "a state without leaves of batch 2"),
        ("ResidualLayer", () => new ResidualLayer<double>(new GruLayer<double>(4, 4, seed: 1)), "0.h 4 x 2"),
    ];
}
