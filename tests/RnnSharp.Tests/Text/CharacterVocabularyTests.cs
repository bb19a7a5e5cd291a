using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>Characters as tokens.</summary>
public sealed class CharacterVocabularyTests
{
    private const string Mixed = "Grüße, 世界! 👩‍🚀🇩🇪 e\u0301é\r\n\t\0\"\\";

    [Fact]
    public void Characters_are_numbered_in_the_order_of_their_code_points()
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.FromText("banana 😀\ufffd");
        vocabulary.Symbols.Should().Equal(" ", "a", "b", "n", "\ufffd", "😀");
        vocabulary.Size.Should().Be(6);
        vocabulary.UnknownToken.Should().BeNull();
        vocabulary.Encode("nab😀").Should().Equal(3, 1, 2, 5);
        vocabulary.ToString().Should().Be("6 tokens, 6 of them characters");
    }

    [Fact]
    public void Text_survives_encoding_and_decoding()
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.FromText(Mixed);
        vocabulary.Decode(vocabulary.Encode(Mixed)).Should().Be(Mixed);
        vocabulary.Encode("👩‍🚀").Should().HaveCount(3, "a sequence of emoji is several code points");
        vocabulary.Encode("e\u0301").Should().NotEqual(vocabulary.Encode("é"), "texts are not normalized");
    }

    [Fact]
    public void Random_texts_survive_encoding_and_decoding_at_once_and_one_by_one()
    {
        var random = new FastRandom(1);
        for (int round = 0; round < 200; round++)
        {
            string text = RandomText.Create(random, 1 + random.Next(60));
            ITokenizer[] tokenizers = [CharacterVocabulary.FromTexts([text, "x"], new() { ReservedTokens = ["<s>"], UnknownToken = true }), new ByteTokenizer(3)];
            foreach (ITokenizer tokenizer in tokenizers)
            {
                int[] tokens = tokenizer.Encode(text);
                tokens.Should().OnlyContain(token => token >= 0 && token < tokenizer.Size);
                tokenizer.Decode(tokens).Should().Be(text);
                RandomText.Streamed(tokenizer.CreateDecoder(), tokens).Should().Be(text);
            }
        }
    }

    [Fact]
    public void Unknown_characters_are_refused_or_get_the_token_for_them()
    {
        CharacterVocabulary strict = CharacterVocabulary.FromText("ab");
        strict.Invoking(v => v.Encode("abca")).Should().Throw<ArgumentException>().WithParameterName("text").WithMessage("*\"c\" at character 2*");
        strict.Invoking(v => v.Encode("a\ud83d")).Should().Throw<ArgumentException>().WithMessage("*at character 1*");
        CharacterVocabulary lenient = CharacterVocabulary.FromText("ab", new() { UnknownToken = true, ReservedTokens = ["<pad>", "<s>"] });
        lenient.UnknownToken.Should().Be(2);
        lenient.Encode("abc😀\ud83da").Should().Equal(3, 4, 2, 2, 2, 3);
        lenient.Decode([0, 3, 2, 1, 4]).Should().Be("a\ufffdb", "reserved tokens have no text");
    }

    [Fact]
    public void Reserved_tokens_come_first_and_no_text_becomes_one()
    {
        CharacterVocabulary vocabulary = CharacterVocabulary.FromText("<s>", new() { ReservedTokens = ["<pad>", "<s>"] });
        vocabulary.ReservedTokens.Should().Equal("<pad>", "<s>");
        vocabulary.ReservedToken("<s>").Should().Be(1);
        vocabulary.FirstSymbol.Should().Be(2);
        vocabulary.Encode("<s>").Should().Equal(2, 4, 3);
    }

    [Fact]
    public void A_vocabulary_goes_through_json()
    {
        foreach (CharacterVocabularyOptions options in (CharacterVocabularyOptions[])[new(), new() { UnknownToken = true, ReservedTokens = ["\"ü\"", "😀"] }])
        {
            CharacterVocabulary vocabulary = CharacterVocabulary.FromText(Mixed, options), copy = CharacterVocabulary.FromJson(vocabulary.ToJson());
            copy.Symbols.Should().Equal(vocabulary.Symbols);
            copy.ReservedTokens.Should().Equal(vocabulary.ReservedTokens);
            copy.UnknownToken.Should().Be(vocabulary.UnknownToken);
            copy.Encode(Mixed).Should().Equal(vocabulary.Encode(Mixed));
            copy.ToJson().Should().Be(vocabulary.ToJson());
        }

        CharacterVocabulary.FromText("ba").ToJson().Should().Be("""{"kind":"characters","reserved":[],"unknown":false,"symbols":["a","b"]}""");
    }

    [Fact]
    public void Options_are_copied()
    {
        var names = new List<string> { "<s>" };
        var options = new CharacterVocabularyOptions { ReservedTokens = names };
        names.Add("<s>");
        CharacterVocabulary.FromText("a", options).Size.Should().Be(2);
    }
}
