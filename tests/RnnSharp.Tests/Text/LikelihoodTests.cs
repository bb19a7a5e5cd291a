using FluentAssertions;
using RnnSharp.Text;
using Xunit;

namespace RnnSharp.Tests.Text;

/// <summary>How likely a model finds a text.</summary>
public sealed class LikelihoodTests
{
    [Theory]
    [InlineData("abcab", "", null)]
    [InlineData("abcab", "", 2)]
    [InlineData("abcab", "cc", null)]
    [InlineData("abcab", "cc", 1)]
    public void Log_probabilities_are_those_of_single_steps(string text, string prompt, int? start)
    {
        LanguageModel<double> model = TextModels.Characters<double>("abc", seed: 1, start);
        int[] tokens = model.Tokenizer.Encode(text), before = model.Tokenizer.Encode(prompt);
        double[] expected = [.. tokens.Select((token, i) => TextModels.Next(model, before, tokens[..i])[token])];
        double[] actual = model.LogProbabilities(text, prompt);
        actual.Should().HaveCount(text.Length);
        for (int i = 0; i < actual.Length; i++) actual[i].Should().BeApproximately(expected[i], 1e-12);
        model.LogProbabilities(tokens, before).Should().Equal(actual);
        model.LogProbability(text, prompt).Should().BeApproximately(expected.Sum(), 1e-12);
        model.Perplexity(text, prompt).Should().BeApproximately(Math.Exp(-expected.Sum() / text.Length), 1e-12);
    }

    [Fact]
    public void A_long_text_is_computed_in_parts_with_the_same_result()
    {
        LanguageModel<float> model = TextModels.Characters<float>("abc", seed: 2, startToken: 0);
        string text = model.Generate("", new() { Seed = 1, MaxTokens = 1000 });
        double[] whole = model.LogProbabilities(text);
        foreach (int cut in (int[])[1, 255, 256, 257, 700]) model.LogProbabilities(text[cut..], text[..cut]).Should().Equal(whole[cut..]);
    }

    [Fact]
    public void The_probabilities_of_all_texts_of_a_length_sum_to_1()
    {
        LanguageModel<double> model = TextModels.Characters<double>("abc", seed: 3);
        IEnumerable<string> texts = from a in "abc" from b in "abc" from c in "abc" select $"{a}{b}{c}";
        texts.Sum(text => Math.Exp(model.LogProbability(text))).Should().BeApproximately(1, 1e-12);
    }

    [Fact]
    public void An_empty_text_is_certain_and_has_no_perplexity()
    {
        LanguageModel<float> model = TextModels.Characters<float>("abc", seed: 4);
        model.LogProbability("").Should().Be(0);
        model.LogProbabilities("", "abc").Should().BeEmpty();
        model.Invoking(m => m.Perplexity("")).Should().Throw<ArgumentException>().WithParameterName("text");
    }

    [Fact]
    public void What_the_model_excludes_has_a_probability_of_0()
    {
        LanguageModel<float> model = TextModels.Characters<float>("ab", seed: 5);
        model.Layer.Parameters[^1].Set([float.NegativeInfinity, 0]);
        model.LogProbabilities("ba").Should().Equal(0, double.NegativeInfinity);
        model.Perplexity("a").Should().Be(double.PositiveInfinity);
    }
}
