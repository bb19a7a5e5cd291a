using FluentAssertions;
using RnnSharp.Numerics;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>Bytes as tokens, and decoders of tokens that arrive one by one.</summary>
public sealed class TokenDecoderTests
{
    [Fact]
    public void Bytes_are_those_of_utf8()
    {
        var tokenizer = new ByteTokenizer(2);
        tokenizer.Size.Should().Be(258);
        tokenizer.Encode("aß€😀").Should().Equal(0x61, 0xC3, 0x9F, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80);
        tokenizer.Decode([256, 0xC3, 257, 0x9F]).Should().Be("ß", "reserved tokens have no text");
        tokenizer.Decode([0x61, 0xC3]).Should().Be("a\ufffd");
        tokenizer.ToString().Should().Be("258 tokens, 256 of them bytes");
    }

    [Fact]
    public void A_character_of_several_bytes_comes_out_when_it_is_complete()
    {
        TokenDecoder decoder = new ByteTokenizer().CreateDecoder();
        new ByteTokenizer().Encode("a€😀").Select(decoder.Add).Should().Equal("a", "", "", "€", "", "", "", "😀");
        decoder.Flush().Should().BeEmpty();
        decoder.Add(0xF0).Should().BeEmpty();
        decoder.Add(0x9F).Should().BeEmpty();
        decoder.Flush().Should().Be("\ufffd");
        decoder.Add(0x61).Should().Be("a", "a flushed decoder starts anew");
    }

    [Fact]
    public void Any_bytes_decode_one_by_one_as_at_once()
    {
        var random = new FastRandom(4);
        byte[] likely = [0x61, 0xC3, 0x9F, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xA0, 0xFF, 0xEF, 0xBF, 0xBD];
        for (int round = 0; round < 2000; round++)
        {
            int[] tokens = [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(3) == 0 ? random.Next(258) : likely[random.Next(likely.Length)])];
            var tokenizer = new ByteTokenizer(2);
            RandomText.Streamed(tokenizer.CreateDecoder(), tokens).Should().Be(tokenizer.Decode(tokens), string.Join(' ', tokens));
            RandomText.Streamed(((ITokenizer)new Minimal(tokenizer)).CreateDecoder(), tokens).Should().Be(tokenizer.Decode(tokens), string.Join(' ', tokens));
        }
    }

    [Fact]
    public void The_decoder_of_any_tokenizer_decodes_a_bounded_number_of_tokens_again()
    {
        var counting = new Minimal(WordVocabulary.FromTexts(["some words that come again and again"]));
        TokenDecoder decoder = ((ITokenizer)counting).CreateDecoder();
        int[] tokens = [.. Enumerable.Range(0, 1000).Select(i => 1 + i % 6)];
        RandomText.Streamed(decoder, tokens).Should().Be(counting.Decode(tokens));
        counting.MostTokens(() => Array.ForEach(tokens, token => decoder.Add(token))).Should().BeLessThan(4);
    }

    [Fact]
    public void A_token_out_of_range_is_refused_and_leaves_the_decoder_as_it_is()
    {
        ITokenizer[] tokenizers = [new ByteTokenizer(), CharacterVocabulary.FromText("ab"), WordVocabulary.FromTexts(["a b"]), new Minimal(WordVocabulary.FromTexts(["a b"]))];
        foreach (ITokenizer tokenizer in tokenizers)
        {
            TokenDecoder decoder = tokenizer.CreateDecoder();
            string text = decoder.Add(1);
            foreach (int wrong in (int[])[-1, tokenizer.Size, int.MaxValue])
            {
                decoder.Invoking(d => d.Add(wrong)).Should().Throw<ArgumentOutOfRangeException>();
                tokenizer.Invoking(t => t.Decode([wrong])).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("tokens");
            }

            text += decoder.Add(1) + decoder.Flush();
            text.Should().Be(tokenizer.Decode([1, 1]));
        }
    }

    /// <summary>A tokenizer without a decoder of its own, which gets that of any tokenizer.</summary>
    private sealed class Minimal(ITokenizer inner) : ITokenizer
    {
        private int _most;

        public int Size => inner.Size;

        public int[] Encode(string text) => inner.Encode(text);

        public string Decode(ReadOnlySpan<int> tokens)
        {
            _most = Math.Max(_most, tokens.Length);
            return inner.Decode(tokens);
        }

        public int MostTokens(Action action)
        {
            _most = 0;
            action();
            return _most;
        }
    }
}
