using RnnSharp.Layers;

namespace RnnSharp.Tests;

/// <summary>Steppers.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Steppers()
    {
        const string New = "Stepper.new(layer, state, checkFinite)", Create = "SteppingExtensions.CreateStepper(layer, batch, checkFinite)", Step = "Stepper.Step(input)";
        yield return Null(New, "layer", f => _ = new Stepper<double>(null!, f.State));
        yield return Null(New, "state", f => _ = new Stepper<double>(f.Lstm, null!));
        yield return Bad(New, "layer", "a layer that streams", "ReverseLayer", f => _ = new Stepper<double>(f.Reverse, f.Reverse.CreateState(2)));
        yield return Bad(New, "state", "h 4 x 2", "got a state of h 9 x 2", f => _ = new Stepper<double>(f.Lstm, new State<double>(2, ("h", 9))));
        yield return Bad(New, "state", "0.h 5 x 2", "got a state of h 5 x 2", f => _ = new Stepper<double>(f.Stack, new State<double>(2, ("h", 5))));
        yield return Bad(New, "state", "at most 2147483591 elements", "got 4295032832", f => _ = new Stepper<float>(Wide(), Wide().CreateState(65537)));
        yield return Bad(Create, "state", "at most 2147483591 elements", "got 4295032832", _ => new LayerStack<float>(new ResidualLayer<float>(new DenseLayer<float>(1, 1)), Wide()).CreateStepper(65537));
        yield return Bad("Layer.Step(input, state, output)", "state", "at most 2147483591 elements", "got 4295032832", _ => Wide().Step(new float[65537], Wide().CreateState(65537), new float[65537]));
        yield return Null(Create, "layer", _ => ((ILayer<double>)null!).CreateStepper());
        yield return Bad(Create, "batch", "at least 1", "got 0", f => f.Lstm.CreateStepper(0));
        yield return Bad(Create, "layer", "a layer that streams", "BidirectionalLayer", f => f.Both.CreateStepper());
        foreach (bool checks in (bool[])[false, true])
        {
            foreach (Func<Fixture, ILayer<double>> layer in (Func<Fixture, ILayer<double>>[])[f => f.Lstm, f => f.Stack, f => f.Dense, f => f.Pair])
            {
                yield return Bad(Step, "input", "3 x 2 = 6 values", "got 5", f => layer(f).CreateStepper(2, checks).Step(new double[5]));
                yield return Bad(Step, "input", "3 x 2 = 6 values", "got 0", f => layer(f).CreateStepper(2, checks).Step(ReadOnlySpan<double>.Empty));
                yield return Bad(Step, "input", "2 tokens", "got 3", f => layer(f).CreateStepper(2, checks).Step(StepInput<double>.Tokens([0, 1, 2])));
                yield return Bad(Step, "input", "0 to 2", "got 3", f => layer(f).CreateStepper(2, checks).Step(StepInput<double>.Tokens([0, 3])));
                yield return Bad(Step, "input", "0 to 2", "got -1", f => layer(f).CreateStepper(2, checks).Step(StepInput<double>.Tokens([-1, 0])));
            }

            yield return Bad(Step, "input", "tokens (a layer of type EmbeddingLayer takes no features)", "got features", f => f.Embedding.CreateStepper(2, checks).Step(new double[6]));
            yield return Bad(Step, "input", "tokens (a layer of type LayerStack takes no features)", "got features", f => new LayerStack<double>(f.Embedding).CreateStepper(2, checks).Step(new double[6]));
            foreach ((string type, Func<ILayer<double>> layer, _) in SquareLayers())
                yield return Bad(Step, "input", $"features (a layer of type {type} takes no tokens)", "got tokens", _ => layer().CreateStepper(2, checks).Step(StepInput<double>.Tokens([0, 1])));
        }

        yield return Bad(Step, "input", "finite features at step 0", "got NaN in feature 1 of example 1", f => f.Lstm.CreateStepper(2, checkFinite: true).Step(new[] { 0, 0, 0, 0, double.NaN, 0 }));

        // Small input and output, and more features between its layers than fit an int for a batch of 65537.
        static LayerStack<float> Wide() => new(new DenseLayer<float>(1, 65536, seed: 1), new DenseLayer<float>(65536, 1, seed: 2));
    }
}
