namespace JazzImprovisation;

/// <summary>
/// What the network knows before it plays a note: the last note, the time within the bar, the chord, and the next chord with the time until then. A one stands at the
/// place of each.
/// </summary>
internal sealed class NoteFeatures(NoteVocabulary vocabulary)
{
    private const int Beginning = 0, Rest = 1, FirstPitch = 2;

    public int Size => FirstPitch + vocabulary.Pitches + 12 + Note.Bar + 1 + Note.Bar + 4 * 12 + 1;

    /// <summary>Writes the features of a note at a time.</summary>
    /// <param name="chart">The chords.</param>
    /// <param name="time">When the note begins.</param>
    /// <param name="last">The note or rest before; null at the beginning.</param>
    /// <param name="lastPitch">The last pitch, which is not that of the last note if that is a rest.</param>
    /// <param name="features">Receives them.</param>
    public void Write(Chart chart, int time, Note? last, int? lastPitch, Span<float> features)
    {
        features.Clear();
        Chord chord = chart.At(time);
        (Chord next, int change) = chart.Next(time);
        int at = FirstPitch;
        if (last is null) features[Beginning] = 1;
        else if (last.Value.Pitch is null) features[Rest] = 1;
        if (lastPitch is { } pitch)
        {
            features[at + pitch - vocabulary.Lowest] = 1;
            features[at + vocabulary.Pitches + chord.Above(pitch)] = 1;
        }

        at += vocabulary.Pitches + 12;
        features[at + (last?.Length ?? 0)] = 1;
        at += Note.Bar + 1;
        features[at + time % Note.Bar] = 1;
        at += Note.Bar;
        foreach (Chord known in (ReadOnlySpan<Chord>)[chord, next])
        {
            features[at + known.Root] = 1;
            foreach (int interval in known.Notes) features[at + 12 + (known.Root + interval) % 12] = 1;
            at += 24;
        }

        features[at] = Math.Min(change - time, 2 * Note.Bar) / (float)Note.Bar;
    }
}
