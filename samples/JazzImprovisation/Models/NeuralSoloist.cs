using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;

namespace JazzImprovisation;

/// <summary>An LSTM that has learned phrases.</summary>
internal sealed class NeuralSoloist : ISoloist
{
    // There are few phrases: without much dropout they are soon known by heart.
    private const double RecurrentDropout = 0.35, OutputDropout = 0.5;

    private readonly NoteVocabulary _vocabulary;
    private readonly NoteFeatures _features;
    private readonly LayerStack<float> _model;
    private readonly State<float> _state;
    private readonly float[] _input;
    private Chart _chart = new([]);
    private Melody _played;

    public NeuralSoloist(NoteVocabulary vocabulary, int units, FastRandom random)
    {
        _vocabulary = vocabulary;
        _features = new(vocabulary);
        _model = new(
            new LstmLayer<float>(_features.Size, units, random.Next(), new() { RecurrentDropout = RecurrentDropout }),
            new DropoutLayer<float>(units, OutputDropout, random.Next()),
            new DenseLayer<float>(units, vocabulary.Size, random.Next()));
        _state = _model.CreateState(1);
        _input = new float[_features.Size];
    }

    public string Name => "LSTM";

    public LayerStack<float> Model => _model;

    /// <summary>Chains of one to three phrases in random keys, without end. A phrase may begin with any of its bars, so that it is not learned by heart.</summary>
    public GeneratedBatches<float> Training(IReadOnlyList<Phrase> phrases, int batchSize, int batches, ulong seed) => new(random =>
    {
        Phrase[] chain = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => phrases[random.Next(phrases.Count)]).Select(phrase => phrase.From(random.Next(phrase.Chart.Bars)))];
        return ToExample(Phrase.Join(chain).Transpose(random.Next(Phrase.LowestKey, Phrase.HighestKey + 1)));
    }, batchSize, batches, seed);

    /// <summary>Each phrase by itself, in all keys.</summary>
    public ExampleBatches<float> Validation(IReadOnlyList<Phrase> phrases) =>
        new([.. InAllKeys(phrases).Select(ToExample)], new() { BatchSize = 64, Shuffle = false });

    public static IEnumerable<Phrase> InAllKeys(IEnumerable<Phrase> phrases) =>
        phrases.SelectMany(phrase => Enumerable.Range(Phrase.LowestKey, 12).Select(phrase.Transpose));

    public void Begin(Chart chart)
    {
        (_chart, _played) = (chart, default);
        _state.Clear();
    }

    public void Score(int time, Span<float> scores)
    {
        _features.Write(_chart, time, _played, _input);
        _model.Step(_input, _state, scores);
    }

    public void Play(Note note) => _played = _played.With(note);

    private Example<float> ToExample(Phrase phrase)
    {
        float[] input = new float[phrase.Notes.Count * _features.Size];
        int[] target = new int[phrase.Notes.Count];
        Melody played = default;
        foreach ((int i, (int time, Note note)) in phrase.Timed().Index())
        {
            _features.Write(phrase.Chart, time, played, input.AsSpan(i * _features.Size, _features.Size));
            target[i] = _vocabulary.TokenOf(note, phrase.Chart.At(time), NoteVocabulary.Reference(phrase.Chart.At(time), played.Pitch));
            played = played.With(note);
        }

        return new(Series<float>.FromValues(input, _features.Size), Series<float>.FromTokens(target, _vocabulary.Size));
    }
}
