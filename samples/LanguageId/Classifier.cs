using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using RnnSharp.Training;
using Samples;

namespace LanguageId;

/// <summary>Reads the characters of a text in both directions and names its language.</summary>
internal sealed class Classifier
{
    // Some characters are read as unknown in training, so that a new one does not matter.
    private const double UnknownShare = 0.1;

    private readonly CharacterVocabulary _characters;
    private readonly LayerStack<float> _model;

    public Classifier(IReadOnlyList<Snippet> training, int hidden, int seed)
    {
        const int Embedding = 32;
        _characters = CharacterVocabulary.FromTexts(training.Select(text => text.Characters), new() { UnknownToken = true });
        _model = new LayerStack<float>(
            new EmbeddingLayer<float>(_characters.Size, Embedding, seed: seed),
            new DropoutLayer<float>(Embedding, 0.3, seed),
            new BidirectionalLayer<float>(new GruLayer<float>(Embedding, hidden, seed + 1), new GruLayer<float>(Embedding, hidden, seed + 2)),
            new PoolingLayer<float>(2 * hidden, Pooling.Max),
            new DropoutLayer<float>(2 * hidden, 0.5, seed + 3),
            new DenseLayer<float>(2 * hidden, Texts.Languages.Count, seed + 4));
    }

    public int Weights => _model.Parameters.Sum(parameter => parameter.Count);

    /// <summary>Trains on fresh snippets of sentences, and keeps the weights that are best on other sentences.</summary>
    public void Learn(IReadOnlyList<Snippet> sentences, IReadOnlyList<Snippet> validation, int shortest, int longest, int steps, int seed)
    {
        const int BatchSize = 64;
        int every = Math.Max(1, steps / 10);
        var training = new GeneratedBatches<float>(random => Example(Texts.Cut(sentences[random.Next(sentences.Count)], shortest, longest, random), random), BatchSize, every, (ulong)seed);
        var bar = new TrainingBar<float>(record => $"step {record.Step}: validation loss {record.ValidationLoss:F4}, {record.Metrics["accuracy"]:P1} right, {record.Elapsed.TotalSeconds:F0} s");
        var options = new TrainerOptions<float>
        {
            MaxSteps = steps,
            Average = new WeightAverage<float>(_model, decay: 0.995),
            Schedule = new OneCycleSchedule(0.005, steps),
            MaxGradientNorm = 1,
            Metrics = [new Accuracy<float>()],
            Callbacks = [bar],
        };
        var trainer = new Trainer<float>(_model, new AdamW<float>(weightDecay: 0.1), new SoftmaxCrossEntropy<float>(), options);
        bar.Show(steps, () => trainer.Fit(training, new ExampleBatches<float>([.. validation.Select(text => Example(text, null))], new() { BatchSize = 256, Shuffle = false, BucketBatches = 1000 })));
    }

    /// <summary>The score of each language for texts: languages × texts × 1.</summary>
    public Sequence<float> Scores(IReadOnlyList<Snippet> texts) => _model.Predict(Sequence<float>.FromTokens([.. texts.Select(text => _characters.Encode(text.Characters))], _characters.Size));

    private Example<float> Example(Snippet text, FastRandom? random)
    {
        int[] tokens = _characters.Encode(text.Characters);
        for (int i = 0; random is not null && i < tokens.Length; i++)
        {
            if (random.NextDouble() < UnknownShare) tokens[i] = _characters.UnknownToken!.Value;
        }

        return new(Series<float>.FromTokens(tokens, _characters.Size), Series<float>.FromLabel(text.Language, Texts.Languages.Count));
    }
}
