using NAudio.Midi;

namespace JazzImprovisation;

/// <summary>Writes parts as a Standard MIDI file: a track with tempo and time signature, and one for each part.</summary>
internal static class MidiWriter
{
    private const int TicksPerQuarter = 480;

    // When the sixths of a beat are played: an eighth off the beat comes as late as the third note of a triplet.
    private static readonly int[] Swing = [0, 80, 160, 320, 320, 400];

    public static void Write(string path, string title, double tempo, IEnumerable<Part> parts)
    {
        var events = new MidiEventCollection(midiFileType: 1, TicksPerQuarter);
        IList<MidiEvent> conductor = events.AddTrack();
        conductor.Add(new TextEvent(title, MetaEventType.SequenceTrackName, 0));
        conductor.Add(new TempoEvent((int)Math.Round(60_000_000 / tempo), 0));
        conductor.Add(new TimeSignatureEvent(0, numerator: 4, denominator: 2, ticksInMetronomeClick: 24, no32ndNotesInQuarterNote: 8));
        foreach (Part part in parts)
        {
            IList<MidiEvent> track = events.AddTrack();
            track.Add(new TextEvent(part.Name, MetaEventType.SequenceTrackName, 0));
            track.Add(new PatchChangeEvent(0, part.Channel, part.Program));
            foreach (PartNote note in part.Notes)
            {
                long start = Ticks(note.Start);
                var on = new NoteOnEvent(start, part.Channel, note.Pitch, note.Velocity, (int)(Ticks(note.End) - start) - 10);
                track.Add(on);
                track.Add(on.OffEvent!);
            }
        }

        events.PrepareForExport();
        MidiFile.Export(path, events);
    }

    private static long Ticks(int time) => (long)(time / Note.Beat) * TicksPerQuarter + Swing[time % Note.Beat];
}
