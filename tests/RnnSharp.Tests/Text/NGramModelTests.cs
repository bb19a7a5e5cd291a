using System.Text.Json;
using FluentAssertions;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>The n-gram model against ngram.py, which counts tuples, and by hand.</summary>
public sealed class NGramModelTests
{
    private static readonly JsonElement Reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "ngram.json"))).RootElement;

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Reference.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Log_probabilities_equal_the_reference(int number)
    {
        JsonElement golden = Reference.GetProperty("cases")[number];
        int[][] sequences = [.. Reference.GetProperty("sequences").EnumerateArray().Select(Integers)];
        var model = NGramModel.Fit(sequences, Reference.GetProperty("vocabulary").GetInt32(), golden.GetProperty("order").GetInt32());
        int[] tokens = Integers(Reference.GetProperty("tokens"));
        double[] expected = [.. golden.GetProperty("log_probabilities").EnumerateArray().Select(value => value.GetDouble())];
        model.LogProbabilities(tokens, Integers(golden.GetProperty("prompt"))).Should().Equal(expected, (ours, theirs) => Math.Abs(ours - theirs) < 1e-13);
        model.Perplexity(tokens, Integers(golden.GetProperty("prompt"))).Should().BeApproximately(Math.Exp(-expected.Average()), 1e-12);
    }

    // Of "aab" over {a, b, c}: p(b) = (1 + 2/3) / (3 + 2) = 1/3, and after an a, followed once by a and once by b, p(b | a) = (1 + 2 p(b)) / (2 + 2).
    [Fact]
    public void A_bigram_of_a_short_text_is_right_by_hand()
    {
        var model = NGramModel.Fit([[0, 0, 1]], vocabularySize: 3, order: 1);
        Math.Exp(model.LogProbabilities([1])[0]).Should().BeApproximately(1.0 / 3, 1e-15);
        Math.Exp(model.LogProbabilities([1], prompt: [0])[0]).Should().BeApproximately(5.0 / 12, 1e-15);
        Math.Exp(model.LogProbabilities([1], prompt: [2])[0]).Should().BeApproximately(1.0 / 3, 1e-15, "c never occurs, so that the shorter context decides");
    }

    [Fact]
    public void Probabilities_sum_to_1_and_equal_those_of_single_tokens()
    {
        int[] text = [.. Enumerable.Range(0, 200).Select(i => i * i % 7)];
        var model = NGramModel.Fit([text], vocabularySize: 8, order: 4);
        var probabilities = new double[8];
        int[][] contexts = [[], [3], [0, 1, 4, 2, 2, 4, 1, 0], [7, 7], [1, 7]];
        foreach (int[] context in contexts)
        {
            model.Predict(context, probabilities);
            probabilities.Sum().Should().BeApproximately(1, 1e-14);
            probabilities.Should().OnlyContain(probability => probability > 0);
            probabilities[2].Should().BeApproximately(Math.Exp(model.LogProbabilities([2], context)[0]), 1e-15);
        }
    }

    [Fact]
    public void Without_data_all_tokens_are_equally_likely() =>
        NGramModel.Fit([], vocabularySize: 4, order: 2).Perplexity([0, 1, 2, 3, 0]).Should().BeApproximately(4, 1e-14);

    private static int[] Integers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];
}
