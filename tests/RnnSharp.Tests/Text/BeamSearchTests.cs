using FluentAssertions;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>Beam search against all continuations, and against a beam search written down without batches and states.</summary>
public sealed class BeamSearchTests
{
    private const string Letters = "abc.";

    public static TheoryData<int, int, double, string> Models
    {
        get
        {
            var data = new TheoryData<int, int, double, string>();
            foreach (int seed in (int[])[1, 2, 3, 4, 5, 6])
            {
                foreach (int length in (int[])[1, 3, 4])
                {
                    foreach (double penalty in (double[])[0, 0.6, 2]) data.Add(seed, length, penalty, seed % 2 == 0 ? "" : "ab");
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_width_that_leaves_nothing_out_finds_the_best_of_all_continuations(int seed, int length, double penalty, string prompt)
    {
        LanguageModel<double> model = TextModels.Characters<double>(Letters, seed);
        foreach (int[] stops in (int[][])[[0], [], [0, 2]])
        {
            var options = new BeamSearchOptions { Width = 64, Results = 10, MaxTokens = length, LengthPenalty = penalty, StopTokens = stops };
            Found[] expected = [.. All(model, model.Tokenizer.Encode(prompt), options).OrderByDescending(found => found.Score).Take(10)];
            Compare(model.BeamSearch(prompt, options), expected);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_smaller_width_finds_what_a_naive_beam_search_finds(int seed, int length, double penalty, string prompt)
    {
        LanguageModel<double> model = TextModels.Characters<double>(Letters, seed);
        foreach (int width in (int[])[1, 2, 3, 7])
        {
            foreach (int results in (int[])[1, 5])
            {
                var options = new BeamSearchOptions { Width = width, Results = results, MaxTokens = 2 * length, LengthPenalty = penalty, StopTokens = [0] };
                Compare(model.BeamSearch(prompt, options), [.. Naive(model, model.Tokenizer.Encode(prompt), options).OrderByDescending(found => found.Score).Take(results)]);
            }
        }
    }

    [Fact]
    public void A_width_of_1_without_stop_tokens_is_greedy()
    {
        LanguageModel<float> model = TextModels.Characters<float>("abcdefgh", seed: 7, startToken: 2);
        BeamHypothesis best = model.BeamSearch("a", new() { Width = 1, MaxTokens = 30 }).Should().ContainSingle().Which;
        best.Text.Should().Be(model.Generate("a", new() { Temperature = 0, MaxTokens = 30 }));
        best.IsEnded.Should().BeFalse();
        best.LogProbability.Should().BeApproximately(model.LogProbability(best.Text, "a"), 1e-12);
        best.Score.Should().BeApproximately(best.LogProbability / Math.Pow(35.0 / 6, 0.6), 1e-12);
    }

    [Fact]
    public void Only_allowed_tokens_are_chosen_with_the_probabilities_of_the_model()
    {
        LanguageModel<double> model = TextModels.Characters<double>(Letters, seed: 8);
        var options = new BeamSearchOptions { Width = 100, Results = 100, MaxTokens = 3, AllowedTokens = [1, 2, 3], Filter = (previous, allowed) => allowed[previous[^1]] = false };
        IReadOnlyList<BeamHypothesis> found = model.BeamSearch("a", options);
        found.Should().HaveCount(2 * 2 * 2);
        foreach (BeamHypothesis hypothesis in found)
        {
            string text = $"a{hypothesis.Text}";
            text.Should().NotContain(".");
            text.Zip(text.Skip(1)).Should().NotContain(pair => pair.First == pair.Second);
            hypothesis.LogProbability.Should().BeApproximately(model.LogProbability(hypothesis.Text, "a"), 1e-12);
        }

        model.BeamSearch("a", options with { Filter = (_, allowed) => allowed.Clear() }).Should().BeEmpty();
    }

    [Fact]
    public void Tokens_and_text_of_the_prompt_give_the_same()
    {
        LanguageModel<float> model = TextModels.Characters<float>(Letters, seed: 9);
        model.BeamSearch([1, 2], new() { MaxTokens = 5 })[0].Tokens.Should().Equal(model.BeamSearch("ab", new() { MaxTokens = 5 })[0].Tokens);
    }

    private static void Compare(IReadOnlyList<BeamHypothesis> actual, Found[] expected)
    {
        actual.Should().HaveCount(expected.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            actual[i].Tokens.Should().Equal(expected[i].Tokens);
            actual[i].IsEnded.Should().Be(expected[i].IsEnded);
            actual[i].LogProbability.Should().BeApproximately(expected[i].LogProbability, 1e-12);
            actual[i].Score.Should().BeApproximately(expected[i].Score, 1e-12);
        }
    }

    /// <summary>Every continuation that ends with a stop token, or that has the most tokens.</summary>
    private static IEnumerable<Found> All(LanguageModel<double> model, int[] prompt, BeamSearchOptions options)
    {
        var open = new Queue<Open>([new Open([], 0)]);
        while (open.TryDequeue(out Open? current))
        {
            foreach ((Open next, int token) in Extensions(model, prompt, current))
            {
                if (options.StopTokens.Contains(token)) yield return Ended(next, options);
                else if (next.Tokens.Length == options.MaxTokens) yield return Unended(next, options);
                else open.Enqueue(next);
            }
        }
    }

    private static List<Found> Naive(LanguageModel<double> model, int[] prompt, BeamSearchOptions options)
    {
        var found = new List<Found>();
        Open[] live = [new Open([], 0)];
        for (int length = 1; length <= options.MaxTokens; length++)
        {
            (Open Next, int Token)[] all = [.. live.SelectMany(current => Extensions(model, prompt, current))];
            found.AddRange(all.Where(pair => options.StopTokens.Contains(pair.Token)).Select(pair => Ended(pair.Next, options)));
            live = [.. all.Where(pair => !options.StopTokens.Contains(pair.Token)).Select(pair => pair.Next).OrderByDescending(next => next.LogProbability).Take(options.Width)];
        }

        found.AddRange(live.Select(next => Unended(next, options)));
        return found;
    }

    private static IEnumerable<(Open Next, int Token)> Extensions(LanguageModel<double> model, int[] prompt, Open current) =>
        TextModels.Next(model, prompt, current.Tokens).Select((logarithm, token) => (new Open([.. current.Tokens, token], current.LogProbability + logarithm), token));

    private static Found Ended(Open open, BeamSearchOptions options) => Unended(open, options) with { Tokens = open.Tokens[..^1], IsEnded = true };

    private static Found Unended(Open open, BeamSearchOptions options) =>
        new(open.Tokens, open.LogProbability, open.LogProbability / Math.Pow((5 + open.Tokens.Length) / 6.0, options.LengthPenalty), IsEnded: false);

    private sealed record Open(int[] Tokens, double LogProbability);

    private sealed record Found(int[] Tokens, double LogProbability, double Score, bool IsEnded);
}
