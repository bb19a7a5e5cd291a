using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace JazzImprovisation;

/// <summary>
/// Reads and writes the part of the ABC notation (version 2.1, abcnotation.com) that the phrases use: 4/4, eighths, the key of C, chord symbols, accidentals, octaves,
/// rests, lengths and triplets.
/// </summary>
internal static partial class AbcNotation
{
    private const int Eighth = Note.Beat / 2, TripletEighth = Note.Beat / 3, MiddleC = 60;

    private static readonly int[] Steps = [9, 11, 0, 2, 4, 5, 7];

    /// <exception cref="InvalidDataException">The text is not in this notation.</exception>
    public static IReadOnlyList<Phrase> Parse(string text)
    {
        var phrases = new List<Phrase>();
        string title = "";
        foreach (string line in text.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith("T:", StringComparison.Ordinal)) title = line[2..];
            else if (line.EndsWith("|]", StringComparison.Ordinal)) phrases.Add(ParsePhrase(title, line[..^2]));
        }

        return phrases;
    }

    /// <summary>A line for each four bars. Notes have ties where a chord begins under them, which <see cref="Parse"/> does not read.</summary>
    public static string Write(Phrase phrase)
    {
        var text = new StringBuilder();
        var accidentals = new Dictionary<char, int>();
        Chord? chord = null;
        int inTriplet = 0;
        foreach ((int time, Note note) in phrase.Timed())
        {
            if (time % Note.Bar == 0)
            {
                accidentals.Clear();
                if (time > 0) text.Append(time % (4 * Note.Bar) == 0 ? "|\n" : "| ");
            }

            WriteChord(time);
            if (note.Length == TripletEighth && inTriplet == 0) (inTriplet, _) = (3, text.Append("(3"));

            // A chord that begins under a held note divides it into two with a tie.
            int end = time + note.Length;
            for (int start = time, next; start < end; start = next)
            {
                (_, int change) = phrase.Chart.Next(start);
                next = Math.Min(end, change);
                if (start > time) WriteChord(start);
                text.Append(note.Pitch is { } pitch ? Name(pitch, accidentals) : "z");
                if (inTriplet > 0) inTriplet--;
                else if (next - start != Eighth) text.Append(CultureInfo.InvariantCulture, $"{(next - start) / Eighth}");
                if (next < end && note.Pitch is not null) text.Append('-');
                if (inTriplet == 0) text.Append(' ');
            }
        }

        return text.Append("|]").ToString();

        void WriteChord(int time)
        {
            if (phrase.Chart.At(time) is var now && now != chord) text.Append(CultureInfo.InvariantCulture, $"\"{chord = now}\" ");
        }
    }

    private static Phrase ParsePhrase(string title, string line)
    {
        var notes = new List<Note>();
        var beats = new List<Chord>();
        int time = 0;
        foreach (string bar in line.Split('|'))
        {
            var accidentals = new Dictionary<char, int>();
            int inTriplet = 0, end = time + Note.Bar, parsed = 0;
            foreach (Match match in Symbol().Matches(bar))
            {
                if (match.Index != parsed) break;
                parsed += match.Length;
                if (match.Groups["chord"] is { Success: true, Value: var symbol })
                {
                    if (!Chord.TryParse(symbol, out Chord? chord) || time % Note.Beat != 0) throw Wrong(title, bar);
                    while (beats.Count < time / Note.Beat) beats.Add(beats[^1]);
                    beats.Add(chord);
                }
                else if (match.Groups["triplet"].Success) inTriplet = 3;
                else if (match.Groups["note"] is { Success: true, Value: var letter })
                {
                    int count = match.Groups["length"] is { Length: > 0, Value: var digits } ? int.Parse(digits, CultureInfo.InvariantCulture) : 1;
                    int length = inTriplet-- > 0 ? TripletEighth * count : Eighth * count;
                    notes.Add(new(Pitch(letter, match.Groups["octave"].Value, match.Groups["accidental"].Value, accidentals), length));
                    time += length;
                }
            }

            if (parsed != bar.Length || time != end || beats.Count == 0) throw Wrong(title, bar);
            while (beats.Count < time / Note.Beat) beats.Add(beats[^1]);
        }

        return new(title, new(beats), notes);
    }

    /// <summary>An accidental applies to its note, in all octaves, until the end of the bar.</summary>
    private static int? Pitch(string letter, string octave, string accidental, Dictionary<char, int> accidentals)
    {
        if (letter[0] == 'z') return null;
        char name = char.ToUpperInvariant(letter[0]);
        if (accidental.Length > 0) accidentals[name] = accidental[0] switch { '^' => 1, '_' => -1, _ => 0 };
        int octaves = (char.IsLower(letter[0]) ? 1 : 0) + octave.Count(mark => mark == '\'') - octave.Count(mark => mark == ',');
        return MiddleC + 12 * octaves + Steps[name - 'A'] + accidentals.GetValueOrDefault(name);
    }

    private static string Name(int pitch, Dictionary<char, int> accidentals)
    {
        bool isWhite = Steps.Contains(pitch % 12);
        int white = isWhite ? pitch : pitch + 1, octave = white / 12 - MiddleC / 12, sign = isWhite ? 0 : -1;
        char letter = (char)('A' + Array.IndexOf(Steps, white % 12));
        string mark = accidentals.GetValueOrDefault(letter) == sign ? "" : sign == 0 ? "=" : "_";
        accidentals[letter] = sign;
        return octave > 0 ? $"{mark}{char.ToLowerInvariant(letter)}{new string('\'', octave - 1)}" : $"{mark}{letter}{new string(',', -octave)}";
    }

    private static InvalidDataException Wrong(string title, string bar) => new($"{title}: expected a bar of 4/4 in the notation of phrases.abc, got \"{bar.Trim()}\".");

    [GeneratedRegex("""\G\s*(?:"(?<chord>[^"]*)"|(?<triplet>\(3)|(?<accidental>[_^=]?)(?<note>[A-Ga-gz])(?<octave>[,']*)(?<length>\d*)|$)\s*""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Symbol();
}
