using RnnSharp.Text;

namespace JazzImprovisation;

/// <summary>Plays over chords, and measures how well phrases are foreseen. All soloists play by the same rules: see <see cref="Note.Fits"/>.</summary>
internal static class Improviser
{
    // The range of a vibraphone, which the phrases keep to as well.
    private const int LowestPlayed = 53, HighestPlayed = 89;

    /// <summary>Improvises over chords.</summary>
    public static Phrase Play(ISoloist soloist, NoteVocabulary vocabulary, Chart chart, double temperature, ulong seed)
    {
        (int time, int reference, int? lastPitch) = (0, 0, null);
        var sampler = new Sampler(new() { Temperature = temperature, Seed = seed, Filter = (_, allowed) => vocabulary.Restrict(time, chart.At(time), reference, LowestPlayed, HighestPlayed, allowed) });
        var notes = new List<Note>();
        float[] scores = new float[vocabulary.Size];
        soloist.Begin(chart);
        while (time < chart.Length)
        {
            reference = NoteVocabulary.Reference(chart.At(time), lastPitch);
            soloist.Score(time, scores);
            Note note = vocabulary.NoteOf(sampler.Sample<float>(scores), chart.At(time), reference);
            soloist.Play(note);
            notes.Add(note);
            lastPitch = note.Pitch ?? lastPitch;
            time += note.Length;
        }

        return new(soloist.Name, chart, notes);
    }

    /// <summary>The perplexity of the notes of phrases: among how many equally likely ones the soloist would have had to guess.</summary>
    public static double Perplexity(ISoloist soloist, NoteVocabulary vocabulary, IEnumerable<Phrase> phrases)
    {
        float[] scores = new float[vocabulary.Size];
        bool[] allowed = new bool[vocabulary.Size];
        double sum = 0;
        int count = 0;
        foreach (Phrase phrase in phrases)
        {
            int? lastPitch = null;
            soloist.Begin(phrase.Chart);
            foreach ((int time, Note note) in phrase.Timed())
            {
                Chord chord = phrase.Chart.At(time);
                int reference = NoteVocabulary.Reference(chord, lastPitch), played = vocabulary.TokenOf(note, chord, reference);
                soloist.Score(time, scores);
                allowed.AsSpan().Fill(true);
                vocabulary.Restrict(time, chord, reference, vocabulary.Lowest, vocabulary.Highest, allowed);
                double total = 0;
                for (int token = 0; token < scores.Length; token++) total += allowed[token] ? Math.Exp(scores[token] - scores[played]) : 0;
                sum -= Math.Log(total);
                count++;
                soloist.Play(note);
                lastPitch = note.Pitch ?? lastPitch;
            }
        }

        return Math.Exp(-sum / count);
    }
}
