using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;
using Samples;

namespace TokenTagger;

/// <summary>
/// Reads a sentence character by character in both directions and tags each word at its last character. It knows no words, so that a new one
/// is nothing special: what it looks like and what is around it tell the tag.
/// </summary>
internal sealed class Tagger
{
    private readonly CharacterVocabulary _characters;
    private readonly LayerStack<float> _model;

    public Tagger(IReadOnlyList<Sentence> examples, int hidden, int seed)
    {
        const int Embedding = 32;
        _characters = CharacterVocabulary.FromTexts(examples.Select(sentence => sentence.Text), new() { UnknownToken = true });
        _model = new LayerStack<float>(
            new EmbeddingLayer<float>(_characters.Size, Embedding, seed: seed),
            new DropoutLayer<float>(Embedding, 0.2, seed),
            Both(Embedding, seed + 1),
            new DropoutLayer<float>(2 * hidden, 0.4, seed + 3),
            Both(2 * hidden, seed + 4),
            new DropoutLayer<float>(2 * hidden, 0.4, seed + 6),
            new DenseLayer<float>(2 * hidden, Sentence.Tags.Count, seed + 7));

        BidirectionalLayer<float> Both(int inputs, int first) => new(new GruLayer<float>(inputs, hidden, first), new GruLayer<float>(inputs, hidden, first + 1));
    }

    public int Weights => _model.Parameters.Sum(parameter => parameter.Count);

    /// <summary>Trains on fresh sentences with invented names and words, and keeps the weights that are best on other templates and names.</summary>
    public void Learn(Corpus corpus, IReadOnlyList<Sentence> validation, int steps, int seed)
    {
        var training = new GeneratedBatches<float>(random => Example(corpus.DrawNoisy(random)), batchSize: 32, batchesPerEpoch: Math.Max(1, steps / 10), (ulong)seed);
        var bar = new TrainingBar<float>(record => $"step {record.Step}: training loss {record.TrainingLoss:F4}, validation loss {record.ValidationLoss:F4}, {record.Metrics["accuracy"]:P1} of the words right, {record.Elapsed.TotalSeconds:F0} s");
        var options = new TrainerOptions<float>
        {
            MaxSteps = steps,
            Schedule = new OneCycleSchedule(0.004, steps),
            MaxGradientNorm = 1,
            Metrics = [new Accuracy<float>()],
            Callbacks = [bar],
        };
        var trainer = new Trainer<float>(_model, new AdamW<float>(), new SoftmaxCrossEntropy<float>(), options);
        bar.Show(steps, () => trainer.Fit(training, new ExampleBatches<float>([.. validation.Select(Example)], new() { BatchSize = 100, Shuffle = false, BucketBatches = 100 })));
    }

    /// <summary>Tags the words of sentences, whatever tags they have.</summary>
    public IReadOnlyList<Sentence> Tag(IReadOnlyList<Sentence> sentences)
    {
        Sequence<float> scores = _model.Predict(Sequence<float>.FromTokens([.. sentences.Select(sentence => _characters.Encode(sentence.Text))], _characters.Size));
        return [.. sentences.Select((sentence, j) => sentence.With([.. sentence.Words.Select(word => Enumerable.Range(0, Sentence.Tags.Count).MaxBy(tag => scores[tag, j, word.End - 1]))]))];
    }

    private Example<float> Example(Sentence sentence)
    {
        // Only the last character of a word has a target.
        int[] tags = new int[sentence.Text.Length];
        Array.Fill(tags, Sequence<float>.ZeroToken);
        foreach (Word word in sentence.Words) tags[word.End - 1] = word.Tag;
        return new(Series<float>.FromTokens(_characters.Encode(sentence.Text), _characters.Size), Series<float>.FromTokens(tags, Sentence.Tags.Count));
    }
}
