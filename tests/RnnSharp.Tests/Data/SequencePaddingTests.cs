using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Data;

public sealed class SequencePaddingTests
{
    [Fact]
    public void ClearPadding_zeroes_the_values_past_each_example_s_end_and_no_others()
    {
        var sequence = new Sequence<float>(2, 3, 3);
        sequence.Values.Fill(1);
        sequence.ClearPadding();
        sequence.Values.ToArray().Should().OnlyContain(value => value == 1, "without lengths there is no padding");

        sequence.SetLengths([3, 0, 2]);
        sequence.ClearPadding();
        sequence.Values.ToArray().Should().Equal(
            1, 1, 0, 0, 1, 1,
            1, 1, 0, 0, 1, 1,
            1, 1, 0, 0, 0, 0);
    }

    [Fact]
    public void ClearPadding_leaves_tokens_as_they_are()
    {
        Sequence<float> tokens = Sequence<float>.FromTokens([[1, 2], [2, 1]], 3);
        tokens.SetLengths([1, 2]);
        tokens.ClearPadding();
        tokens.Tokens.ToArray().Should().Equal(1, 2, 2, 1);
    }
}
