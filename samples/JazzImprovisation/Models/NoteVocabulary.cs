namespace JazzImprovisation;

/// <summary>
/// The notes and rests that can be played, as tokens, so that a phrase is the same in every key: a note is its degree, the semitones above the root of its chord, in an
/// octave that is counted from where the degree is nearest to the last pitch, with a length.
/// </summary>
internal sealed class NoteVocabulary
{
    private const int MiddleC = 60, Octaves = 5, NearestOctave = 2;

    private readonly int[] _lengths, _rests;

    public NoteVocabulary(IEnumerable<Phrase> phrases)
    {
        Note[] notes = [.. phrases.SelectMany(phrase => phrase.Notes)];
        _lengths = [.. notes.Where(note => note.Pitch is not null).Select(note => note.Length).Distinct().Order()];
        _rests = [.. notes.Where(note => note.Pitch is null).Select(note => note.Length).Distinct().Order()];
        Lowest = notes.Min(note => note.Pitch ?? int.MaxValue) + Phrase.LowestKey;
        Highest = notes.Max(note => note.Pitch ?? int.MinValue) + Phrase.HighestKey;
    }

    /// <summary>The lowest pitch of the phrases in all keys.</summary>
    public int Lowest { get; }

    /// <summary>The highest pitch of the phrases in all keys.</summary>
    public int Highest { get; }

    public int Size => Notes + _rests.Length;

    private int Notes => 12 * Octaves * _lengths.Length;

    /// <summary>What the octave of a note is counted from: the last pitch or, before the first, the chord's root above middle C.</summary>
    public static int Reference(Chord chord, int? lastPitch) => lastPitch ?? MiddleC + chord.Root;

    /// <summary>The note of a token.</summary>
    public Note NoteOf(int token, Chord chord, int reference)
    {
        if (token >= Notes) return new(null, _rests[token - Notes]);
        int place = token / _lengths.Length;
        return new(reference + Nearest(place % 12, chord, reference) + 12 * (place / 12 - NearestOctave), _lengths[token % _lengths.Length]);
    }

    /// <summary>The token of a note.</summary>
    public int TokenOf(Note note, Chord chord, int reference)
    {
        if (note.Pitch is not { } pitch) return Notes + Array.IndexOf(_rests, note.Length);
        int degree = chord.Above(pitch), octave = (pitch - reference - Nearest(degree, chord, reference)) / 12 + NearestOctave;
        return (12 * octave + degree) * _lengths.Length + Array.IndexOf(_lengths, note.Length);
    }

    /// <summary>Clears what cannot be played at a time (see <see cref="Note.Fits"/>) or is out of a range.</summary>
    public void Restrict(int time, Chord chord, int reference, int lowest, int highest, Span<bool> allowed)
    {
        for (int token = 0; token < allowed.Length; token++)
        {
            Note note = NoteOf(token, chord, reference);
            allowed[token] &= Note.Fits(time, note.Length) && (note.Pitch is not { } pitch || (pitch >= lowest && pitch <= highest));
        }
    }

    /// <summary>The interval from a pitch to the nearest degree of a chord: -6 to 5 semitones.</summary>
    private static int Nearest(int degree, Chord chord, int reference) => (degree - chord.Above(reference) + 18) % 12 - 6;
}
