using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>Words as tokens.</summary>
public sealed class WordVocabularyTests
{
    private static readonly string[] Texts = ["The cat sat. The dog sat!", "the cat\tran"];

    [Fact]
    public void Words_are_numbered_by_frequency_and_then_by_code_units()
    {
        WordVocabulary vocabulary = WordVocabulary.FromTexts(Texts);
        vocabulary.Symbols.Should().Equal("The", "cat", "sat", "!", ".", "dog", "ran", "the");
        vocabulary.UnknownToken.Should().Be(0);
        vocabulary.Encode("the  cat flew!").Should().Equal(8, 2, 0, 4);
        vocabulary.Decode([8, 2, 0, 4]).Should().Be("the cat <unk> !");
    }

    [Theory]
    [InlineData(WordSplitting.Punctuation, "Don't  stop—now!!", "Don|'|t|stop|—|now|!|!")]
    [InlineData(WordSplitting.Punctuation, "naïve cafe\u0301 x_1 ½ 3.14", "naïve|cafe\u0301|x_1|½|3|.|14")]
    [InlineData(WordSplitting.Punctuation, " 你好 👩‍🚀 ", "你好|👩|\u200d|🚀")]
    [InlineData(WordSplitting.Punctuation, "", "")]
    [InlineData(WordSplitting.Whitespace, "Don't  stop—now!!\u00a0\u2003x\r\n", "Don't|stop—now!!|x")]
    [InlineData(WordSplitting.Whitespace, " \t", "")]
    public void Texts_are_split_by_rule(WordSplitting splitting, string text, string expected) =>
        string.Join('|', WordVocabulary.FromTexts([text], new() { Splitting = splitting }).Split(text)).Should().Be(expected);

    [Fact]
    public void Case_count_and_size_limit_the_vocabulary()
    {
        WordVocabulary.FromTexts(Texts, new() { LowerCase = true }).Symbols.Should().StartWith(["the", "cat", "sat"]);
        WordVocabulary lower = WordVocabulary.FromTexts(Texts, new() { LowerCase = true, MinimumCount = 2, UnknownToken = false });
        lower.Symbols.Should().Equal("the", "cat", "sat");
        lower.Encode("CAT The").Should().Equal(1, 0);
        WordVocabulary small = WordVocabulary.FromTexts(Texts, new() { MaximumSize = 4, ReservedTokens = ["<s>"] });
        small.Size.Should().Be(4);
        small.Symbols.Should().Equal("The", "cat");
        small.UnknownToken.Should().Be(1);
    }

    [Fact]
    public void Unknown_words_are_refused_without_a_token_for_them()
    {
        WordVocabulary vocabulary = WordVocabulary.FromTexts(Texts, new() { UnknownToken = false });
        vocabulary.Invoking(v => v.Encode("The cat\nflew")).Should().Throw<ArgumentException>().WithParameterName("text").WithMessage("*\"flew\" as word 2*");
    }

    [Fact]
    public void Decoding_gives_back_the_words_at_once_and_one_by_one()
    {
        var random = new FastRandom(2);
        for (int round = 0; round < 200; round++)
        {
            string text = RandomText.Create(random, 30);
            var options = new WordVocabularyOptions { Splitting = (WordSplitting)random.Next(2), UnknownToken = false, ReservedTokens = ["<s>", "<e>"] };
            WordVocabulary vocabulary = WordVocabulary.FromTexts([text], options);
            int[] tokens = [0, .. vocabulary.Encode(text), 1];
            string expected = string.Join(' ', vocabulary.Split(text));
            vocabulary.Decode(tokens).Should().Be(expected);
            RandomText.Streamed(vocabulary.CreateDecoder(), tokens).Should().Be(expected);
        }
    }

    [Fact]
    public void A_vocabulary_goes_through_json()
    {
        foreach (WordSplitting splitting in Enum.GetValues<WordSplitting>())
        {
            WordVocabulary vocabulary = WordVocabulary.FromTexts(Texts, new() { Splitting = splitting, LowerCase = true, ReservedTokens = ["<s>"] }), copy = WordVocabulary.FromJson(vocabulary.ToJson());
            copy.Symbols.Should().Equal(vocabulary.Symbols);
            copy.Splitting.Should().Be(splitting);
            copy.LowerCase.Should().BeTrue();
            copy.UnknownToken.Should().Be(1);
            copy.ToJson().Should().Be(vocabulary.ToJson());
        }
    }
}
