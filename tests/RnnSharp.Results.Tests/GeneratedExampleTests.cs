using System.Text.RegularExpressions;
using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Results.Rows;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Results.Tests;

/// <summary>The examples that rows generate, by the definitions of their tasks.</summary>
public sealed class GeneratedExampleTests
{
    private readonly FastRandom _random = new(3);

    [Fact]
    public void The_target_of_the_adding_problem_is_the_sum_of_the_two_marked_numbers()
    {
        for (int i = 0; i < 50; i++)
        {
            Example<float> example = AddingProblem.Draw(_random);
            (example.Input.Steps, example.Input.Features, example.Target.Steps).Should().Be((600, 2, 1));
            float[] input = example.Input.Values.ToArray(), numbers = [.. input.Where((_, k) => k % 2 == 0)], marks = [.. input.Where((_, k) => k % 2 == 1)];
            numbers.Should().OnlyContain(number => number >= 0 && number < 1);
            marks.Count(mark => mark == 1).Should().Be(2);
            marks.Sum().Should().Be(2);
            example.Target.Values.Span[0].Should().Be(numbers.Zip(marks, (number, mark) => number * mark).Sum());
        }
    }

    [Fact]
    public void Copy_memory_asks_for_the_first_ten_digits_at_the_last_ten_steps()
    {
        Example<float> example = CopyMemory.Draw(_random);
        float[] input = example.Input.Values.ToArray();
        int[] target = example.Target.Tokens.ToArray();
        (input.Length, target.Length, example.Target.Features).Should().Be((1020, 1020, 10));
        input[..10].Should().OnlyContain(digit => digit >= 1 && digit <= 8 && digit == (int)digit);
        input[10..1009].Should().OnlyContain(value => value == 0);
        input[1009..].Should().OnlyContain(value => value == 9);
        target[..1010].Should().OnlyContain(value => value == 0);
        target[1010..].Select(value => (float)value).Should().Equal(input[..10]);
    }

    [Fact]
    public void Parity_tells_whether_the_number_of_ones_is_odd()
    {
        for (int length = 1; length < 40; length++)
        {
            Example<float> example = Parity.Draw(_random, length);
            int[] bits = example.Input.Tokens.ToArray();
            bits.Should().HaveCount(length).And.OnlyContain(bit => bit == 0 || bit == 1);
            example.Target.Tokens.ToArray().Should().Equal(bits.Count(bit => bit == 1) % 2);
        }
    }

    [Fact]
    public void Reber_strings_are_those_of_the_grammar_with_all_symbols_that_are_possible()
    {
        // The grammar as a regular expression, independent of the graph.
        var grammar = new Regex("^B(?<outer>[TP])B(TS*X(S|X(T*VPX)*T*V(V|PS))|P(T*VPX)*T*V(V|PS))E\\k<outer>E$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        var all = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 3000; i++)
        {
            (string text, string[] possible) = ReberGrammar.Draw(_random);
            all.Add(text);
            possible.Should().HaveCount(text.Length - 1);
            for (int t = 0; t < possible.Length; t++) possible[t].Should().Contain(text[t + 1].ToString());
            grammar.IsMatch(text).Should().BeTrue(text);
        }

        // After a beginning that is common enough, all that is possible has been drawn.
        foreach ((string text, string[] possible) in Enumerable.Range(0, 50).Select(_ => ReberGrammar.Draw(_random)))
        {
            for (int t = 1; t < text.Length && t < 6; t++) all.Where(other => other.StartsWith(text[..t], StringComparison.Ordinal)).Select(other => other[t]).Distinct().Should().BeEquivalentTo(possible[t - 1], "these follow {0}", text[..t]);
        }
    }

    [Fact]
    public void A_reber_example_has_the_symbols_that_follow_or_all_that_can()
    {
        (string, string[]) drawn = ("BTBTXSETE", ["TP", "B", "TP", "SX", "XS", "E", "T", "E"]);
        EmbeddedReber.Following(drawn).Target.Tokens.ToArray().Should().Equal("TBTXSETE".Select(symbol => ReberGrammar.Symbols.IndexOf(symbol, StringComparison.Ordinal)));
        Series<float> possible = EmbeddedReber.Possible(drawn).Target;
        possible.Steps.Should().Be(8);
        possible.Values.ToArray()[..7].Should().Equal(0, 0.5f, 0.5f, 0, 0, 0, 0);
        possible.Values.ToArray()[7..14].Should().Equal(1, 0, 0, 0, 0, 0, 0);
    }

    [Fact]
    public void A_string_is_solved_if_at_every_step_the_possible_symbols_have_the_highest_scores()
    {
        var target = new Sequence<float>(3, 2, 2);
        var output = new Sequence<float>(3, 2, 2);
        for (int j = 0; j < 2; j++)
        {
            for (int t = 0; t < 2; t++) (target[0, j, t], output[0, j, t], output[1, j, t]) = (1, 2, 1);
        }

        (target[1, 0, 1], target[0, 0, 1]) = (0.5f, 0.5f); // two symbols are possible, and have scores of 2 and 1, above 0
        Value().Should().Be(1);
        output[2, 1, 1] = 3; // an impossible one is above them
        Value().Should().Be(0.5);
        output.SetLengths([2, 1]);
        target.SetLengths([2, 1]);
        Value().Should().Be(1, "past the end nothing counts");
        output[2, 0, 1] = 1; // as high as the lower of two possible ones
        Value().Should().Be(0.5);

        double Value()
        {
            var metric = new SolvedStrings();
            ((IMetric<float>)metric).Add(output, target);
            return metric.Value;
        }
    }
}
