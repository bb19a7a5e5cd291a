namespace JazzImprovisation;

/// <summary>
/// What the network knows before it plays a note: the last note, in semitones from the one before and above the roots of this chord and the next; its register; the
/// time within the bar; the kinds of the chords, how far apart their roots are, and when the next begins. Nothing depends on the key but the register.
/// </summary>
internal sealed class NoteFeatures(NoteVocabulary vocabulary)
{
    private const int Beginning = 0, Rest = 1, Register = 2, NextBegins = 3, StrongBeat = 4, OnBeat = 5, Scalars = 6, Widest = 12, Intervals = 2 * Widest + 1;

    public int Size => Scalars + Intervals + 12 + 12 + Note.Bar + 1 + Note.Bar + 2 * Chord.Kinds.Count + 12;

    /// <summary>Writes the features of a note at a time.</summary>
    /// <param name="chart">The chords.</param>
    /// <param name="time">When the note begins.</param>
    /// <param name="played">The notes and rests before.</param>
    /// <param name="features">Receives them.</param>
    public void Write(Chart chart, int time, Melody played, Span<float> features)
    {
        features.Clear();
        Chord chord = chart.At(time);
        (Chord next, int change) = chart.Next(time);
        features[Beginning] = played.Last is null ? 1 : 0;
        features[Rest] = played.Last is { Pitch: null } ? 1 : 0;
        features[NextBegins] = Math.Min(change - time, 2 * Note.Bar) / (float)Note.Bar;
        features[StrongBeat] = time % (2 * Note.Beat) == 0 ? 1 : 0;
        features[OnBeat] = time % Note.Beat == 0 ? 1 : 0;
        int at = Scalars;
        if (played.Pitch is { } pitch)
        {
            features[Register] = (2f * pitch - vocabulary.Lowest - vocabulary.Highest) / (vocabulary.Highest - vocabulary.Lowest);
            features[at + Math.Clamp(played.Interval, -Widest, Widest) + Widest] = 1;
            features[at + Intervals + chord.Above(pitch)] = 1;
            features[at + Intervals + 12 + next.Above(pitch)] = 1;
        }

        at += Intervals + 24;
        features[at + (played.Last?.Length ?? 0)] = 1;
        at += Note.Bar + 1;
        features[at + time % Note.Bar] = 1;
        at += Note.Bar;
        features[at + chord.KindNumber] = 1;
        at += Chord.Kinds.Count;
        features[at + next.KindNumber] = 1;
        at += Chord.Kinds.Count;
        features[at + chord.Above(next.Root)] = 1;
    }
}
