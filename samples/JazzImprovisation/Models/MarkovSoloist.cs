namespace JazzImprovisation;

/// <summary>
/// A Markov chain: the next note depends on the chord and on the last notes, and possibly on the time within the bar. It knows all keys, because it hears notes
/// relative to the chord's root and to each other, as the network does. Probabilities of longer contexts are interpolated with those of shorter ones (Witten and Bell 1991, method C).
/// </summary>
internal sealed class MarkovSoloist : ISoloist
{
    private readonly NoteVocabulary _vocabulary;
    private readonly int _order;
    private readonly bool _knowsTime;
    private readonly Dictionary<Context, Counts> _counts = [];
    private readonly List<Note> _played = [];
    private Chart _chart = new([]);

    /// <summary>Counts the phrases.</summary>
    /// <param name="vocabulary">The notes.</param>
    /// <param name="phrases">The phrases.</param>
    /// <param name="order">How many of the last notes it knows: 1 to 3.</param>
    /// <param name="knowsTime">Whether it knows the time within the bar.</param>
    public MarkovSoloist(NoteVocabulary vocabulary, IEnumerable<Phrase> phrases, int order, bool knowsTime = false)
    {
        (_vocabulary, _order, _knowsTime) = (vocabulary, order, knowsTime);
        foreach (Phrase phrase in phrases)
        {
            Begin(phrase.Chart);
            foreach ((int time, Note note) in phrase.Timed())
            {
                int token = _vocabulary.TokenOf(note, phrase.Chart.At(time), Reference(time));
                foreach (Context context in Contexts(time))
                {
                    if (!_counts.TryGetValue(context, out Counts? counts)) _counts[context] = counts = new();
                    counts.Add(token);
                }

                _played.Add(note);
            }
        }
    }

    public string Name => $"Markov chain, order {_order}{(_knowsTime ? ", with the beat" : "")}";

    public void Begin(Chart chart)
    {
        _chart = chart;
        _played.Clear();
    }

    public void Score(int time, Span<float> scores)
    {
        Counts[] known = [.. Contexts(time).Select(context => _counts.GetValueOrDefault(context)).OfType<Counts>()];
        for (int token = 0; token < scores.Length; token++)
        {
            double probability = 1.0 / scores.Length;
            foreach (Counts counts in known) probability = counts.Interpolate(token, probability);
            scores[token] = (float)Math.Log(probability);
        }
    }

    public void Play(Note note) => _played.Add(note);

    private int Reference(int time) => NoteVocabulary.Reference(_chart.At(time), _played.FindLast(note => note.Pitch is not null).Pitch);

    /// <summary>From the shortest to the longest.</summary>
    private IEnumerable<Context> Contexts(int time)
    {
        var context = new Context(_chart.At(time).Kind, -1, 0, 0, 0);
        yield return context;
        int reference = Reference(time);
        if (_played.Count == 0) yield break;
        Note last = _played[^1];
        context = context with { First = 1 + (last.Pitch is null ? 12 : _chart.At(time).Above(reference)) * (Note.Bar + 1) + last.Length };
        yield return context;
        for (int back = 2; back <= _order && back <= _played.Count; back++)
        {
            int symbol = 1 + _vocabulary.TokenOf(_played[^back], _chart.At(time), reference);
            context = back == 2 ? context with { Second = symbol } : context with { Third = symbol };
            yield return context;
        }

        if (_knowsTime) yield return context with { Time = time % Note.Bar };
    }

    private readonly record struct Context(string Kind, int Time, int First, int Second, int Third);

    /// <summary>How often each token has followed a context.</summary>
    private sealed class Counts
    {
        private readonly Dictionary<int, int> _tokens = [];
        private int _total;

        public void Add(int token)
        {
            _tokens[token] = _tokens.GetValueOrDefault(token) + 1;
            _total++;
        }

        public double Interpolate(int token, double shorter) => (_tokens.GetValueOrDefault(token) + _tokens.Count * shorter) / (_total + _tokens.Count);
    }
}
