using RnnSharp.Text;

namespace JazzImprovisation;

/// <summary>Plays over chords, and measures how well phrases are foreseen. All soloists play by the same rules: see <see cref="Note.Fits"/>.</summary>
internal static class Improviser
{
    /// <summary>Improvises over chords.</summary>
    public static Phrase Play(ISoloist soloist, NoteVocabulary vocabulary, Chart chart, double temperature, ulong seed)
    {
        int time = 0;
        var sampler = new Sampler(new()
        {
            Temperature = temperature,
            Seed = seed,
            Filter = (_, allowed) =>
            {
                ReadOnlySpan<bool> fitting = vocabulary.Fitting(time);
                for (int token = 0; token < allowed.Length; token++) allowed[token] &= fitting[token];
            },
        });
        var notes = new List<Note>();
        float[] scores = new float[vocabulary.Size];
        soloist.Begin(chart);
        while (time < chart.Length)
        {
            soloist.Score(time, scores);
            int token = sampler.Sample<float>(scores);
            soloist.Play(token);
            notes.Add(vocabulary[token]);
            time += vocabulary[token].Length;
        }

        return new(soloist.Name, chart, notes);
    }

    /// <summary>The perplexity of the notes of phrases: among how many equally likely ones the soloist would have had to guess.</summary>
    public static double Perplexity(ISoloist soloist, NoteVocabulary vocabulary, IEnumerable<Phrase> phrases)
    {
        float[] scores = new float[vocabulary.Size];
        double sum = 0;
        int count = 0;
        foreach (Phrase phrase in phrases)
        {
            soloist.Begin(phrase.Chart);
            foreach ((int time, Note note) in phrase.Timed())
            {
                soloist.Score(time, scores);
                ReadOnlySpan<bool> fitting = vocabulary.Fitting(time);
                double total = 0, max = float.NegativeInfinity;
                for (int token = 0; token < scores.Length; token++) max = fitting[token] ? Math.Max(max, scores[token]) : max;
                for (int token = 0; token < scores.Length; token++) total += fitting[token] ? Math.Exp(scores[token] - max) : 0;
                int played = vocabulary.TokenOf(note);
                sum += scores[played] - max - Math.Log(total);
                count++;
                soloist.Play(played);
            }
        }

        return Math.Exp(-sum / count);
    }
}
