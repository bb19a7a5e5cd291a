using FluentAssertions;
using MathNet.Numerics.Distributions;
using RnnSharp.Numerics;
using RnnSharp.Tests.Layers;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>The sampler against its definition.</summary>
public sealed class SamplerTests
{
    private const int Draws = 1_000_000;
    private const double Improbable = 1e-6;

    private static readonly double[] Scores = [1.2, -0.4, 0.3, 2.1, -1.7, 0.3, 0.9, -3.0, 1.9, 0.0, -0.8, 1.2];
    private static readonly int[] Previous = [3, 1, 3, 9, 8, 4];

    public static TheoryData<string, SamplingOptions> Cases => new()
    {
        { "plain", new() { Seed = 1 } },
        { "temperature below 1", new() { Temperature = 0.6, Seed = 2 } },
        { "temperature above 1", new() { Temperature = 2.5, Seed = 3 } },
        { "top-k", new() { TopK = 4, Seed = 4 } },
        { "top-k with a tie at the k-th", new() { TopK = 6, Seed = 5 } },
        { "top-p", new() { TopP = 0.8, Seed = 6 } },
        { "min-p", new() { MinP = 0.15, Seed = 7 } },
        { "repetition penalty", new() { RepetitionPenalty = 1.3, Seed = 8 } },
        { "allowed tokens", new() { AllowedTokens = [0, 2, 7, 10], Seed = 9 } },
        { "temperature, top-k, top-p and min-p", new() { Temperature = 1.4, TopK = 8, TopP = 0.9, MinP = 0.2, Seed = 10 } },
        { "everything", new() { Temperature = 0.9, TopK = 9, TopP = 0.95, MinP = 0.05, RepetitionPenalty = 1.5, RepetitionWindow = 4, AllowedTokens = [0, 1, 2, 3, 4, 5, 6, 8, 9, 11], Filter = (_, allowed) => allowed[6] = false, Seed = 11 } },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_million_draws_have_the_probabilities_of_the_definition(string name, SamplingOptions options)
    {
        double[] expected = NaiveSampling.Distribution(Scores, options, Previous);
        (double statistic, double limit) = Compare(Counts(options), expected);
        statistic.Should().BeLessThan(limit, name);
    }

    [Fact]
    public void The_test_of_draws_sees_a_temperature_that_is_1_percent_off()
    {
        double[] expected = NaiveSampling.Distribution(Scores, new() { Temperature = 1.01 }, []);
        (double statistic, double limit) = Compare(Counts(new() { Seed = 1 }), expected);
        statistic.Should().BeGreaterThan(limit);
    }

    [Fact]
    public void Probabilities_are_those_of_the_definition_for_any_options()
    {
        var random = new FastRandom(1);
        for (int round = 0; round < 2000; round++)
        {
            int size = random.Next(1, 40);
            float[] scores = [.. Enumerable.Range(0, size).Select(_ => (float)(random.Next(4) == 0 ? random.Next(-2, 3) : 3 * random.NextGaussian()))];
            int[] previous = [.. Enumerable.Range(0, random.Next(10)).Select(_ => random.Next(size))];
            var options = new SamplingOptions
            {
                Temperature = random.Next(10) == 0 ? 0 : 0.2 + 2 * random.NextDouble(),
                TopK = random.Next(2) == 0 ? null : random.Next(1, 50),
                TopP = random.Next(2) == 0 ? 1 : random.NextDouble(),
                MinP = random.Next(2) == 0 ? 0 : random.NextDouble(),
                RepetitionPenalty = random.Next(2) == 0 ? 1 : 0.5 + random.NextDouble(),
                RepetitionWindow = random.Next(2) == 0 ? null : random.Next(1, 8),
                AllowedTokens = random.Next(2) == 0 ? null : [random.Next(size), random.Next(size), random.Next(size)],
            };
            double[] expected = NaiveSampling.Distribution([.. scores.Select(score => (double)score)], options, previous);
            var actual = new double[size];
            new Sampler(options).Probabilities<float>(scores, actual, previous);
            for (int i = 0; i < size; i++) actual[i].Should().BeApproximately(expected[i], 1e-12, "{0} for token {1} of round {2}", options, i, round);
        }
    }

    [Fact]
    public void Greedy_takes_the_first_of_the_highest_scores_and_draws_nothing()
    {
        var sampler = new Sampler(new() { Temperature = 0, TopK = 3, TopP = 0.5, MinP = 0.5, Seed = 1 });
        StateDictionary before = sampler.GetState();
        sampler.Sample<double>([1, 5, -2, 5, 4]).Should().Be(1);
        sampler.Sample<float>([float.NegativeInfinity, -5, -4]).Should().Be(2);
        sampler.GetState().GetArray<byte>("generator").Should().Equal(before.GetArray<byte>("generator"));
        new Sampler(new() { Temperature = 0, RepetitionPenalty = 2 }).Sample<double>([1, 5, -2, 4], [1, 1]).Should().Be(3, "5 / 2 is below 4");
        new Sampler(new() { Temperature = 0, RepetitionPenalty = 2 }).Sample<double>([-1, -1.5], [0]).Should().Be(1, "-1 · 2 is below -1.5");
    }

    [Fact]
    public void Tokens_of_a_score_of_negative_infinity_are_never_chosen()
    {
        var sampler = new Sampler(new() { Temperature = 100 });
        for (int i = 0; i < 1000; i++) sampler.Sample<double>([double.NegativeInfinity, -1e300, double.NegativeInfinity]).Should().Be(1);
    }

    [Theory]
    [InlineData(1e-320, 1)]
    [InlineData(1, 1e-300)]
    [InlineData(1, 1e300)]
    [InlineData(1e300, 1)]
    public void Extreme_settings_give_probabilities(double temperature, double penalty)
    {
        var probabilities = new double[4];
        var sampler = new Sampler(new() { Temperature = temperature, RepetitionPenalty = penalty, TopP = 0.99 });
        sampler.Probabilities<double>([-double.MaxValue, 3, double.MaxValue, 0], probabilities, [0, 1, 2, 3]);
        probabilities.Sum().Should().BeApproximately(1, 1e-12);
        sampler.Sample<double>([-double.MaxValue, 3, double.MaxValue, 0], [0, 1, 2, 3]).Should().BeInRange(0, 3);
    }

    [Fact]
    public void A_filter_sees_the_tokens_so_far_and_what_is_allowed()
    {
        var seen = new List<string>();
        var sampler = new Sampler(new()
        {
            AllowedTokens = [1, 2],
            Filter = (previous, allowed) =>
            {
                seen.Add($"{string.Join(' ', previous.ToArray())}: {string.Join(' ', allowed.ToArray())}");
                allowed.Clear();
                allowed[0] = true;
            },
        });
        sampler.Sample<double>([1, 2, 3], [2, 0, 7]).Should().Be(0);
        seen.Should().Equal("2 0 7: False True True");
    }

    [Fact]
    public void The_same_seed_gives_the_same_choices_and_a_restored_sampler_continues()
    {
        var options = new SamplingOptions { TopP = 0.9, Seed = 5 };
        var sampler = new Sampler(options);
        int[] first = Choices(sampler, 50);
        StateDictionary state = sampler.GetState();
        int[] rest = Choices(sampler, 50);
        Choices(new Sampler(options), 100).Should().Equal([.. first, .. rest]);
        Choices(new Sampler(options with { Seed = 6 }), 100).Should().NotEqual([.. first, .. rest]);
        var other = new Sampler(options with { Seed = 7 });
        other.SetState(state);
        Choices(other, 50).Should().Equal(rest);
    }

    [Fact]
    public void A_wrong_state_is_refused_and_changes_nothing()
    {
        var sampler = new Sampler();
        var wrong = new StateDictionary();
        sampler.Invoking(s => s.SetState(wrong)).Should().Throw<InvalidDataException>();
        wrong.Set<byte>("generator", [1, 2, 3]);
        sampler.Invoking(s => s.SetState(wrong)).Should().Throw<InvalidDataException>().WithMessage("*generator is invalid*");
        Choices(sampler, 20).Should().Equal(Choices(new Sampler(), 20));
    }

    [Fact]
    public void Nothing_that_is_allowed_is_refused()
    {
        new Sampler(new() { Filter = (_, allowed) => allowed.Clear() }).Invoking(s => s.Sample<double>([1, 2])).Should().Throw<InvalidOperationException>().WithMessage("*allowed token*");
        new Sampler(new() { AllowedTokens = [0] }).Invoking(s => s.Sample<double>([double.NegativeInfinity, 2])).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        var options = new SamplingOptions { Temperature = 0.9, TopK = 40, TopP = 0.9, MinP = 0.01, RepetitionPenalty = 1.2, RepetitionWindow = 3, AllowedTokens = [.. Enumerable.Range(0, 150)], Filter = (_, allowed) => allowed[3] = false };
        var random = new FastRandom(3);
        float[] scores = [.. Enumerable.Range(0, 200).Select(_ => (float)random.NextGaussian())];
        var probabilities = new double[200];
        Warm.ShouldAllocateNothing(() =>
        {
            Sampler sampler = new(options), greedy = new(new() { Temperature = 0 });
            return [("Sample", () => sampler.Sample<float>(scores, Previous)), ("Probabilities", () => sampler.Probabilities<float>(scores, probabilities, Previous)), ("greedy", () => greedy.Sample<float>(scores))];
        });
    }

    [Fact]
    public void Options_and_samplers_describe_themselves()
    {
        new Sampler(new() { Temperature = 0.8, TopK = 40, TopP = 0.9, MinP = 0.1, RepetitionPenalty = 1.5, AllowedTokens = [1, 2], Seed = 3 }).ToString()
            .Should().Be("temperature 0.8, top-k 40, top-p 0.9, min-p 0.1, repetition penalty 1.5, 2 allowed tokens, seed 3");
        new Sampler(new() { Temperature = 0 }).ToString().Should().Be("greedy, seed 0");
    }

    private static int[] Choices(Sampler sampler, int count) => [.. Enumerable.Range(0, count).Select(_ => sampler.Sample<double>(Scores))];

    private static long[] Counts(SamplingOptions options)
    {
        var sampler = new Sampler(options);
        var counts = new long[Scores.Length];
        for (int i = 0; i < Draws; i++) counts[sampler.Sample<double>(Scores, Previous)]++;
        return counts;
    }

    /// <summary>Pearson's statistic and the value that it exceeds once in a million times; infinity if something impossible was drawn.</summary>
    private static (double Statistic, double Limit) Compare(long[] counts, double[] expected)
    {
        int possible = expected.Count(p => p > 0);
        double statistic = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            double mean = Draws * expected[i];
            statistic += mean > 0 ? (counts[i] - mean) * (counts[i] - mean) / mean : counts[i] > 0 ? double.PositiveInfinity : 0;
        }

        return (statistic, ChiSquared.InvCDF(possible - 1, 1 - Improbable));
    }
}
