using RnnSharp.Data;
using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Results.Rows;

/// <summary>The embedded Reber grammar: which symbols can follow.</summary>
internal static class EmbeddedReber
{
    private const int Trials = 30;
    private const int Strings = 256;
    private const int MaxChecks = 400;
    private const string Successes = "successful trials, %";
    private const string Sequences = "training strings until success, mean";

    public static ResultRow Lstm { get; } = new("reber", "Embedded Reber grammar, LSTM")
    {
        Figures = [new Figure(Successes, "100") { HigherIsBetter = true }, new Figure(Sequences, "8440")],
        Source = "Hochreiter and Schmidhuber 1997, \"Long short-term memory\", table 1 (the best of its LSTMs: 276 weights, all trials successful after 8,440 strings)",
        Protocol = "256 strings are trained one at a time and 256 others tested; success: at every step of all 512 strings, the symbols that can follow have the highest outputs. 30 trials with weights and strings of their own; "
            + "ours has 6 cells, as that one, whose gates are all separate: 385 weights; softmax cross-entropy of the symbol that follows, Adam, averaged weights, and a check after each 256 strings. A trial fails after 400 checks.",
        Run = Run,
    };

    private static void Run(RowRun run)
    {
        var trainers = new List<Trainer<float>>();
        for (int trial = 0; trial < run.Count(Trials); trial++)
        {
            var random = new FastRandom(((ulong)(uint)run.Seed << 32) + (ulong)trial);
            (string, string[])[] strings = [.. Enumerable.Range(0, 2 * Strings).Select(_ => ReberGrammar.Draw(random))];
            var training = new ExampleBatches<float>([.. strings.Take(Strings).Select(Following)], new() { BatchSize = 1, Seed = random.NextUInt64() });
            var check = new ExampleBatches<float>([.. strings.Select(Possible)], new() { BatchSize = Strings, Shuffle = false });
            var lstm = new LstmLayer<float>(7, 6, random.Next());
            lstm.SetForgetGateBias(1);
            var model = new LayerStack<float>(lstm, new DenseLayer<float>(6, 7, random.Next()));
            var trainer = new Trainer<float>(model, new Adam<float>(0.02, beta2: 0.98), new SoftmaxCrossEntropy<float>(), new()
            {
                MaxEpochs = MaxChecks,
                MaxGradientNorm = 1,
                RestoreBest = false,
                Average = new WeightAverage<float>(model, decay: 0.99),
                Metrics = [new SolvedStrings()],
                Callbacks = [new StopAt("solved", 1)],
            });
            trainers.Add(run.Fit(trainer, training, check, $"trial-{trial + 1}"));
        }

        trainers.RemoveAll(trainer => trainer.History.Records[^1].Metrics["solved"] < 1);
        run.Report(Successes, 100.0 * trainers.Count / run.Count(Trials));
        run.Report(Sequences, trainers.Select(trainer => (double)trainer.Step).DefaultIfEmpty(double.NaN).Average());
    }

    /// <summary>A string with the symbol that follows each as target.</summary>
    internal static Example<float> Following((string Text, string[] Possible) drawn) => new(Tokens(drawn.Text[..^1]), Tokens(drawn.Text[1..]));

    /// <summary>A string with the mean of all symbols that can follow each as target.</summary>
    internal static Example<float> Possible((string Text, string[] Possible) drawn) => new(
        Tokens(drawn.Text[..^1]),
        Series<float>.FromValues(drawn.Possible.SelectMany(symbols => ReberGrammar.Symbols.Select(symbol => symbols.Contains(symbol, StringComparison.Ordinal) ? 1f / symbols.Length : 0)).ToArray(), ReberGrammar.Symbols.Length));

    private static Series<float> Tokens(string text) => Series<float>.FromTokens(text.Select(symbol => ReberGrammar.Symbols.IndexOf(symbol, StringComparison.Ordinal)).ToArray(), ReberGrammar.Symbols.Length);
}
