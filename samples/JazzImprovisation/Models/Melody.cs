namespace JazzImprovisation;

/// <summary>What has been played of a solo, as far as the next note may depend on it.</summary>
/// <param name="Last">The last note or rest; null at the beginning.</param>
/// <param name="Pitch">The last pitch, which is not that of the last note if that is a rest.</param>
/// <param name="Interval">From the pitch before to the last one, in semitones; 0 if there is none.</param>
internal readonly record struct Melody(Note? Last, int? Pitch, int Interval)
{
    public Melody With(Note note) => note.Pitch is { } pitch ? new(note, pitch, Pitch is { } before ? pitch - before : 0) : this with { Last = note };
}
