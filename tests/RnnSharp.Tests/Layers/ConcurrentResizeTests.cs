using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Catalogue;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>
/// Sequences and states that another thread resizes while a layer or a loss works on them. The result is then undefined, but no call
/// leaves the memory it has read, and the only exceptions are those of a wrong call.
/// </summary>
public sealed class ConcurrentResizeTests
{
    private const int Size = 5;
    private const int Rounds = 200;
    private const int LargeBatch = 9;
    private const int LargeSteps = 80;

    public static TheoryData<string> Names => CatalogueData.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Layers_stay_within_their_memory_while_another_thread_resizes_what_they_work_on(string name)
    {
        LayerRow<float> row = LayerCatalogue<float>.Row(name);
        Layer<float> layer = row.Create(Size, 4 * Size);

        // Recurrent layers take longer, and ConcurrentChangeTests change what they work on at the worst moment.
        int rounds = layer.CreateState(1).Leaves.Count == 0 ? Rounds : Rounds / 10;
        foreach (bool isTokens in CatalogueData.TokensOrNot(row)) Resize(layer, isTokens, row.InputSteps ?? LargeSteps, rounds);
    }

    [Fact]
    public void Losses_stay_within_their_memory_while_another_thread_resizes_what_they_work_on()
    {
        Sequence<float> scores = null!, wanted = null!, gradient = null!, tokens = null!;
        var weighted = new SoftmaxCrossEntropy<float>([1, 2, 3, 4, 5], labelSmoothing: 0.1);
        var pairs = new BinaryCrossEntropy<float>([1, 2, 3, 4, 5]);
        CtcLoss<float> alignments = new(0), others = new(1);
        int[] one = [0], many = new int[LargeBatch * LargeSteps], lengths = new int[LargeBatch];
        Renew();
        ConcurrentChange.RunBeside(
            random =>
            {
                foreach (Sequence<float> sequence in (Sequence<float>[])[scores, wanted, tokens]) Change(sequence, random, LargeSteps, lengths);
                if (random.Next(4) == 0) Change(gradient, random, LargeSteps, lengths: null);
                Thread.SpinWait(random.Next(30));
            },
            [
                WithNewOnes(() => MeanSquaredError.Compute(scores, wanted, gradient)),
                WithNewOnes(() => HuberLoss.Compute(scores, wanted, gradient)),
                WithNewOnes(() => SoftmaxCrossEntropy.Compute(scores, tokens, gradient)),
                WithNewOnes(() => SoftmaxCrossEntropy.Compute(scores, one, gradient)),
                WithNewOnes(() => SoftmaxCrossEntropy.Compute(scores, many, gradient)),
                WithNewOnes(() => weighted.Compute(scores, tokens, gradient)),
                WithNewOnes(() => weighted.Compute(scores, wanted, gradient, losses: new Sequence<float>(1, 1, 1))),
                WithNewOnes(() => pairs.Compute(scores, wanted, gradient)),
                WithNewOnes(() => alignments.Compute(scores, tokens, gradient)),
                WithNewOnes(() => others.Compute(scores, tokens, gradient)),
            ],
            rounds: 10 * Rounds);

        Action WithNewOnes(Action call) => () =>
        {
            Renew();
            call();
        };

        void Renew() => (scores, wanted, gradient, tokens) = (new(Size, 1, 1), new(Size, 1, 1), new(Size, 1, 1), Sequence<float>.ForTokens(Size, 1, 1));
    }

    [Fact]
    public void Free_running_stays_within_its_memory_while_another_thread_resizes_what_it_works_on()
    {
        var layer = new LayerStack<float>(new GruLayer<float>(Size, Size, seed: 1), new DenseLayer<float>(Size, Size, seed: 2));
        Sequence<float> tokens = null!;
        State<float> state = null!;
        int[] one = [0], many = new int[LargeBatch], lengths = new int[LargeBatch];
        Renew();
        ConcurrentChange.RunBeside(
            random =>
            {
                Change(tokens, random, LargeSteps, lengths);
                state.Resize(random.Next(2) == 0 ? 1 : LargeBatch);
                Thread.SpinWait(random.Next(30));
            },
            [
                Renew,
                () => layer.Generate(one, state, tokens),
                () => layer.Generate(many, state, tokens, endToken: 1),
            ],
            Rounds);

        void Renew() => (tokens, state) = (Sequence<float>.ForTokens(Size, 1, 1), layer.CreateState(1));
    }

