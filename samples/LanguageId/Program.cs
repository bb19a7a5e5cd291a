using System.CommandLine;
using System.Globalization;
using LanguageId;
using RnnSharp;
using RnnSharp.Data;
using RnnSharp.Training;
using Samples;
using Spectre.Console;

Option<int> hidden = Sample.Number("--hidden", "units of each direction", 1, 1024, 96, quick: 32);
Option<int> steps = Sample.Number("--steps", "training steps of each network", 1, 100_000, 3000, quick: 500);
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

    string[] names = [.. Texts.Languages.Select(CultureInfo.InvariantCulture.TextInfo.ToTitleCase)];
    HeatMap.SaveConfusion(Judge(networks, test), names, "Snippets of 6 to 20 characters, % of each language", "the language is", "the model says", path, 720, 480);
    Console.WriteLine($"Which languages are taken for which, in {test.Count:N0} snippets: {path}");
    Sample.WarnIfQuick(options);

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
