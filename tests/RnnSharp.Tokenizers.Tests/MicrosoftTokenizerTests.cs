using System.Text;
using FluentAssertions;
using Microsoft.ML.Tokenizers;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tokenizers.Tests;

/// <summary>Microsoft's tokenizers, on a byte-pair encoding that is written down here.</summary>
public sealed class MicrosoftTokenizerTests
{
    private static readonly string[] Pieces = ["a", "b", "c", "d", "ab", "abc", "cd", "Ġ", "Ġab", "Ã", "Ł", "Ÿ", "ð", "ĺ", "Ģ"];
    private static readonly string[] Merges = ["a b", "ab c", "c d", "Ġ ab"];

    // Of bytes, so that ß (Ã Ÿ) and 😀 (ð Ł ĺ Ģ) are several tokens. The last token is special.
    private static readonly MicrosoftTokenizer Bytes = new(BpeTokenizer.Create(new BpeOptions(Pieces.Select((piece, i) => KeyValuePair.Create(piece, i)))
    {
        Merges = Merges,
        ByteLevel = true,
        PreTokenizer = RobertaPreTokenizer.Instance, // keeps spaces
        SpecialTokens = new Dictionary<string, int> { ["<end>"] = 20 },
    }));

    [Fact]
    public void Pairs_are_merged_in_order()
    {
        var tokenizer = new MicrosoftTokenizer(BpeTokenizer.Create(Vocabulary("a", "b", "c", "d", "ab", "abc", "cd"), Lines("#version: 0.2", "a b", "ab c", "c d")));
        tokenizer.Size.Should().Be(7);
        tokenizer.Encode("abcdab").Should().Equal(5, 3, 4);
        tokenizer.Encode("ccd").Should().Equal(2, 6);
        tokenizer.Encode("").Should().BeEmpty();
        tokenizer.Decode([5, 3, 4]).Should().Be("abcdab");
        tokenizer.ToString().Should().Be("BpeTokenizer of 7 tokens");
    }

    [Theory]
    [InlineData("abcd ab")]
    [InlineData("aß😀b")]
    [InlineData(" ab ab  cd")]
    public void Text_survives_encoding_and_decoding_at_once_and_one_by_one(string text)
    {
        int[] tokens = Bytes.Encode(text);
        Bytes.Decode(tokens).Should().Be(text);
        TokenDecoder decoder = ((ITokenizer)Bytes).CreateDecoder();
        string[] parts = [.. tokens.Select(decoder.Add), decoder.Flush()];
        string.Concat(parts).Should().Be(text);
        parts.Where(part => part.Contains('\ufffd', StringComparison.Ordinal) || (part.Length > 0 && char.IsHighSurrogate(part[^1]))).Should().BeEmpty();
    }

    [Fact]
    public void A_character_of_several_tokens_comes_out_when_it_is_complete()
    {
        TokenDecoder decoder = ((ITokenizer)Bytes).CreateDecoder();
        Bytes.Encode("aß😀").Select(decoder.Add).Should().Equal("a", "", "ß", "", "", "", "😀");
    }

    [Fact]
    public void Special_tokens_count_among_the_size()
    {
        Bytes.Size.Should().Be(21);
        new MicrosoftTokenizer(Bytes.Tokenizer, 32).Size.Should().Be(32);
    }

    [Fact]
    public async Task A_model_streams_text_of_such_tokens()
    {
        var network = new LayerStack<float>(new EmbeddingLayer<float>(Bytes.Size, 5, seed: 1), new LstmLayer<float>(5, 8, seed: 2), new DenseLayer<float>(8, Bytes.Size, seed: 3));
        var model = new LanguageModel<float>(network, Bytes);
        var options = new GenerationOptions { AllowedTokens = Bytes.Encode("abß ab"), MaxTokens = 60, StopSequences = ["ßßß"], Seed = 3 };
        var text = new StringBuilder();
        await foreach (string part in model.GenerateAsync("ab", options)) text.Append(part);
        text.ToString().Should().Be(model.Generate("ab", options)).And.NotBeEmpty();
        model.LogProbability("abcd", " ab").Should().BeNegative();
    }

    [Fact]
    public void Tokens_out_of_range_are_refused()
    {
        foreach (int wrong in (int[])[-1, 21]) Bytes.Invoking(t => t.Decode([0, wrong])).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("tokens").WithMessage($"*0 to 20*got {wrong}*");
        new MicrosoftTokenizer(Bytes.Tokenizer, 2).Invoking(t => t.Encode("ac")).Should().Throw<InvalidOperationException>().WithMessage("*0 to 1*got 2*");
        Bytes.Decode([0, 17, 1]).Should().Be("ab", "a number without a token has no text");
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        FluentActions.Invoking(() => new MicrosoftTokenizer(null!)).Should().Throw<ArgumentNullException>().WithParameterName("tokenizer");
        FluentActions.Invoking(() => new MicrosoftTokenizer(null!, 3)).Should().Throw<ArgumentNullException>().WithParameterName("tokenizer");
        FluentActions.Invoking(() => new MicrosoftTokenizer(Bytes.Tokenizer, 0)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("size").WithMessage("*at least 1*got 0*");
        WordPieceTokenizer other = WordPieceTokenizer.Create(Lines("[UNK]", "a", "##b"));
        FluentActions.Invoking(() => new MicrosoftTokenizer(other)).Should().Throw<ArgumentException>().WithParameterName("tokenizer").WithMessage("*WordPieceTokenizer*");
        new MicrosoftTokenizer(other, 3).Encode("ab").Should().Equal(1, 2);
        Bytes.Invoking(t => t.Encode(null!)).Should().Throw<ArgumentNullException>().WithParameterName("text");
    }

    private static MemoryStream Vocabulary(params string[] pieces) => Lines($"{{{string.Join(", ", pieces.Select((piece, i) => $"\"{piece}\": {i}"))}}}");

    private static MemoryStream Lines(params string[] lines) => new(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
}
