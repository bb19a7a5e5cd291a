using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>Text that a model generates.</summary>
public sealed class GenerationTests
{
    private const string Letters = "abcdefgh .\n";

    [Theory]
    [InlineData("", null)]
    [InlineData("", 3)]
    [InlineData("cab", null)]
    [InlineData("cab", 3)]
    public void Tokens_are_sampled_from_single_steps(string prompt, int? start)
    {
        LanguageModel<double> model = TextModels.Characters<double>(Letters, seed: 1, start);
        var options = new GenerationOptions { Temperature = 0.8, TopP = 0.95, RepetitionPenalty = 1.1, Seed = 4, MaxTokens = 30 };
        int[] first = model.Tokenizer.Encode(prompt);
        var sampler = new Sampler(options);
        var tokens = new List<int>();
        for (int i = 0; i < options.MaxTokens; i++) tokens.Add(sampler.Sample<double>(TextModels.Scores(model, first, tokens), [.. first, .. tokens]));
        model.GenerateTokens(first, options).Should().Equal(tokens);
        model.Generate(prompt, options).Should().Be(model.Tokenizer.Decode([.. tokens]));
    }

    [Fact]
    public void Greedy_text_has_the_likeliest_token_at_every_step()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 2);
        var tokens = new List<int>();
        for (int i = 0; i < 20; i++)
        {
            double[] next = TextModels.Next(model, [], tokens);
            tokens.Add(Array.IndexOf(next, next.Max()));
        }

        model.GenerateTokens([], new() { Temperature = 0, MaxTokens = 20 }).Should().Equal(tokens);
    }

    [Fact]
    public async Task Streamed_text_equals_that_of_one_call()
    {
        var bytes = new ByteTokenizer();
        int parts = 0;
        for (int seed = 1; seed <= 20; seed++)
        {
            // Only the bytes of two characters of several bytes and two of one, so that characters often come out right.
            LanguageModel<float> model = TextModels.Of<float>(bytes, seed);
            var options = new GenerationOptions { AllowedTokens = [.. bytes.Encode("ab€ß")], Seed = (ulong)seed, MaxTokens = 60, StopSequences = ["ab", "aaa", "\ufffd\ufffd\ufffd\ufffd\ufffd"] };
            var streamed = new List<string>();
            await foreach (string part in model.GenerateAsync("a€", options)) streamed.Add(part);
            string.Concat(streamed).Should().Be(model.Generate("a€", options));
            streamed.Any(part => part.Length == 0 || char.IsHighSurrogate(part[^1])).Should().BeFalse();
            parts += streamed.Count;
            var tokens = new List<int>();
            await foreach (int token in model.GenerateTokensAsync(bytes.Encode("a€"), options)) tokens.Add(token);
            tokens.Should().Equal(model.GenerateTokens(bytes.Encode("a€"), options));
        }

        parts.Should().BeGreaterThan(100);
    }

    [Fact]
    public void Seeds_repeat_and_differ()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 3);
        model.Generate("a", new() { Seed = 1 }).Should().Be(model.Generate("a", new() { Seed = 1 })).And.NotBe(model.Generate("a", new() { Seed = 2 }));
        model.Generate("a", new() { MaxTokens = 17 }).Should().HaveLength(17);
        model.Generate("a", new() { MaxTokens = 0 }).Should().BeEmpty();
        model.Generate("a").Should().HaveLength(256);
    }

    [Fact]
    public void A_batch_gives_the_texts_that_each_prompt_gives_alone()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 4);
        var options = new GenerationOptions { Seed = ulong.MaxValue, MaxTokens = 40, StopTokens = model.Tokenizer.Encode("\n"), StopSequences = ["ab", "."] };
        string[] prompts = ["", "a", "bcdefghabcdefgh", "a", "h ."];
        string[] texts = model.GenerateBatch(prompts, options);
        for (int i = 0; i < prompts.Length; i++) texts[i].Should().Be(model.Generate(prompts[i], options with { Seed = unchecked(options.Seed + (ulong)i) }));
        texts.Select(text => text.Length).Distinct().Count().Should().BeGreaterThan(2, "the texts end at different steps");
    }

    [Fact]
    public void A_stop_token_ends_the_text_and_is_not_part_of_it()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 5);
        string whole = model.Generate("", new() { Seed = 1, MaxTokens = 100 });
        string cut = model.Generate("", new() { Seed = 1, MaxTokens = 100, StopTokens = model.Tokenizer.Encode("d") });
        whole.Should().Contain("d");
        cut.Should().Be(whole[..whole.IndexOf('d', StringComparison.Ordinal)]);
        model.GenerateTokens([], new() { Seed = 1, MaxTokens = 100, StopTokens = model.Tokenizer.Encode("d") }).Should().Equal(model.Tokenizer.Encode(cut));
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_text_wherever_its_tokens_are_divided()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 6);
        string whole = model.Generate("", new() { Seed = 3, MaxTokens = 60 });
        for (int at = 0; at < whole.Length - 4; at++)
        {
            string stop = whole.Substring(at, 3);
            int first = whole.IndexOf(stop, StringComparison.Ordinal);
            var options = new GenerationOptions { Seed = 3, MaxTokens = 60, StopSequences = [stop, "never there"] };
            model.Generate("", options).Should().Be(whole[..first]);
            var streamed = new List<string>();
            await foreach (string part in model.GenerateAsync("", options)) streamed.Add(part);
            string.Concat(streamed).Should().Be(whole[..first], "no part of it may come out before it is known to be no stop sequence");
            model.GenerateTokens([], options).Should().Equal(model.Tokenizer.Encode(whole[..(first + 3)]));
        }

        // What was held back as a possible beginning comes out at the end.
        model.Generate("", new() { Seed = 3, MaxTokens = 60, StopSequences = [whole[^2..] + "!"] }).Should().Be(whole);
    }

    [Theory]
    [InlineData("xxabcd", "abcd bc", "xxa")]
    [InlineData("xxabcd", "cd bcd", "xxa")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("abab!", "ababc", "abab!")]
    [InlineData("ababab", "ababc", "ababab")]
    public void The_stop_sequence_that_is_completed_first_counts_however_the_text_is_divided(string text, string stops, string expected)
    {
        for (int size = 1; size <= text.Length; size++)
        {
            var matcher = new StopMatcher(stops.Split(' '));
            string result = string.Concat(text.Chunk(size).Select(part => matcher.Add(new string(part)))) + matcher.Flush();
            result.Should().Be(expected, "in parts of {0}", size);
        }
    }

    [Fact]
    public void A_stop_sequence_within_one_token_ends_the_text()
    {
        LanguageModel<float> model = TextModels.Of<float>(WordVocabulary.FromTexts(["one two three"], new() { UnknownToken = false }), seed: 1);
        string whole = model.Generate("", new() { MaxTokens = 20 });
        model.Generate("", new() { MaxTokens = 20, StopSequences = ["wo"] }).Should().Be(whole[..whole.IndexOf("wo", StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task A_call_is_canceled_between_tokens()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 7);
        using var source = new CancellationTokenSource();
        int steps = 0;
        var options = new GenerationOptions
        {
            MaxTokens = int.MaxValue,
            Filter = (_, _) =>
            {
                if (++steps == 5) source.Cancel();
            },
        };
        model.Invoking(m => m.Generate("abc", options, source.Token)).Should().Throw<OperationCanceledException>();
        steps.Should().Be(5);
        model.Invoking(m => m.GenerateBatch(["abc"], options, source.Token)).Should().Throw<OperationCanceledException>();
        model.Invoking(m => m.GenerateTokens([1], options, source.Token)).Should().Throw<OperationCanceledException>();
        model.Invoking(m => m.BeamSearch("a", cancellationToken: source.Token)).Should().Throw<OperationCanceledException>();
        steps.Should().Be(5, "a canceled call does nothing");

        using var other = new CancellationTokenSource();
        var parts = new List<string>();
        Func<Task> read = async () =>
        {
            await foreach (string part in model.GenerateAsync("abc", options with { Filter = null }).WithCancellation(other.Token).ConfigureAwait(false))
            {
                parts.Add(part);
                if (parts.Count == 10) await other.CancelAsync().ConfigureAwait(false);
            }
        };
        await read.Should().ThrowAsync<OperationCanceledException>();
        parts.Should().HaveCount(10);
    }

    [Fact]
    public async Task A_stream_may_be_read_twice_and_left_early()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 8);
        IAsyncEnumerable<string> stream = model.GenerateAsync("a", new() { Seed = 2, MaxTokens = 50 });
        await foreach (string part in stream)
        {
            part.Should().NotBeEmpty();
            break;
        }

        var all = new List<string>();
        await foreach (string part in stream) all.Add(part);
        string.Concat(all).Should().Be(model.Generate("a", new() { Seed = 2, MaxTokens = 50 }));
    }

    [Fact]
    public void The_filter_sees_prompt_and_text()
    {
        LanguageModel<float> model = TextModels.Characters<float>("ab", seed: 9);
        string text = model.Generate("a", new()
        {
            MaxTokens = 6,
            Filter = (previous, allowed) => allowed[previous[^1]] = false, // never the same twice
        });
        text.Should().Be("bababa");
    }

    [Fact]
    public void Many_threads_may_generate_with_one_model()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 10);
        string[] expected = [.. Enumerable.Range(0, 8).Select(i => model.Generate("a", new() { Seed = (ulong)i }))];
        var texts = new string[8];
        Parallel.For(0, 8, i => texts[i] = model.Generate("a", new() { Seed = (ulong)i }));
        texts.Should().Equal(expected);
    }

    [Fact]
    public void Scores_that_are_not_numbers_are_reported()
    {
        LanguageModel<float> model = TextModels.Characters<float>("ab", seed: 11);
        model.Layer.Parameters[^1].Set([float.NaN, 0]);
        model.Invoking(m => m.Generate("a")).Should().Throw<InvalidOperationException>().WithMessage("*after 1 tokens*NaN*");
        model.Invoking(m => m.BeamSearch("a")).Should().Throw<InvalidOperationException>().WithMessage("*NaN*");
        model.Invoking(m => m.LogProbability("ab")).Should().Throw<InvalidOperationException>().WithMessage("*NaN*");
    }

    [Fact]
    public void A_tokenizer_whose_tokens_are_out_of_range_is_reported()
    {
        var model = new LanguageModel<float>(new DenseLayer<float>(2, 2, seed: 1), new Wrong());
        model.Invoking(m => m.Generate("a")).Should().Throw<InvalidOperationException>().WithMessage("*0 to 1*got 2*");
    }

    private sealed class Wrong : ITokenizer
    {
        public int Size => 2;

        public int[] Encode(string text) => [2];

        public string Decode(ReadOnlySpan<int> tokens) => "";
    }
}
