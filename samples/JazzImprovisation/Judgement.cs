namespace JazzImprovisation;

/// <summary>What can be counted in solos.</summary>
/// <param name="OnStrongBeats">Of the notes that begin on the first or third beat, the share of those that belong to the chord.</param>
/// <param name="Elsewhere">The same for all other notes.</param>
/// <param name="Copied">Of the four notes in a row (their intervals and lengths), the share of those that the training phrases have.</param>
/// <param name="Repeated">The share of those that the solo has had before.</param>
/// <param name="Range">From the lowest to the highest note of four bars, in semitones, on average.</param>
/// <param name="Leaps">Of the intervals, the share of those above a fifth.</param>
/// <param name="NotesPerBar">Notes in a bar.</param>
internal sealed record Judgement(double OnStrongBeats, double Elsewhere, double Copied, double Repeated, double Range, double Leaps, double NotesPerBar)
{
    public static Judgement Of(IReadOnlyList<Phrase> solos, IReadOnlyList<Phrase> training)
    {
        (int Time, Note Note, Chord Chord)[] notes = [.. solos.SelectMany(solo => solo.Timed().Where(timed => timed.Note.Pitch is not null).Select(timed => (timed.Time, timed.Note, solo.Chart.At(timed.Time))))];
        HashSet<FourNotes> known = [.. training.SelectMany(FourNotes.Of)];
        int fours = 0, copied = 0, repeated = 0, leaps = 0, intervals = 0;
        foreach (Phrase solo in solos)
        {
            var had = new HashSet<FourNotes>();
            foreach (FourNotes four in FourNotes.Of(solo))
            {
                fours++;
                if (known.Contains(four)) copied++;
                if (!had.Add(four)) repeated++;
            }

            int[] pitches = [.. solo.Notes.Where(note => note.Pitch is not null).Select(note => note.Pitch!.Value)];
            intervals += Math.Max(0, pitches.Length - 1);
            leaps += pitches.Zip(pitches.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) > 7);
        }

        return new(
            Share(notes.Where(note => note.Time % (2 * Note.Beat) == 0)),
            Share(notes.Where(note => note.Time % (2 * Note.Beat) != 0)),
            (double)copied / fours,
            (double)repeated / fours,
            solos.SelectMany(Ranges).Average(),
            (double)leaps / intervals,
            (double)notes.Length / solos.Sum(solo => solo.Chart.Bars));
    }

    private static double Share(IEnumerable<(int Time, Note Note, Chord Chord)> notes) => notes.Average(note => note.Chord.Has(note.Note.Pitch!.Value) ? 1.0 : 0.0);

    private static IEnumerable<double> Ranges(Phrase solo) =>
        solo.Timed().Where(timed => timed.Note.Pitch is not null).GroupBy(timed => timed.Time / (4 * Note.Bar), timed => timed.Note.Pitch!.Value).Select(pitches => (double)(pitches.Max() - pitches.Min()));

    /// <summary>Four notes in a row: three intervals and four lengths.</summary>
    private readonly record struct FourNotes(int First, int Second, int Third, int Lengths)
    {
        public static IEnumerable<FourNotes> Of(Phrase phrase)
        {
            for (int i = 0; i + 4 <= phrase.Notes.Count; i++)
            {
                if (phrase.Notes[i].Pitch is { } a && phrase.Notes[i + 1].Pitch is { } b && phrase.Notes[i + 2].Pitch is { } c && phrase.Notes[i + 3].Pitch is { } d)
                    yield return new(b - a, c - b, d - c, Enumerable.Range(i, 4).Aggregate(0, (lengths, at) => lengths * (Note.Bar + 1) + phrase.Notes[at].Length));
            }
        }
    }
}
