using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Samples;

/// <summary>What the tagger sample takes for granted of the sentences and names that it ships.</summary>
public sealed class TaggedSentenceTests
{
    private static readonly string[] Templates = Lines("templates"), Handwritten = Lines("handwritten"), Cities = Lines("cities"), People = Lines("people");

    [Fact]
    public void Templates_have_places_for_known_tags() => Templates.SelectMany(Places).Should().NotBeEmpty().And.OnlyContain(place => place.Words == null && (place.Tag == "other" || IsTag(place.Tag)));

    [Fact]
    public void Sentences_written_by_hand_have_words_in_their_places() => Handwritten.SelectMany(Places).Should().OnlyContain(place => place.Words != null && IsTag(place.Tag));

    [Fact]
    public void Each_tag_is_judged_on_sentences_written_by_hand() => Handwritten.SelectMany(Places).Select(place => place.Tag).Distinct().Should().BeEquivalentTo("from", "to", "person", "date", "time", "amount");

    [Fact]
    public void Names_in_sentences_written_by_hand_are_in_no_list()
    {
        HashSet<string> known = [.. Cities.Concat(People).Select(name => name.ToLowerInvariant())];
        Handwritten.SelectMany(Places).Where(place => place.Tag is "from" or "to" or "person").Should().OnlyContain(place => !known.Contains(place.Words!.ToLowerInvariant()));
    }

    [Fact]
    public void No_line_occurs_twice()
    {
        foreach (string[] lines in (string[][])[Templates, Handwritten, Cities, People]) lines.Should().OnlyHaveUniqueItems().And.OnlyContain(line => line.Length > 1 && line == line.Trim());
    }

    private static string[] Lines(string file) => File.ReadAllLines(RepositoryRoot.PathOf($"samples/TokenTagger/data/{file}.txt"));

    private static bool IsTag(string name) => name is "from" or "to" or "person" or "date" or "time" or "amount";

    // Every brace belongs to a place, so that a mistyped one has a tag that is none.
    private static IEnumerable<(string Tag, string? Words)> Places(string line) =>
        Regex.Matches(line, @"\{(?<tag>[^:}]*)(:(?<words>[^}]*))?\}?|\}", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
            .Select(match => (match.Groups["tag"].Value, match.Groups["words"].Success ? match.Groups["words"].Value : null));
}
