using System.CommandLine;
using RnnSharp;
using RnnSharp.Training;
using Samples;
using ScottPlot;
using Spectre.Console;
using TokenTagger;

Option<int> hidden = Sample.Number("--hidden", "units of each direction of a layer", 1, 1024, 64, quick: 16);
Option<int> steps = Sample.Number("--steps", "training steps", 1, 100_000, 800, quick: 60);
Option<string?> picture = Sample.Path("--picture", "write the confusion matrix as PNG", "tags.png");
var command = new RootCommand("Learns to find places, people, dates, times and amounts in sentences, also in words that it has never seen.") { hidden, steps, Sample.Seed, picture, Sample.Quick };
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    (int seed, string path) = (options.GetValue(Sample.Seed), options.GetValue(picture)!);
    Sample.RequireWritable(path);
    (Corpus train, Corpus validation, Corpus test) = Corpus.Split(seed);
    IReadOnlyList<Sentence> known = train.Draw(20_000, seed), unseen = test.Draw(1000, seed + 2);
    Console.WriteLine($"templates to learn from, to choose by and to judge: {train.Templates.Count}, {validation.Templates.Count}, {test.Templates.Count}; sentences written by hand, to judge: {Corpus.Handwritten.Count}");
    var baseline = new WordTags(known);
    var tagger = new Tagger(train, options.GetValue(hidden), seed);
    tagger.Learn(train, validation.Draw(300, seed + 1), options.GetValue(steps), seed);

    Show("sentences of new templates and names", unseen);
    ConfusionMatrix<float> counts = Show("sentences written by hand", Corpus.Handwritten);
    foreach (Sentence sentence in tagger.Tag(Corpus.Handwritten).Take(12))
    {
        if (Console.IsOutputRedirected) Console.WriteLine(Markup.Remove(Marked(sentence)));
        else AnsiConsole.MarkupLine(Marked(sentence));
    }


    Draw(counts, path);
    Console.WriteLine($"Which tags are taken for which, in the sentences written by hand: {path}");

    ConfusionMatrix<float> Show(string name, IReadOnlyList<Sentence> sentences)
    {
        IReadOnlyList<Sentence> tagged = tagger.Tag(sentences), lookedUp = baseline.Tag(sentences);
        ConfusionMatrix<float> own = Count(sentences, tagged), other = Count(sentences, lookedUp);
        Table table = Sample.Table(name, "words", $"network of {tagger.Weights:N0} weights", "most frequent tag of each word");
        for (int tag = 0; tag < Sentence.Tags.Count; tag++) table.AddRow($"F1 of {Sentence.Tags[tag]}", $"{own.Support(tag):N0}", $"{own.F1(tag):P1}", $"{other.F1(tag):P1}");
        table.AddRow("mean F1", "", $"{own.F1(ClassAveraging.Macro):P1}", $"{other.F1(ClassAveraging.Macro):P1}");
        table.AddRow("words with the right tag", $"{Words(own):N0}", $"{own.Accuracy:P1}", $"{other.Accuracy:P1}");
        (own, other) = (Count(sentences, tagged, word => !baseline.Knows(word)), Count(sentences, lookedUp, word => !baseline.Knows(word)));
        table.AddRow("the same, words not seen in training", $"{Words(own):N0}", $"{own.Accuracy:P1}", $"{other.Accuracy:P1}");
        Console.WriteLine();
        AnsiConsole.Write(table);
        return Count(sentences, tagged);
    }
}

static double Words(ConfusionMatrix<float> counts) => Enumerable.Range(0, counts.Classes).Sum(counts.Support);

static ConfusionMatrix<float> Count(IReadOnlyList<Sentence> correct, IReadOnlyList<Sentence> tagged, Func<string, bool>? among = null)
{
    (int Correct, int Tagged)[] words = [.. correct.Zip(tagged).SelectMany(pair => pair.First.Words.Zip(pair.Second.Words).Where(words => among is null || among(pair.First.TextOf(words.First))).Select(words => (words.First.Tag, words.Second.Tag)))];
    var counts = new ConfusionMatrix<float>(Sentence.Tags.Count);
    if (words.Length == 0) return counts;
    var scores = new Sequence<float>(Sentence.Tags.Count, 1, words.Length);
    foreach ((int i, (_, int tag)) in words.Index()) scores[tag, 0, i] = 1;
    counts.Add(scores, Sequence<float>.FromTokens([[.. words.Select(word => word.Correct)]], Sentence.Tags.Count));
    return counts;
}

// Words of the same tag in a row are one piece: in color on a terminal, and in brackets.
static string Marked(Sentence sentence)
{
    string[] colors = ["default", "red", "green", "blue", "yellow", "aqua", "fuchsia"];
    var text = new System.Text.StringBuilder();
    int at = 0;
    for (int first = 0, next; first < sentence.Words.Count; first = next)
    {
        next = first + 1;
        int tag = sentence.Words[first].Tag;
        while (next < sentence.Words.Count && sentence.Words[next].Tag == tag) next++;
        (int start, int end) = (sentence.Words[first].Start, sentence.Words[next - 1].End);
        text.Append(sentence.Text[at..start].EscapeMarkup());
        string piece = sentence.Text[start..end];
        text.Append(tag == 0 ? piece.EscapeMarkup() : $"[{colors[tag]}]{$"[{Sentence.Tags[tag]} {piece}]".EscapeMarkup()}[/]");
        at = end;
    }

    return text.ToString();
}

static void Draw(ConfusionMatrix<float> counts, string path)
{
    var words = new double[counts.Classes, counts.Classes];
    for (int correct = 0; correct < counts.Classes; correct++)
    {
        for (int tagged = 0; tagged < counts.Classes; tagged++) words[correct, tagged] = counts[correct, tagged] / Math.Max(1, counts.Support(correct)) * 100;
    }

    using var plot = new Plot();
    HeatMap.Draw(plot, words, Sentence.Tags, Sentence.Tags, share => share < 0.5 ? "" : $"{share:F0}", most: 100);
    plot.Title("Sentences written by hand, % of the words of each tag");
    plot.YLabel("the tag is");
    plot.XLabel("the network says");
    plot.SavePng(path, 640, 420);
}
