using System.CommandLine;
using Samples;

namespace DinosaurNames;

/// <summary>The command line options. The defaults were chosen by validation perplexity over several seeds.</summary>
internal static class CommandLine
{
    public static readonly Option<string?> Data = Sample.Path("--data", "names to learn from, UTF-8, one per line (default: the dinosaurs that come with the sample)");
    public static readonly Option<string> Cell = new Option<string>("--cell") { Description = "recurrent layers of this kind", DefaultValueFactory = _ => "lstm" }.AcceptOnlyFromAmong("rnn", "gru", "lstm");
    public static readonly Option<int> Layers = Sample.Number("--layers", "recurrent layers", 1, 8, 2, quick: 1);
    public static readonly Option<int> Hidden = Sample.Number("--hidden", "units per layer", 1, 2048, 128, quick: 32);
    public static readonly Option<int> Epochs = Sample.Number("--epochs", "maximum number of passes over the training names", 1, 100_000, 100, quick: 5);
    public static readonly Option<int> Patience = Sample.Number("--patience", "epochs to wait for a better validation perplexity", 1, 100_000, 15);
    public static readonly Option<int> Batch = Sample.Number("--batch", "names per training step", 1, 4096, 32, quick: 16);
    public static readonly Option<double> LearningRate = Sample.Number("--learning-rate", "AdamW's learning rate", 0.000_001, 1, 0.008, quick: 0.01);
    public static readonly Option<double> WeightDecay = Sample.Number("--weight-decay", "AdamW's weight decay", 0, 1, 0.1);
    public static readonly Option<double> Dropout = Sample.Number("--dropout", "fraction of characters hidden in training", 0, 0.9, 0.3);
    public static readonly Option<string?> Curve = Sample.Path("--curve", "write the learning curve to this SVG file", DefaultCurve);
    public static readonly Option<string?> Save = Sample.Path("--save", "save the trained network to this file");
    public static readonly Option<string?> Load = Sample.Path("--load", "do not train: write names with a network saved by --save");
    public static readonly Option<int> Count = Sample.Number("--count", "number of names to write", 1, 1_000_000, 20);
    public static readonly Option<double> Temperature = Sample.Number("--temperature", "below 1 for safer names, above 1 for wilder ones", 0.01, 10, 0.8);

    private const string DefaultCurve = "learning-curve.svg";

    private static readonly Option[] Training = [Data, Cell, Layers, Hidden, Epochs, Patience, Batch, LearningRate, WeightDecay, Dropout, Sample.Quick, Curve, Save];

    public static RootCommand Create(Action<ParseResult> run)
    {
        var command = new RootCommand("Learns how names are spelled, letter by letter, and writes new ones. Ctrl-C ends training early and keeps what has been learned.\n\n"
            + "Names are trimmed; blank lines and duplicates are skipped. If every name is in lower case except for a capital first letter, case is ignored and restored when writing; in any other list, upper and lower case are different characters.");
        foreach (Option option in (Option[])[.. Training, Load, Count, Temperature, Sample.Seed]) command.Add(option);
        command.SetAction(run);
        Sample.RequireWithout(command, Load, Training);
        Sample.RequireDifferent(command, Data, Save, Curve);
        return command;
    }
}
