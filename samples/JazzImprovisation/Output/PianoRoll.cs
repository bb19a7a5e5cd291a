using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace JazzImprovisation;

/// <summary>Draws a solo as an SVG image: the notes over time, above the notes of the chords. It has no text on a machine without fonts.</summary>
internal static class PianoRoll
{
    private const int MostBars = 12;

    private static readonly Color InChord = Colors.C0, Outside = Colors.C1, ChordNote = Colors.Gray.WithAlpha(.13);

    public static string Draw(Phrase solo, string title)
    {
        int end = Math.Min(solo.Chart.Bars, MostBars) * Note.Bar;
        (int Time, Note Note)[] notes = [.. solo.Timed().Where(timed => timed.Note.Pitch is not null && timed.Time < end)];
        int[] pitches = [.. notes.Select(timed => timed.Note.Pitch!.Value).DefaultIfEmpty(60)];
        int low = pitches.Min() - 2, high = pitches.Max() + 2;
        using var plot = new Plot();
        plot.Title(title);
        plot.XLabel("bar");
        foreach ((Chord chord, int start, int stop) in solo.Chart.Parts().TakeWhile(part => part.Start < end))
        {
            for (int pitch = low; pitch <= high; pitch++)
            {
                if (chord.Has(pitch)) Box(plot, start, stop, pitch, ChordNote);
            }

            var name = plot.Add.Text($"{chord}", start / (double)Note.Bar + 0.03, high + 1.6);
            name.LabelFontSize = 11;
            name.LabelAlignment = Alignment.MiddleLeft;
        }

        foreach ((int time, Note note) in notes) Box(plot, time, time + note.Length - 0.4, note.Pitch!.Value, solo.Chart.At(time).Has(note.Pitch.Value) ? InChord : Outside);
        for (int bar = 0; bar <= end / Note.Bar; bar++) plot.Add.VerticalLine(bar, 1, Colors.Gray);
        plot.Legend.ManualItems.Add(new() { LabelText = "played, in the chord", FillColor = InChord });
        plot.Legend.ManualItems.Add(new() { LabelText = "played, passing", FillColor = Outside });
        plot.Legend.ManualItems.Add(new() { LabelText = "pitches of the chord", FillColor = ChordNote });
        plot.ShowLegend(Edge.Bottom);
        plot.HideGrid();
        double[] bars = [.. Enumerable.Range(0, end / Note.Bar).Select(bar => bar + 0.5)], octaves = [.. Enumerable.Range(0, 11).Select(octave => 12.0 * octave)];
        plot.Axes.Bottom.TickGenerator = new NumericManual(bars, [.. bars.Select(bar => string.Create(CultureInfo.InvariantCulture, $"{bar + 0.5:0}"))]);
        plot.Axes.Left.TickGenerator = new NumericManual(octaves, [.. octaves.Select((_, octave) => string.Create(CultureInfo.InvariantCulture, $"C{octave - 1}"))]);
        plot.Axes.SetLimits(0, end / (double)Note.Bar, low - 0.5, high + 3);
        return plot.GetSvgXml(1100, 420);
    }

    private static void Box(Plot plot, double start, double end, int pitch, Color color)
    {
        var box = plot.Add.Rectangle(start / Note.Bar, end / Note.Bar, pitch - 0.45, pitch + 0.45);
        box.FillColor = color;
        box.LineWidth = 0;
    }
}
