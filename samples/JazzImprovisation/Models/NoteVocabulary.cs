namespace JazzImprovisation;

/// <summary>The notes and rests that can be played, as tokens: every pitch of the range in every length that occurs, and rests.</summary>
internal sealed class NoteVocabulary
{
    private readonly int[] _lengths, _rests;
    private readonly bool[][] _fits;

    public NoteVocabulary(IEnumerable<Phrase> phrases)
    {
        Note[] notes = [.. phrases.SelectMany(phrase => phrase.Notes)];
        _lengths = [.. notes.Where(note => note.Pitch is not null).Select(note => note.Length).Distinct().Order()];
        _rests = [.. notes.Where(note => note.Pitch is null).Select(note => note.Length).Distinct().Order()];
        Lowest = notes.Min(note => note.Pitch ?? int.MaxValue) + Phrase.LowestKey;
        Highest = notes.Max(note => note.Pitch ?? int.MinValue) + Phrase.HighestKey;
        _fits = [.. Enumerable.Range(0, Note.Bar).Select(time => Enumerable.Range(0, Size).Select(token => Note.Fits(time, this[token].Length)).ToArray())];
    }

    public int Lowest { get; }

    public int Highest { get; }

    public int Pitches => Highest - Lowest + 1;

    public int Size => Pitches * _lengths.Length + _rests.Length;

    public Note this[int token] => token < Pitches * _lengths.Length ? new(Lowest + token / _lengths.Length, _lengths[token % _lengths.Length]) : new(null, _rests[token - Pitches * _lengths.Length]);

    public int TokenOf(Note note) => note.Pitch is { } pitch ? (pitch - Lowest) * _lengths.Length + Array.IndexOf(_lengths, note.Length) : Pitches * _lengths.Length + Array.IndexOf(_rests, note.Length);

    /// <summary>Which tokens may begin at a time.</summary>
    public ReadOnlySpan<bool> Fitting(int time) => _fits[time % Note.Bar];
}
