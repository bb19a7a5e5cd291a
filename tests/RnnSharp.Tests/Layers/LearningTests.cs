using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Models of several parts learn what they are for.</summary>
public sealed class LearningTests
{
    [Fact]
    public void An_encoder_and_decoder_learn_to_reverse_sequences()
    {
        // Tokens 0 to 7, then the one that starts and ends a sequence.
        const int Letters = 8, End = Letters, Vocabulary = Letters + 1, Longest = 5, Batch = 64, Trainings = 500, Tests = 400;
        var embedding = new EmbeddingLayer<float>(Vocabulary, 16, seed: 1);
        var model = new EncoderDecoder<float>(
            new LayerStack<float>(embedding, new LstmLayer<float>(16, 64, seed: 2)),
            new LayerStack<float>(new EmbeddingLayer<float>(embedding.Weights), new LstmLayer<float>(16, 64, seed: 3), new DenseLayer<float>(64, Vocabulary, seed: 4)));
        var random = new Random(1);

        // Kept out of the training: none of them is ever seen.
        int[][] held = Draw(Tests, shortest: Longest - 1, []);
        HashSet<string> keptOut = [.. held.Select(Name)];
        var adam = new Adam<float>(0.01);
        var dy = new Sequence<float>(Vocabulary, Batch, 0);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        for (int step = 0; step < Trainings; step++)
        {
            int[][] sources = Draw(Batch, shortest: 1, keptOut);
            (Sequence<float> source, Sequence<float> input, Sequence<float> target) = Sequences(sources);
            pass = model.Forward(source, input, reuse: pass);
            SoftmaxCrossEntropy.Compute(pass.Output, target, dy);
            gradients = model.Backward(pass, dy, inputGradient: false, reuse: gradients);
            GradientClipping.ByNorm(gradients, 1);
            adam.Step(model.Parameters, gradients);
        }

        State<float> state = model.CreateState(Tests);
        model.Encode(Sequences(held).Source, state);
        Sequence<float> written = Sequence<float>.ForTokens(Vocabulary, Tests, Longest + 1);
        model.Generate(Enumerable.Repeat(End, Tests).ToArray(), state, written, endToken: End);
        int right = 0;
        for (int j = 0; j < Tests; j++)
        {
            int[] answer = [.. Enumerable.Range(0, written.LengthOf(j)).Select(t => written.Tokens[t * Tests + j])];
            if (answer.SequenceEqual(held[j].Reverse())) right++;
        }

        ((double)right / Tests).Should().BeGreaterThan(0.98, "sequences that it has not seen, written freely, are to be right in every token");

        int[][] Draw(int count, int shortest, HashSet<string> without)
        {
            var drawn = new List<int[]>();
            while (drawn.Count < count)
            {
                int[] letters = [.. Enumerable.Range(0, random.Next(shortest, Longest + 1)).Select(_ => random.Next(Letters))];
                if (!without.Contains(Name(letters))) drawn.Add(letters);
            }

            return [.. drawn];
        }

        static string Name(int[] letters) => string.Join(' ', letters);

        static (Sequence<float> Source, Sequence<float> Input, Sequence<float> Target) Sequences(int[][] sources) => (
            Sequence<float>.FromTokens(sources, Vocabulary),
            Sequence<float>.FromTokens([.. sources.Select(letters => (int[])[End, .. letters.Reverse()])], Vocabulary),
            Sequence<float>.FromTokens([.. sources.Select(letters => (int[])[.. letters.Reverse(), End])], Vocabulary));
    }

    [Fact]
    public void An_embedding_with_tied_weights_learns_a_small_language()
    {
        // Sentences of a subject, its verb and an object: three choices of equal likelihood among 8, 1 and 8 words, and the end. The verb
        // follows from the subject two words back, past an adjective among 4.
        const int Subjects = 8, Verbs = 8, Objects = 8, Adjectives = 4, End = Subjects + Verbs + Objects + Adjectives, Vocabulary = End + 1, Words = 5;
        const int Batch = 32, Trainings = 300, Tests = 500;
        double entropy = (Math.Log(Subjects) + Math.Log(Adjectives) + Math.Log(Objects)) / Words;
        var embedding = new EmbeddingLayer<float>(Vocabulary, 24);
        Initializers.Normal(embedding.Weights, 0.3, new Random(5));
        var model = new LayerStack<float>(embedding, new LstmLayer<float>(24, 24, seed: 2), new DenseLayer<float>(embedding.Weights, seed: 3));
        var random = new Random(1);
        var adam = new Adam<float>(0.01);
        var dy = new Sequence<float>(Vocabulary, Batch, Words);
        ForwardPass<float>? pass = null;
        Gradients<float>? gradients = null;
        for (int step = 0; step < Trainings; step++)
        {
            (Sequence<float> input, Sequence<float> target) = Draw(Batch);
            pass = model.Forward(input, reuse: pass);
            SoftmaxCrossEntropy.Compute(pass.Output, target, dy);
            gradients = model.Backward(pass, dy, inputGradient: false, reuse: gradients);
            adam.Step(model.Parameters, gradients);
        }

        (Sequence<float> heldInput, Sequence<float> heldTarget) = Draw(Tests);
        double perplexity = Math.Exp(SoftmaxCrossEntropy.Compute(model.Predict(heldInput), heldTarget).Mean);
        perplexity.Should().BeInRange(0.97 * Math.Exp(entropy), 1.05 * Math.Exp(entropy), "the language itself has {0} on a word, of {1}", Math.Exp(entropy), Vocabulary);

        (Sequence<float> Input, Sequence<float> Target) Draw(int count)
        {
            int[][] sentences = [.. Enumerable.Range(0, count).Select(_ =>
            {
                int subject = random.Next(Subjects);
                int adjective = Subjects + Verbs + Objects + random.Next(Adjectives);
                return (int[])[End, subject, adjective, Subjects + (3 * subject + 1) % Verbs, Subjects + Verbs + random.Next(Objects), End];
            })];
            return (Sequence<float>.FromTokens([.. sentences.Select(words => words[..^1])], Vocabulary), Sequence<float>.FromTokens([.. sentences.Select(words => words[1..])], Vocabulary));
        }
    }
}
