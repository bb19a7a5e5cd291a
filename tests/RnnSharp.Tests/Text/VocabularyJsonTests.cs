using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Serialization;
using RnnSharp.Tests.Layers;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>The JSON of vocabularies from outside.</summary>
public sealed class VocabularyJsonTests
{
    public static TheoryData<string, string> Invalid => new()
    {
        { "", "invalid" },
        { "null", "got null" },
        { "[]", "invalid" },
        { "{}", "missing required" },
        { "{\"kind\":\"characters\"", "invalid" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["a"]} x""", "invalid" },
        { """{"kind":"words","reserved":[],"unknown":false,"symbols":["a"]}""", "expected the kind characters" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":[]}""", "at least one token" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["a","b","a"]}""", "\"a\" occurs twice in symbols" },
        { """{"kind":"characters","reserved":["<s>","<s>"],"unknown":false,"symbols":["a"]}""", "occurs twice in reserved" },
        { """{"kind":"characters","reserved":[""],"unknown":false,"symbols":["a"]}""", "expected a text in reserved[0]" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["a",""]}""", "expected a text in symbols[1]" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["a",null]}""", "expected a text in symbols[1]" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["ab"]}""", "one character in each symbol" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["e\u0301"]}""", "one character in each symbol" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["\ud800"]}""", "invalid" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":[1]}""", "invalid" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":null}""", "invalid" },
        { """{"kind":"characters","reserved":null,"unknown":false,"symbols":["a"]}""", "invalid" },
        { """{"kind":null,"reserved":[],"unknown":false,"symbols":["a"]}""", "invalid" },
        { """{"kind":"characters","reserved":[],"unknown":1,"symbols":["a"]}""", "invalid" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["a"],"symbols":["b"]}""", "invalid" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["a"],"type":"System.IO.FileInfo"}""", "invalid" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":["a"],"lowerCase":true}""", "only words have" },
        { """{"kind":"characters","reserved":[],"unknown":false,"symbols":[""" + new string('[', 100_000), "invalid" },
    };

    public static TheoryData<string, string> InvalidWords => new()
    {
        { """{"kind":"words","reserved":[],"unknown":true,"symbols":["a"]}""", "expected a splitting" },
        { """{"kind":"words","reserved":[],"unknown":true,"splitting":"none","lowerCase":true,"symbols":["a"]}""", "expected a splitting" },
        { """{"kind":"words","reserved":[],"unknown":true,"splitting":"whitespace","symbols":["a"]}""", "expected lowerCase" },
        { """{"kind":"words","reserved":[],"unknown":true,"splitting":"whitespace","lowerCase":true,"symbols":["a b"]}""", "one word in each symbol" },
        { """{"kind":"words","reserved":[],"unknown":true,"splitting":"whitespace","lowerCase":true,"symbols":[" "]}""", "one word in each symbol" },
        { """{"kind":"words","reserved":[],"unknown":true,"splitting":"punctuation","lowerCase":false,"symbols":["a."]}""", "one word in each symbol" },
        { """{"kind":"words","reserved":[],"unknown":true,"splitting":"whitespace","lowerCase":true,"symbols":["A"]}""", "in lower case" },
        { """{"kind":"characters","reserved":[],"unknown":true,"symbols":["a"]}""", "expected the kind words" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void Invalid_characters_are_refused(string json, string words) =>
        FluentActions.Invoking(() => CharacterVocabulary.FromJson(json)).Should().Throw<InvalidDataException>().WithMessage($"*{words}*");

    [Theory]
    [MemberData(nameof(InvalidWords))]
    public void Invalid_words_are_refused(string json, string words) =>
        FluentActions.Invoking(() => WordVocabulary.FromJson(json)).Should().Throw<InvalidDataException>().WithMessage($"*{words}*");

    [Fact]
    public void Any_change_of_a_character_is_read_or_refused()
    {
        string good = WordVocabulary.FromTexts(["a b ä"], new() { ReservedTokens = ["<s>"] }).ToJson();
        for (int at = 0; at < good.Length; at++)
        {
            foreach (char other in "\"\\{}[],:0a \ud800")
            {
                try
                {
                    _ = WordVocabulary.FromJson(good[..at] + other + good[(at + 1)..]).Encode("a b");
                }
                catch (InvalidDataException)
                {
                }
            }
        }
    }

    [Fact]
    public void A_long_text_takes_memory_in_proportion()
    {
        string json = $$"""{"kind":"characters","reserved":[],"unknown":false,"symbols":[{{string.Join(',', Enumerable.Repeat("\"a\"", 100_000))}}]}""";
        Warm.Allocated(() => FluentActions.Invoking(() => CharacterVocabulary.FromJson(json)).Should().Throw<InvalidDataException>()).Should().BeLessThan(50L * json.Length);
    }

    [Fact]
    public void A_vocabulary_is_saved_with_a_model()
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.FromText("Grüße 👋", new() { ReservedTokens = ["<s>"] });
        using var file = new MemoryStream();
        ModelFile.Save(new DenseLayer<float>(vocabulary.Size, vocabulary.Size, seed: 1), file, new() { Metadata = new Dictionary<string, string> { ["vocabulary"] = vocabulary.ToJson() } });
        file.Position = 0;
        CharacterVocabulary.FromJson(ModelFile.Load<float>(file).Metadata["vocabulary"]).Symbols.Should().Equal(vocabulary.Symbols);
    }
}
