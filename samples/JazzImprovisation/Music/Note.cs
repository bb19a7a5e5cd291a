namespace JazzImprovisation;

/// <summary>A note, or a rest.</summary>
/// <param name="Pitch">The pitch as MIDI counts it, 60 for the middle C; null for a rest.</param>
/// <param name="Length">The length in sixths of a quarter note: 3 for an eighth, 2 for an eighth of a triplet.</param>
internal readonly record struct Note(int? Pitch, int Length)
{
    public const int Beat = 6, Bar = 4 * Beat;

    /// <summary>Whether a note or rest of a length may begin at a time: triplets come in threes that begin on a beat, and nothing crosses a bar line.</summary>
    public static bool Fits(int time, int length) => time % Bar + length <= Bar && (time % Beat) switch
    {
        0 => true,
        3 => length % 3 == 0,
        _ => length == 2,
    };

    public Note Transpose(int semitones) => this with { Pitch = Pitch + semitones };
}
