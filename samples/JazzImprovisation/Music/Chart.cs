using System.Diagnostics.CodeAnalysis;

namespace JazzImprovisation;

/// <summary>The chords of a piece in 4/4.</summary>
/// <param name="Beats">The chord of each beat, four to a bar.</param>
internal sealed record Chart(IReadOnlyList<Chord> Beats)
{
    /// <summary>The length in sixths of a quarter note.</summary>
    public int Length => Beats.Count * Note.Beat;

    public int Bars => Beats.Count / 4;

    /// <summary>Parses bars separated by spaces, of one, two or four chords separated by commas, such as "Dm7 G7 Cmaj7,A7".</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Chart? chart)
    {
        chart = null;
        var beats = new List<Chord>();
        foreach (string bar in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] symbols = bar.Split(',');
            if (symbols.Length is not (1 or 2 or 4)) return false;
            foreach (string symbol in symbols)
            {
                if (!Chord.TryParse(symbol, out Chord? chord)) return false;
                beats.AddRange(Enumerable.Repeat(chord, 4 / symbols.Length));
            }
        }

        if (beats.Count == 0) return false;
        chart = new(beats);
        return true;
    }

    public static Chart Join(IEnumerable<Chart> charts) => new([.. charts.SelectMany(chart => chart.Beats)]);

    public Chart Repeat(int times) => Join(Enumerable.Repeat(this, times));

    public Chart Transpose(int semitones) => new([.. Beats.Select(chord => chord.Transpose(semitones))]);

    public Chord At(int time) => Beats[time / Note.Beat];

    /// <summary>The next other chord and when it begins; the chord itself and the end if there is none.</summary>
    public (Chord Chord, int Time) Next(int time)
    {
        Chord now = At(time);
        for (int beat = time / Note.Beat + 1; beat < Beats.Count; beat++)
        {
            if (Beats[beat] != now) return (Beats[beat], beat * Note.Beat);
        }

        return (now, Length);
    }

    /// <summary>The chords with their beginnings and ends: a chord that lasts is one, but every bar begins anew.</summary>
    public IEnumerable<(Chord Chord, int Start, int End)> Parts()
    {
        for (int beat = 0, end; beat < Beats.Count; beat = end)
        {
            for (end = beat + 1; end < Beats.Count && end % 4 != 0 && Beats[end] == Beats[beat];) end++;
            yield return (Beats[beat], beat * Note.Beat, end * Note.Beat);
        }
    }
}
