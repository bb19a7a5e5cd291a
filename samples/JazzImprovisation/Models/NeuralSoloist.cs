using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace JazzImprovisation;

/// <summary>An LSTM that has learned phrases.</summary>
internal sealed class NeuralSoloist : ISoloist
{
    private readonly NoteVocabulary _vocabulary;
    private readonly NoteFeatures _features;
    private readonly LayerStack<float> _model;
    private readonly State<float> _state;
    private readonly float[] _input;
    private Chart _chart = new([]);
    private Note? _last;
    private int? _lastPitch;

    public NeuralSoloist(NoteVocabulary vocabulary, int units, double dropout, FastRandom random)
    {
        _vocabulary = vocabulary;
        _features = new(vocabulary);
        _model = new(
            new DropoutLayer<float>(_features.Size, dropout / 2, random.Next()),
            new LstmLayer<float>(_features.Size, units, random.Next()),
            new DropoutLayer<float>(units, dropout, random.Next()),
            new DenseLayer<float>(units, vocabulary.Size, random.Next()));
        _state = _model.CreateState(1);
        _input = new float[_features.Size];
    }

    public string Name => "LSTM";

    public LayerStack<float> Model => _model;

    /// <summary>Chains of phrases in random keys, without end.</summary>
    public GeneratedBatches<float> Training(IReadOnlyList<Phrase> phrases, int batchSize, int batches, ulong seed) => new(random =>
    {
        Phrase[] chain = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => phrases[random.Next(phrases.Count)])];
        return ToExample(Phrase.Join(chain).Transpose(random.Next(Phrase.LowestKey, Phrase.HighestKey + 1)));
    }, batchSize, batches, seed);

    /// <summary>Each phrase by itself, in all keys.</summary>
    public ExampleBatches<float> Validation(IReadOnlyList<Phrase> phrases) =>
        new([.. InAllKeys(phrases).Select(ToExample)], new() { BatchSize = 64, Shuffle = false });

    public static IEnumerable<Phrase> InAllKeys(IEnumerable<Phrase> phrases) =>
        phrases.SelectMany(phrase => Enumerable.Range(Phrase.LowestKey, 12).Select(phrase.Transpose));

    public void Begin(Chart chart)
    {
        (_chart, _last, _lastPitch) = (chart, null, null);
        _state.Clear();
    }

    public void Score(int time, Span<float> scores)
    {
        _features.Write(_chart, time, _last, _lastPitch, _input);
        _model.Step(_input, _state, scores);
    }

    public void Play(int token)
    {
        _last = _vocabulary[token];
        _lastPitch = _last.Value.Pitch ?? _lastPitch;
    }

    private Example<float> ToExample(Phrase phrase)
    {
        float[] input = new float[phrase.Notes.Count * _features.Size];
        Note? last = null;
        int? lastPitch = null;
        foreach ((int i, (int time, Note note)) in phrase.Timed().Index())
        {
            _features.Write(phrase.Chart, time, last, lastPitch, input.AsSpan(i * _features.Size, _features.Size));
            (last, lastPitch) = (note, note.Pitch ?? lastPitch);
        }

        int[] target = [.. phrase.Notes.Select(_vocabulary.TokenOf)];
        return new(Series<float>.FromValues(input, _features.Size), Series<float>.FromTokens(target, _vocabulary.Size));
    }
}
