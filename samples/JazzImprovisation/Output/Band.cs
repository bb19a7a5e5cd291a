using RnnSharp.Numerics;

namespace JazzImprovisation;

/// <summary>A trio that accompanies the solo by rule: a walking bass, a piano that plays thirds and sevenths off the beat, and a ride cymbal. A last bar closes on the first chord.</summary>
internal static class Band
{
    private const int Quarter = Note.Beat, Eighth = Note.Beat / 2;
    private const int GrandPiano = 0, Vibraphone = 11, AcousticBass = 32, StandardKit = 0;
    private const int LowestBass = 28, HighestBass = 50, LowestPiano = 50, HighestPiano = 67;
    private const int Ride = 51, PedalHiHat = 44, Kick = 36;

    // Where the piano plays in a bar, and until when, in eighths: the Charleston, its echo off the beat, two anticipations.
    private static readonly (int Start, int End)[][] Comping = [[(0, 2), (3, 4)], [(1, 2), (4, 6)], [(3, 6)], [(0, 1), (5, 7)]];

    public static IEnumerable<Part> Accompany(Chart chart, ulong seed)
    {
        var random = new FastRandom(seed);
        Chart closed = Chart.Join([chart, new(Enumerable.Repeat(chart.Beats[0], 4).ToArray())]);
        yield return new("Piano", 2, GrandPiano, [.. Piano(closed, random)]);
        yield return new("Bass", 3, AcousticBass, [.. Bass(closed, random)]);
        yield return new("Drums", 10, StandardKit, [.. Drums(closed, random)]);
    }

    /// <summary>The solo as a part, with the notes off the beat a little stronger, as in bebop.</summary>
    public static Part Solo(Phrase solo, ulong seed)
    {
        var random = new FastRandom(seed);
        return new("Solo", 1, Vibraphone, [.. solo.Timed().Where(timed => timed.Note.Pitch is not null).Select(timed =>
            new PartNote(timed.Time, timed.Time + timed.Note.Length, timed.Note.Pitch!.Value, (timed.Time % Quarter == 0 ? 84 : 96) + random.Next(-6, 7)))]);
    }

    /// <summary>On the first beat of a chord its root, before the next chord a note beside the next root, and notes of the chord between.</summary>
    private static IEnumerable<PartNote> Bass(Chart chart, FastRandom random)
    {
        int last = 38;
        for (int beat = 0; beat < chart.Beats.Count; beat++)
        {
            int start = beat * Quarter;
            Chord chord = chart.Beats[beat];
            bool isClosing = beat == chart.Beats.Count - 4, isFirst = beat == 0 || beat % 4 == 0 || chart.Beats[beat - 1] != chord;
            (Chord next, int change) = chart.Next(start);
            int pitch = isFirst ? Nearest(chord.Root, last)
                : start + Quarter == change || beat % 4 == 3 ? Nearest((start + Quarter == change ? next : chord).Root + (random.Next(2) == 0 ? 1 : -1), last)
                : Nearest(chord.Root + chord.Notes[1 + random.Next(2)], last + random.Next(-4, 5));
            last = pitch;
            yield return new(start, isClosing ? start + Note.Bar : start + Quarter, pitch, (beat % 2 == 0 ? 88 : 94) + random.Next(-4, 5));
            if (isClosing) yield break;
        }

        int Nearest(int pitchClass, int to) => Enumerable.Range(LowestBass, HighestBass - LowestBass + 1).Where(pitch => (pitch - pitchClass + 24) % 12 == 0).MinBy(pitch => Math.Abs(pitch - to));
    }

    /// <summary>Third, seventh, fifth and ninth of each chord, each voice near where it was. The chord off the last beat is already the next.</summary>
    private static IEnumerable<PartNote> Piano(Chart chart, FastRandom random)
    {
        int center = (LowestPiano + HighestPiano) / 2;
        for (int bar = 0; bar < chart.Bars; bar++)
        {
            int start = bar * Note.Bar;
            (int Start, int End)[] rhythm = bar == chart.Bars - 1 ? [(0, 8)] : Comping[random.Next(Comping.Length)];
            foreach ((int from, int to) in rhythm)
            {
                Chord chord = chart.At(start + from * Eighth);
                int velocity = 58 + random.Next(-5, 6);
                foreach (int interval in (int[])[chord.Notes[1], chord.Notes[3], chord.Kind is "maj7" or "m7" or "7" ? 14 : chord.Notes[2]])
                {
                    int pitch = Enumerable.Range(LowestPiano, HighestPiano - LowestPiano + 1).Where(pitch => chord.Above(pitch) == interval % 12).MinBy(pitch => Math.Abs(pitch - center));
                    yield return new(start + from * Eighth, start + to * Eighth, pitch, velocity);
                }
            }
        }
    }

    private static IEnumerable<PartNote> Drums(Chart chart, FastRandom random)
    {
        for (int beat = 0; beat < chart.Beats.Count - 3; beat++)
        {
            int start = beat * Quarter;
            bool isLast = beat == chart.Beats.Count - 4;
            yield return new(start, start + Eighth, Ride, (beat % 2 == 0 ? 62 : 76) + random.Next(-4, 5));
            if (isLast) yield return new(start, start + Eighth, Kick, 80);
            if (beat % 2 == 0 || isLast) continue;
            yield return new(start + Eighth, start + Quarter, Ride, 54 + random.Next(-4, 5));
            yield return new(start, start + Eighth, PedalHiHat, 70);
        }
    }
}
