using RnnSharp.Data;
using RnnSharp.Numerics;

namespace LanguageId;

/// <summary>A piece of text and the number of its language.</summary>
internal readonly record struct Snippet(string Characters, int Language);

/// <summary>The sentences that come with the sample: a file for each language, a sentence on each line, in lower case.</summary>
internal static class Texts
{
    public static IReadOnlyList<string> Languages { get; } = [.. Files().Select(file => Path.GetFileNameWithoutExtension(file)!)];

    /// <summary>Parts of the sentences of each language, so that no snippet to be judged is of a sentence that was learned.</summary>
    public static SplitParts<Snippet> Split(int seed)
    {
        Snippet[] sentences = [.. Files().SelectMany((file, language) => File.ReadLines(file).Select(line => new Snippet(line.ToLowerInvariant(), language)))];
        return DataSplit.Stratified(sentences, sentence => sentence.Language, validation: 0.2, test: 0.2, (ulong)seed);
    }

    /// <summary>Draws snippets of each sentence that begin and end anywhere, also within a word; a shorter sentence is taken whole.</summary>
    public static IReadOnlyList<Snippet> Snippets(IReadOnlyList<Snippet> sentences, int perSentence, int shortest, int longest, int seed)
    {
        var random = new FastRandom((ulong)seed);
        return [.. sentences.SelectMany(sentence => Enumerable.Range(0, perSentence).Select(_ => Cut(sentence, shortest, longest, random)))];
    }

    public static Snippet Cut(Snippet sentence, int shortest, int longest, FastRandom random)
    {
        int length = Math.Min(sentence.Characters.Length, random.Next(shortest, longest + 1)), start = random.Next(sentence.Characters.Length - length + 1);
        return sentence with { Characters = sentence.Characters.Substring(start, length) };
    }

    private static IEnumerable<string> Files() => Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "texts"), "*.txt").Order(StringComparer.Ordinal);
}
