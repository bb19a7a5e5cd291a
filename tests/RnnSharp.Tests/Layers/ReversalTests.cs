using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Numerics;
using RnnSharp.Training;
using Xunit;
using Xunit.Abstractions;

namespace RnnSharp.Tests.Layers;

/// <summary>
/// An encoder-decoder with attention learns to reverse strings that it has not seen: short ones by default, and of up to 10 symbols with
/// RNNSHARP_EXHAUSTIVE=1.
/// </summary>
public sealed class ReversalTests(ITestOutputHelper output)
{
    private const int Symbols = 10;
    private const int Start = Symbols;
    private const int End = Symbols + 1;
    private const int Vocabulary = Symbols + 2;

    [Fact]
    public void An_encoder_decoder_with_attention_reverses_unseen_strings()
    {
        (int longest, int hidden, long steps, double least) = VectorFunctions.Exhaustive ? (10, 64, 3000L, 0.99) : (4, 32, 300L, 0.95);
        long started = Environment.TickCount64;
        var random = new Random(1);
        HashSet<string> seen = [];
        IReadOnlyList<Example<float>> training = TokenPairs.ToExamples<float>(Strings(20_000).Select(text => (text, Reversed(text))), Symbols, Vocabulary, Start, End);

        var model = new EncoderDecoder<float>(
            new LayerStack<float>(new EmbeddingLayer<float>(Symbols, 16, seed: 1), new GruLayer<float>(16, hidden, seed: 2)),
            new LayerStack<float>(
                new EmbeddingLayer<float>(Vocabulary, 16, seed: 3),
                new GruLayer<float>(16, hidden, seed: 4),
                new AttentionLayer<float>(hidden, hidden, longest, seed: 5),
                new DenseLayer<float>(2 * hidden, hidden, seed: 6),
                new ActivationLayer<float>(hidden, Activation.Tanh),
                new DenseLayer<float>(hidden, Vocabulary, seed: 7)));
        var options = new TrainerOptions<float> { MaxSteps = steps, MaxGradientNorm = 1, Schedule = new CosineSchedule(0.005, steps) };
        new Trainer<float>(model, new Adam<float>(), new SoftmaxCrossEntropy<float>(), options).Fit(new ExampleBatches<float>(training, new() { BatchSize = 64, Seed = 1 }));

        int[][] unseen = [.. Strings(3000).Where(text => !seen.Contains(string.Join(' ', text))).Take(1000)];
        State<float> state = model.CreateState(unseen.Length);
        model.Encode(Sequence<float>.FromTokens(unseen, Symbols), state);
        Sequence<float> written = Sequence<float>.ForTokens(Vocabulary, unseen.Length, longest + 1);
        model.Generate(Enumerable.Repeat(Start, unseen.Length).ToArray(), state, written, endToken: End);
        double exact = unseen.Where((text, j) => written.LengthOf(j) == text.Length && Enumerable.Range(0, text.Length).All(t => written.Tokens[t * unseen.Length + j] == text[^(t + 1)])).Count() / (double)unseen.Length;
        output.WriteLine($"{exact:P2} of {unseen.Length} unseen strings exact after {(Environment.TickCount64 - started) / 1000.0:F1} s");
        exact.Should().BeGreaterThan(least);

        int[][] Strings(int count) => [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, random.Next(1, longest + 1)).Select(_ => random.Next(Symbols)).ToArray())];

        int[] Reversed(int[] text)
        {
            seen.Add(string.Join(' ', text));
            return [.. text.Reverse()];
        }
    }
}
