using System.CommandLine;
using RnnSharp.Training;
using Samples;
using Spectre.Console;
using TokenTagger;

Option<int> hidden = Sample.Number("--hidden", "units of each direction of a layer", 1, 1024, 64, quick: 24);
Option<int> steps = Sample.Number("--steps", "training steps", 1, 100_000, 800, quick: 250);
Option<string?> picture = Sample.Path("--picture", "write the confusion matrix as PNG", "tags.png");
var command = new RootCommand("Learns to find places, people, dates, times and amounts in sentences, also in words that it has never seen.") { hidden, steps, Sample.Seed, picture, Sample.Quick };
command.SetAction(Run);
return await Sample.RunAsync(command, args).ConfigureAwait(false);

void Run(ParseResult options)
{
    (int seed, string path) = (options.GetValue(Sample.Seed), options.GetValue(picture)!);
    Sample.RequireWritable(path);
    (Corpus train, Corpus validation, Corpus test) = Corpus.Split(seed);
    IReadOnlyList<Sentence> known = train.Draw(20_000, seed), judged = test.Draw(1000, seed + 2);
    Console.WriteLine($"templates to learn from, to choose by and to judge: {train.Templates.Count}, {validation.Templates.Count}, {test.Templates.Count}; sentences written by hand, to judge: {Corpus.Handwritten.Count}");
    IReadOnlyList<Sentence> choosing = validation.Draw(300, seed + 1);
    WordTags words = new(known);
    ContextTags context = ContextTags.Choose([known, train.DrawNoisy(20_000, seed + 3)], choosing);
    Console.WriteLine($"naive Bayes looks {context.Reach} words to each side, smoothing {context.Smoothing}");
    var tagger = new Tagger(train, options.GetValue(hidden), seed);
    tagger.Learn(train, choosing, options.GetValue(steps), seed);

    Show("sentences of new templates and names", judged);
    ConfusionMatrix<float> counts = Show("sentences written by hand", Corpus.Handwritten);
    foreach (Sentence sentence in tagger.Tag(Corpus.Handwritten).Take(12))
    {
        if (Console.IsOutputRedirected) Console.WriteLine(Markup.Remove(Marked(sentence)));
        else AnsiConsole.MarkupLine(Marked(sentence));
    }

    HeatMap.SaveConfusion(counts, Sentence.Tags, "Sentences written by hand, % of the words of each tag", "the tag is", "the network says", path, 640, 420);
    Console.WriteLine($"Which tags are taken for which, in the sentences written by hand: {path}");
    Sample.WarnIfQuick(options);

    ConfusionMatrix<float> Show(string name, IReadOnlyList<Sentence> sentences)
    {
        IReadOnlyList<Sentence> byNetwork = tagger.Tag(sentences);
        IReadOnlyList<Sentence>[] taggings = [byNetwork, context.Tag(sentences), words.Tag(sentences)];
        ConfusionMatrix<float>[] all = [.. taggings.Select(tagged => Count(sentences, tagged))], unseen = [.. taggings.Select(tagged => Count(sentences, tagged, word => !words.Knows(word)))];
        Table table = Sample.Table(name, "words", $"network of {tagger.Weights:N0} weights", "naive Bayes with context", "word alone");
        for (int tag = 0; tag < Sentence.Tags.Count; tag++) Row($"F1 of {Sentence.Tags[tag]}", $"{all[0].Support(tag):N0}", all, counts => counts.F1(tag));
        Row("mean F1", "", all, counts => counts.F1(ClassAveraging.Macro));
        Row("words with the right tag", $"{Words(all[0]):N0}", all, counts => counts.Accuracy);
        Row("the same, words not seen in training", $"{Words(unseen[0]):N0}", unseen, counts => counts.Accuracy);
        Console.WriteLine();
        AnsiConsole.Write(table);
        return all[0];

        void Row(string title, string count, ConfusionMatrix<float>[] columns, Func<ConfusionMatrix<float>, double> measure) => table.AddRow([title, count, .. columns.Select(counts => $"{measure(counts):P1}")]);
    }
}

static double Words(ConfusionMatrix<float> counts) => Enumerable.Range(0, counts.Classes).Sum(counts.Support);

static ConfusionMatrix<float> Count(IReadOnlyList<Sentence> correct, IReadOnlyList<Sentence> tagged, Func<string, bool>? among = null)
{
    var counts = new ConfusionMatrix<float>(Sentence.Tags.Count);
    foreach ((Sentence sentence, Sentence guess) in correct.Zip(tagged))
    {
        foreach ((Word word, Word guessed) in sentence.Words.Zip(guess.Words))
        {
            if (among is null || among(sentence.TextOf(word))) counts.Add(guessed.Tag, word.Tag);
        }
    }

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