    private static void Resize(Layer<float> layer, bool isTokens, int largestSteps, int rounds)
    {
        var encoder = layer as EncoderDecoder<float>;
        var lengths = new int[LargeBatch];
        var output = new float[layer.OutputSize * LargeBatch];
        Gradients<float> gradients = layer.CreateGradients();
        Sequence<float> x = null!, source = null!, y = null!, dy = null!;
        State<float> state = null!, finalGradient = null!;
        ForwardPass<float> pass = null!;
        Renew();
        ConcurrentChange.RunBeside(
            random =>
            {
                Change(x, random, largestSteps, lengths);
                Change(source, random, LargeSteps, lengths);
                Change(dy, random, pass.Output.Steps, lengths: null);
                if (random.Next(4) == 0) Change(y, random, LargeSteps, lengths: null);
                if (random.Next(8) == 0) Change(pass.Output, random, LargeSteps, lengths: null);
                if (random.Next(8) == 0 && gradients.Input is { } dx) Change(dx, random, LargeSteps, lengths: null);
                state.Resize(random.Next(2) == 0 ? 1 : LargeBatch);
                finalGradient.Resize(random.Next(2) == 0 ? 1 : LargeBatch);
                Thread.SpinWait(random.Next(30));
            },
            [
                WithNewOnes(() => layer.Forward(x, reuse: pass)),
                WithNewOnes(() => layer.Forward(x, state)),
                WithNewOnes(() => layer.Backward(layer.Forward(x, reuse: pass), dy, reuse: gradients)),
                WithNewOnes(() => layer.Backward(layer.Forward(x, reuse: pass), null, finalGradient, reuse: gradients)),
                WithNewOnes(() => layer.Predict(x, reuse: y)),
                WithNewOnes(() => layer.Predict(x, state)),
                WithNewOnes(() => Step(layer, isTokens, state, output.AsSpan(0, layer.OutputSize))),
                WithNewOnes(() => Step(layer, isTokens, state, output)),
                WithNewOnes(() => Step(new Stepper<float>(layer, state), isTokens, batch: 1)),
                WithNewOnes(() => Step(new Stepper<float>(layer, state, checkFinite: true), isTokens, LargeBatch)),
                WithNewOnes(() => encoder?.Forward(source, x, reuse: pass)),
                WithNewOnes(() => encoder?.Encode(source, state)),
            ],
            rounds);

        Action WithNewOnes(Action call) => () =>
        {
            Renew();
            call();
        };

        // Small ones that have never been larger: memory grows and never shrinks, so that only they can be too short.
        void Renew()
        {
            x = isTokens ? Sequence<float>.ForTokens(layer.InputSize, 1, 1) : new Sequence<float>(layer.InputSize, 1, 1);
            (source, y, dy) = (new Sequence<float>(encoder?.Encoder.InputSize ?? Size, 1, 1), new Sequence<float>(layer.OutputSize, 1, 1), new Sequence<float>(layer.OutputSize, 1, 1));
            (state, finalGradient, pass) = (layer.CreateState(1), layer.CreateState(1), layer.CreatePass());
        }
    }

    private static void Step(ILayer<float> layer, bool isTokens, State<float> state, Span<float> output)
    {
        int batch = output.Length / layer.OutputSize;
        if (isTokens) layer.Step(new int[batch], state, output);
        else layer.Step(new float[layer.InputSize * batch], state, output);
    }

    private static void Step(Stepper<float> stepper, bool isTokens, int batch)
    {
        if (isTokens) stepper.Step(new int[batch]);
        else stepper.Step(new float[stepper.Layer.InputSize * batch]);
    }

    /// <summary>Makes a sequence small or large, and sometimes ragged.</summary>
    private static void Change(Sequence<float> sequence, Random random, int largestSteps, int[]? lengths)
    {
        int batch = random.Next(3) == 0 ? 1 : LargeBatch, steps = random.Next(3) == 0 ? 1 : largestSteps;
        try
        {
            sequence.Resize(batch, steps);
            if (lengths is null || random.Next(3) != 0) return;
            for (int j = 0; j < batch; j++) lengths[j] = random.Next(steps + 1);
            sequence.SetLengths(lengths.AsSpan(0, batch));
        }
        catch (ArgumentException)
        {
            // A call reshapes its output at the same time.
        }
    }
}
