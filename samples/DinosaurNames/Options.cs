using System.Globalization;

namespace DinosaurNames;

/// <summary>An invalid command line. The message explains the error, and the program exits with code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

internal enum Cell
{
    Rnn,
    Gru,
    Lstm,
}

/// <summary>The command line options. The defaults were chosen by validation perplexity over several seeds.</summary>
internal sealed record Options
{
    private static readonly Option[] All =
    [
        new("--data", "FILE", "names to learn from, UTF-8, one per line (default: the dinosaurs that come with the sample)", (o, v) => o with { Data = File(v) }),
        new("--cell", "KIND", "rnn, gru or lstm", (o, v) => o with { Cell = OneOfTheCells(v) }, o => $"{o.Cell}".ToLowerInvariant()),
        new("--layers", "N", "recurrent layers", (o, v) => o with { Layers = Whole(v, 1, 8) }, o => $"{o.Layers}"),
        new("--hidden", "N", "units per layer", (o, v) => o with { Hidden = Whole(v, 1, 2048) }, o => $"{o.Hidden}"),
        new("--epochs", "N", "maximum number of passes over the training names", (o, v) => o with { Epochs = Whole(v, 1, 100_000) }, o => $"{o.Epochs}"),
        new("--patience", "N", "epochs to wait for a better validation perplexity", (o, v) => o with { Patience = Whole(v, 1, 100_000) }, o => $"{o.Patience}"),
        new("--batch", "N", "names per training step", (o, v) => o with { Batch = Whole(v, 1, 4096) }, o => $"{o.Batch}"),
        new("--learning-rate", "X", "Adam's learning rate", (o, v) => o with { LearningRate = Number(v, 1e-6, 1) }, o => Text(o.LearningRate)),
        new("--weight-decay", "X", "AdamW's weight decay", (o, v) => o with { WeightDecay = Number(v, 0, 1) }, o => Text(o.WeightDecay)),
        new("--dropout", "X", "fraction of characters hidden in training", (o, v) => o with { Dropout = Number(v, 0, 0.9) }, o => Text(o.Dropout)),
        new("--quick", "", "a small network and few epochs, to try out the program", (o, _) => o),
        new("--curve", "FILE", "write the learning curve to this SVG file", (o, v) => o with { Curve = File(v) }, o => o.Curve),
        new("--save", "FILE", "save the trained network to this file", (o, v) => o with { Save = File(v) }),
        new("--load", "FILE", "do not train: write names with a network saved by --save", (o, v) => o with { Load = File(v) }, Training: false),
        new("--count", "N", "number of names to write", (o, v) => o with { Count = Whole(v, 1, 1_000_000) }, o => $"{o.Count}", Training: false),
        new("--temperature", "X", "below 1 for safer names, above 1 for wilder ones", (o, v) => o with { Temperature = Number(v, 0.01, 10) }, o => Text(o.Temperature), Training: false),
        new("--seed", "N", "random seed; the same seed gives the same run", (o, v) => o with { Seed = Whole(v, 0, int.MaxValue) }, o => $"{o.Seed}", Training: false),
        new("--help", "", "show this text", (o, _) => o with { Help = true }, Training: false),
    ];

    public string? Data { get; private init; }

    public Cell Cell { get; private init; } = Cell.Lstm;

    public int Layers { get; private init; } = 2;

    public int Hidden { get; private init; } = 128;

    public int Epochs { get; private init; } = 100;

    public int Patience { get; private init; } = 15;

    public int Batch { get; private init; } = 32;

    public double LearningRate { get; private init; } = 0.008;

    public double WeightDecay { get; private init; } = 0.1;

    public double Dropout { get; private init; } = 0.3;

    public string Curve { get; private init; } = "learning-curve.svg";

    public string? Save { get; private init; }

    public string? Load { get; private init; }

    public int Count { get; private init; } = 20;

    public double Temperature { get; private init; } = 0.8;

    public int Seed { get; private init; } = 1;

    public bool Help { get; private init; }

    public static string HelpText { get; } = string.Join('\n',
    [
        "Learns how names are spelled, letter by letter, and writes new ones.",
        "",
        "dotnet run -c Release --project samples/DinosaurNames -- [options]",
        "",
        .. All.Select(option => $"  {option.Name + ' ' + option.Value,-20}{option.Help}{(option.Default is { } text ? $" (default {text(new Options())})" : "")}"),
        "",
        "Names are trimmed; blank lines and duplicates are skipped. If every name is in lower case except for a capital first letter, case",
        "is ignored and restored when writing; in any other list, upper and lower case are different characters.",
        "Ctrl-C ends training early and keeps what has been learned.",
    ]);

    public static Options Parse(string[] arguments)
    {
        Options options = arguments.Contains("--quick", StringComparer.Ordinal) ? new Options { Layers = 1, Hidden = 32, Epochs = 5, Batch = 16, LearningRate = 0.01 } : new Options();
        string? training = null;
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            Option option = Array.Find(All, option => string.Equals(option.Name, name, StringComparison.Ordinal)) ?? throw new UsageException($"Unknown option {name}.");
            if (option.Training) training ??= name;
            string value = option.Value.Length == 0 ? "" : ++i < arguments.Length ? arguments[i] : throw new UsageException($"{name} needs a value, {option.Value}.");
            try
            {
                options = option.Set(options, value);
            }
            catch (FormatException exception)
            {
                throw new UsageException($"{name} expects {exception.Message}, got \"{value}\".");
            }
        }

        if (options.Load is not null && training is not null) throw new UsageException($"--load does not train, so it cannot be combined with {training}.");
        string[] files = [.. new[] { options.Data, options.Save, options.Curve }.OfType<string>().Select(Path.GetFullPath)];
        if (files.Distinct(StringComparer.Ordinal).Count() < files.Length) throw new UsageException("--data, --save and --curve must be different files.");
        return options;
    }

    private static string File(string value) => value.Length > 0 && !value.StartsWith("--", StringComparison.Ordinal) ? value : throw new FormatException("a file");

    private static Cell OneOfTheCells(string value) => value switch
    {
        "rnn" => Cell.Rnn,
        "gru" => Cell.Gru,
        "lstm" => Cell.Lstm,
        _ => throw new FormatException("rnn, gru or lstm"),
    };

    private static int Whole(string value, int min, int max) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : throw new FormatException($"a whole number of {min} to {max}");

    private static double Number(string value, double min, double max) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= min && number <= max
            ? number
            : throw new FormatException($"a number of {Text(min)} to {Text(max)}");

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <param name="Name">The name, as it is typed.</param>
    /// <param name="Value">A placeholder for its value; empty for a switch.</param>
    /// <param name="Help">One line of help.</param>
    /// <param name="Set">Sets the value in the options; a FormatException says what was expected.</param>
    /// <param name="Default">Its default as text, if it has one.</param>
    /// <param name="Training">Whether it only applies to training.</param>
    private sealed record Option(string Name, string Value, string Help, Func<Options, string, Options> Set, Func<Options, string>? Default = null, bool Training = true);
}
