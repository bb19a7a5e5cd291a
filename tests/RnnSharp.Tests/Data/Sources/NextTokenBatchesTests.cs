using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

public sealed class NextTokenBatchesTests
{
    private static readonly int[][] Texts = [[1, 2, 3], [], [4, 5]];

    [Fact]
    public void The_input_starts_and_the_target_ends_with_the_boundary()
    {
        Batch<float> batch = First(new NextTokenBatches<float>(Texts, 6, 0, new() { Shuffle = false }));
        batch.Input.ToTokens().Should().BeEquivalentTo<int[]>([[0, 1, 2, 3], [0], [0, 4, 5]], options => options.WithStrictOrdering());
        batch.Target.ToTokens().Should().BeEquivalentTo<int[]>([[1, 2, 3, 0], [0], [4, 5, 0]], options => options.WithStrictOrdering());
        batch.Target.Lengths.ToArray().Should().Equal(4, 1, 3);
        batch.Target.Tokens[^3..].ToArray().Should().Equal(0, -100, -100);
    }

    [Fact]
    public void The_input_can_start_with_a_token_of_its_own()
    {
        Batch<float> batch = First(new NextTokenBatches<float>(Texts, 6, 0, new() { Shuffle = false }, start: Sequence<float>.ZeroToken));
        batch.Input.ToTokens().Should().BeEquivalentTo<int[]>([[-100, 1, 2, 3], [-100], [-100, 4, 5]], options => options.WithStrictOrdering());
        batch.Target.ToTokens()[1].Should().Equal(0);
    }

    [Fact]
    public void Word_dropout_replaces_the_given_fraction_of_the_input_and_nothing_of_the_target()
    {
        int[] text = [.. Enumerable.Repeat(3, 1000)];
        var source = new NextTokenBatches<float>([text, text], 6, 0, wordDropout: 0.2);
        var drawn = new HashSet<string>(StringComparer.Ordinal);
        Batch<float> batch = source.CreateBatch();
        int replaced = 0;
        for (int epoch = 0; epoch < 10; epoch++)
        {
            source.Next(batch).Should().BeTrue();
            source.EndEpoch();
            foreach (int[] input in batch.Input.ToTokens())
            {
                input[0].Should().Be(0);
                input.Should().OnlyContain(token => token == 0 || token == 3);
                replaced += input.Count(token => token == 0) - 1;
                drawn.Add(string.Join(',', input)).Should().BeTrue("each text and epoch has a draw of its own");
            }

            batch.Target.ToTokens().Should().OnlyContain(target => target.SequenceEqual(text.Append(0)));
        }

        // 20,000 draws: 4 standard deviations are 226.
        replaced.Should().BeInRange(4000 - 226, 4000 + 226);
    }

    private static Batch<float> First(NextTokenBatches<float> source)
    {
        Batch<float> batch = source.CreateBatch();
        source.Next(batch).Should().BeTrue();
        return batch;
    }
}
