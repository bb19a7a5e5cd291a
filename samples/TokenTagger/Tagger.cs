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
/// Reads the words of a sentence in both directions and gives each a tag. A word that is not frequent in training is the unknown one, of which the
/// network sees no more than whether it has a capital and where it stands, so that what is around it tells the tag.
/// </summary>
internal sealed class Tagger
{
    private const int Flags = 3;

    private readonly WordVocabulary _words;
    private readonly LayerStack<float> _model;

    public Tagger(Corpus corpus, int hidden, int seed)
    {
        var random = new FastRandom((ulong)seed);
        _words = WordVocabulary.FromTexts(
            Enumerable.Range(0, 10_000).Select(_ => corpus.DrawNoisy(random)).Select(sentence => string.Join(' ', sentence.Words.Select(word => Sentence.Plain(sentence.TextOf(word))))),
            new() { Splitting = WordSplitting.Whitespace, LowerCase = true, MinimumCount = 15 });
        _model = new LayerStack<float>(
            new DenseLayer<float>(_words.Size + Flags, hidden, seed),
            new DropoutLayer<float>(hidden, 0.5, seed),
            Both(hidden, seed + 1),
            new DropoutLayer<float>(2 * hidden, 0.5, seed + 3),
            Both(2 * hidden, seed + 4),
            new DropoutLayer<float>(2 * hidden, 0.5, seed + 6),
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
        bar.Show(steps, () => trainer.Fit(training, new ExampleBatches<float>([.. validation.Select(Example)], new() { BatchSize = 100, Shuffle = false })));
    }

    /// <summary>Tags the words of sentences, whatever tags they have.</summary>
    public IReadOnlyList<Sentence> Tag(IReadOnlyList<Sentence> sentences)
    {
        return [.. sentences.Select(sentence =>
        {
            Sequence<float> scores = _model.Predict(Sequence<float>.FromJagged([Features(sentence)]));
            return sentence.With([.. Enumerable.Range(0, scores.Steps).Select(t => Enumerable.Range(0, Sentence.Tags.Count).MaxBy(tag => scores[tag, 0, t]))]);
        })];
    }

    private Example<float> Example(Sentence sentence) =>
        new(Series<float>.FromJagged(Features(sentence)), Series<float>.FromTokens(sentence.Words.Select(word => word.Tag).ToArray(), Sentence.Tags.Count));

    // A one for the word, and the flags: it has a capital, it is the first, it has a letter.
    private float[][] Features(Sentence sentence) => [.. sentence.Words.Select((word, i) =>
    {
        string text = sentence.TextOf(word);
        var features = new float[_words.Size + Flags];
        features[_words.Encode(Sentence.Plain(text))[0]] = 1;
        features[^3] = char.IsUpper(text[0]) ? 1 : 0;
        features[^2] = i == 0 ? 1 : 0;
        features[^1] = text.Any(char.IsLetter) ? 1 : 0;
        return features;
    })];
}
