namespace TokenTagger;

/// <summary>A baseline without context: each word has the tag that it has most often in training, and a new one the most frequent tag of known words that look like it.</summary>
internal sealed class WordTags
{
    private readonly Dictionary<string, int> _tags;
    private readonly Dictionary<string, int> _looks;

    public WordTags(IReadOnlyList<Sentence> training)
    {
        _tags = MostFrequent(training.SelectMany(sentence => sentence.Words.Select(word => (sentence.TextOf(word), word.Tag))));
        _looks = MostFrequent(_tags.Select(pair => (Look(pair.Key), pair.Value)));
    }

    public bool Knows(string word) => _tags.ContainsKey(word);

    public IReadOnlyList<Sentence> Tag(IReadOnlyList<Sentence> sentences) => [.. sentences.Select(sentence => sentence.With([.. sentence.Words.Select(word => TagOf(sentence.TextOf(word)))]))];

    private int TagOf(string word) => _tags.TryGetValue(word, out int tag) ? tag : _looks.GetValueOrDefault(Look(word));

    /// <summary>What a word looks like: its capital, digits and signs.</summary>
    public static string Look(string word) => word.Any(char.IsDigit) ? (word.Contains(':') ? "time" : word.StartsWith('$') ? "dollars" : "number") : char.IsUpper(word[0]) ? "name" : "word";

    private static Dictionary<string, int> MostFrequent(IEnumerable<(string Key, int Tag)> seen) =>
        seen.GroupBy(item => item.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.GroupBy(item => item.Tag).MaxBy(same => same.Count())!.Key, StringComparer.Ordinal);
}
