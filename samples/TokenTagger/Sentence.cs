using System.Text;
using System.Text.RegularExpressions;

namespace TokenTagger;

/// <summary>A word or a mark of a sentence, and the number of its tag.</summary>
internal readonly record struct Word(int Start, int Length, int Tag)
{
    public int End => Start + Length;
}

/// <summary>A sentence with a tag for each word.</summary>
internal sealed partial record Sentence(string Text, IReadOnlyList<Word> Words)
{
    public static IReadOnlyList<string> Tags { get; } = ["other", "from", "to", "person", "date", "time", "amount"];

    public string TextOf(Word word) => Text.Substring(word.Start, word.Length);

    /// <summary>Reads a line such as "From {from:New York} to {to}": each name in braces is the tag of the words after it, or of those that fill the place.</summary>
    public static Sentence Parse(string line, Func<string, string> fill)
    {
        var text = new StringBuilder();
        var words = new List<Word>();
        int at = 0;
        foreach (Match place in Places().Matches(line))
        {
            Add(line[at..place.Index], 0);
            string tag = place.Groups["tag"].Value;
            Add(place.Groups["words"].Success ? place.Groups["words"].Value : fill(tag), Tags.Index().Single(item => string.Equals(item.Item, tag, StringComparison.Ordinal)).Index);
            at = place.Index + place.Length;
        }

        Add(line[at..], 0);
        text[0] = char.ToUpperInvariant(text[0]);
        return new(text.ToString(), words);

        void Add(string piece, int tag)
        {
            foreach (Match word in Pieces().Matches(piece)) words.Add(new(text.Length + word.Index, word.Length, tag));
            text.Append(piece);
        }
    }

    /// <summary>The same sentence without capitals, as people type it.</summary>
    public Sentence ToLower() => this with { Text = Text.ToLowerInvariant() };

    /// <summary>The same sentence with other tags.</summary>
    public Sentence With(IReadOnlyList<int> tags) => this with { Words = [.. Words.Zip(tags, (word, tag) => word with { Tag = tag })] };

    /// <summary>All numbers of the same form as one word: 7:30 and 9:15, $40 and $65.</summary>
    public static string Plain(string word) => Digits().Replace(word, "0");

    [GeneratedRegex(@"\d+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();

    [GeneratedRegex(@"\{(?<tag>\w+)(:(?<words>[^}]*))?\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Places();

    // What ends in a letter or digit (7:30, $12.50, o'clock), or a single mark.
    [GeneratedRegex(@"\S*\w|[^\w\s]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pieces();
}
