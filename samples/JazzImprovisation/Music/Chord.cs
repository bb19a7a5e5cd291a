using System.Diagnostics.CodeAnalysis;

namespace JazzImprovisation;

/// <summary>A chord: a root, 0 for C to 11 for B, and a kind.</summary>
internal sealed record Chord(int Root, string Kind)
{
    private static readonly string[] Names = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

    // Sevenths, sixths and what jazz adds.
    private static readonly Dictionary<string, int[]> Intervals = new(StringComparer.Ordinal)
    {
        ["maj7"] = [0, 4, 7, 11],
        ["6"] = [0, 4, 7, 9],
        ["7"] = [0, 4, 7, 10],
        ["7b9"] = [0, 4, 7, 10, 1],
        ["m7"] = [0, 3, 7, 10],
        ["m6"] = [0, 3, 7, 9],
        ["m7b5"] = [0, 3, 6, 10],
        ["dim7"] = [0, 3, 6, 9],
    };

    /// <summary>The kinds of chords, as they are written after the root.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Intervals.Keys];

    /// <summary>The place of the kind in <see cref="Kinds"/>.</summary>
    public int KindNumber { get; } = Kinds.ToList().IndexOf(Kind);

    /// <summary>The notes above the root, in semitones: root, third, fifth, seventh or sixth, and what is added.</summary>
    public IReadOnlyList<int> Notes => Intervals[Kind];

    /// <summary>Parses a symbol such as Bbmaj7 or F#m7b5.</summary>
    public static bool TryParse(string symbol, [NotNullWhen(true)] out Chord? chord)
    {
        chord = null;
        if (symbol.Length == 0 || "C D EF G A B".IndexOf(symbol[0], StringComparison.Ordinal) is not (>= 0 and var root) || symbol[0] == ' ') return false;
        int at = 1;
        if (at < symbol.Length && symbol[at] is '#' or 'b') root += symbol[at++] == '#' ? 1 : -1;
        if (!Intervals.ContainsKey(symbol[at..])) return false;
        chord = new((root + 12) % 12, symbol[at..]);
        return true;
    }

    /// <summary>Whether a pitch is a note of the chord, in any octave.</summary>
    public bool Has(int pitch) => Notes.Contains(Above(pitch));

    /// <summary>The semitones from the root up to a pitch, in any octave: 0 to 11.</summary>
    public int Above(int pitch) => ((pitch - Root) % 12 + 12) % 12;

    public Chord Transpose(int semitones) => this with { Root = ((Root + semitones) % 12 + 12) % 12 };

    public override string ToString() => Names[Root] + Kind;
}
