using RnnSharp.Training;
using Samples;
using ScottPlot;

namespace CharacterLanguageModel;

/// <summary>Draws the losses over epochs as an SVG image, beside that of the baseline. It has no text on a machine without fonts.</summary>
internal static class LearningCurve
{
    public static string Draw(IReadOnlyList<TrainingRecord> records, double baseline)
    {
        using var plot = new Plot();
        plot.Title("Learning to predict the next character");
        plot.XLabel("epoch");
        plot.YLabel("nats per character");
        double[] epochs = [.. records.Select(record => (double)record.Epoch)];
        plot.AddCurve("training, with dropout", epochs, [.. records.Select(record => record.TrainingLoss)]);
        plot.AddCurve("validation", epochs, [.. records.Select(record => record.ValidationLoss)]);
        plot.Add.HorizontalLine(baseline, 1.5f, Colors.Gray).LegendText = "best n-gram model, validation";
        plot.ShowLegend(Alignment.UpperRight);
        return plot.GetSvgXml(800, 450);
    }
}
