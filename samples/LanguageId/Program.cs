using System.CommandLine;
using LanguageId;
using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Training;
using Samples;
using ScottPlot;
using Spectre.Console;

Option<int> hidden = Sample.Number("--hidden", "units of each direction", 1, 1024, 96, quick: 16);
Option<int> steps = Sample.Number("--steps", "training steps of each network", 1, 100_000, 3000, quick: 60);
Option<int> members = Sample.Number("--members", "networks whose scores are added", 1, 100, 5, quick: 1);
Option<string?> picture = Sample.Path("--picture", "write the confusion matrix as PNG", "confusion.png");
var command = new RootCommand("Learns to name the language of a few characters that are cut out of a sentence, beside naive Bayes.") { hidden, steps, members, Sample.Seed, picture, Sample.Quick };
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    const int Shortest = 6, Longest = 20, PerSentence = 20;
    (int seed, string path) = (options.GetValue(Sample.Seed), options.GetValue(picture)!);
    Sample.RequireWritable(path);
    SplitParts<Snippet> sentences = Texts.Split(seed);
    IReadOnlyList<Snippet> validation = Texts.Snippets(sentences.Validation, PerSentence, Shortest, Longest, seed + 1), test = Texts.Snippets(sentences.Test, PerSentence, Shortest, Longest, seed + 2);
    Console.WriteLine($"{Texts.Languages.Count} languages; sentences to learn from, to choose by and to judge: {sentences.Train.Count}, {sentences.Validation.Count}, {sentences.Test.Count}");

    Classifier[] networks = [.. Enumerable.Range(0, options.GetValue(members)).Select(i => new Classifier(sentences.Train, options.GetValue(hidden), seed + 100 * i))];
    foreach ((int i, Classifier network) in networks.Index())
    {
        Console.WriteLine($"network {i + 1} of {networks.Length}");
        network.Learn(sentences.Train, validation, Shortest, Longest, options.GetValue(steps), seed + 100 * i);
    }

    Console.WriteLine();

    Table table = Sample.Table("share of right answers", "6 to 9 characters", "10 to 14", "15 to 20", "all snippets", "whole sentences");
    if (networks.Length > 1) Show($"{networks.Length} bidirectional GRUs", texts => Judge(networks, texts).Accuracy);
    Show($"bidirectional GRU, {networks[0].Weights:N0} weights", texts => Judge(networks[..1], texts).Accuracy);
    var models = LanguageModels.Choose(sentences.Train, validation);
    Show($"n-gram model of each language, {models.Order} characters before", models.Accuracy);
    foreach (int length in (int[])[3, 2, 1])
    {
        NaiveBayes bayes = NaiveBayes.Choose(sentences.Train, validation, length);
        Show(bayes.Name, bayes.Accuracy);
    }

    Show("always the same language", _ => 1.0 / Texts.Languages.Count);
    AnsiConsole.Write(table);

    Draw(Judge(networks, test), path);
    Console.WriteLine($"Which languages are taken for which, in {test.Count:N0} snippets: {path}");

    void Show(string name, Func<IReadOnlyList<Snippet>, double> accuracy) =>
        table.AddRow([name, .. new[] { Between(6, 9), Between(10, 14), Between(15, 20), test, sentences.Test }.Select(texts => $"{accuracy(texts):P1}")]);

    IReadOnlyList<Snippet> Between(int least, int most) => [.. test.Where(text => text.Characters.Length >= least && text.Characters.Length <= most)];
}

// Counts the languages that networks name for texts, by the sum of their scores.
static ConfusionMatrix<float> Judge(IReadOnlyList<Classifier> networks, IReadOnlyList<Snippet> texts)
{
    Sequence<float> scores = networks[0].Scores(texts);
    foreach (Classifier other in networks.Skip(1))
    {
        Sequence<float> more = other.Scores(texts);
        for (int i = 0; i < scores.Values.Length; i++) scores.Values[i] += more.Values[i];
    }

    var counts = new ConfusionMatrix<float>(Texts.Languages.Count);
    counts.Add(scores, Sequence<float>.FromTokens([.. texts.Select(text => (int[])[text.Language])], Texts.Languages.Count));
    return counts;
}

static void Draw(ConfusionMatrix<float> counts, string path)
{
    var shares = new double[counts.Classes, counts.Classes];
    for (int correct = 0; correct < counts.Classes; correct++)
    {
        for (int named = 0; named < counts.Classes; named++) shares[correct, named] = 100 * counts[correct, named] / counts.Support(correct);
    }

    using var plot = new Plot();
    HeatMap.Draw(plot, shares, Texts.Languages, Texts.Languages, share => share < 0.5 ? "" : $"{share:F0}", most: 100);
    plot.Title("Snippets of 6 to 20 characters, % of each language");
    plot.YLabel("the language is");
    plot.XLabel("the model says");
    plot.SavePng(path, 720, 480);
}
