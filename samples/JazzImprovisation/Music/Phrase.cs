namespace JazzImprovisation;

/// <summary>Notes over chords.</summary>
internal sealed record Phrase(string Title, Chart Chart, IReadOnlyList<Note> Notes)
{
    /// <summary>The keys of training: all twelve, as few semitones away as possible.</summary>
    public const int LowestKey = -6, HighestKey = 5;

    /// <summary>The title without its number.</summary>
    public string Kind => Title.TrimEnd([.. "0123456789 "]);

    public Phrase Transpose(int semitones) => new(Title, Chart.Transpose(semitones), [.. Notes.Select(note => note.Transpose(semitones))]);

    public static Phrase Join(IReadOnlyList<Phrase> phrases) => new(string.Join(", ", phrases.Select(phrase => phrase.Title)), Chart.Join(phrases.Select(phrase => phrase.Chart)), [.. phrases.SelectMany(phrase => phrase.Notes)]);

    /// <summary>What begins with a bar, from 0.</summary>
    public Phrase From(int bar) => new(Title, new([.. Chart.Beats.Skip(4 * bar)]), [.. Timed().SkipWhile(timed => timed.Time < bar * Note.Bar).Select(timed => timed.Note)]);

    /// <summary>The notes with the times at which they begin.</summary>
    public IEnumerable<(int Time, Note Note)> Timed()
    {
        int time = 0;
        foreach (Note note in Notes)
        {
            yield return (time, note);
            time += note.Length;
        }
    }
}
