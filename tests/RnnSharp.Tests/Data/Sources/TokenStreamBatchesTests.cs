using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

public sealed class TokenStreamBatchesTests
{
    [Fact]
    public void Windows_continue_each_stream_and_targets_are_the_next_tokens()
    {
        int[] text = [.. Enumerable.Range(0, 50)];
        var source = new TokenStreamBatches<float>(text, 50, 3, 5);
        (source.StreamLength, source.BatchesPerEpoch, source.CarriesState).Should().Be((16, 4L, true));
        Batch<float> batch = source.CreateBatch();
        for (int epoch = 0; epoch < 2; epoch++)
        {
            for (int window = 0; window < 4; window++)
            {
                source.Next(batch).Should().BeTrue();
                batch.Input.ToTokens().Should().BeEquivalentTo(Enumerable.Range(0, 3).Select(j => text.Skip(16 * j + 5 * window).Take(window < 3 ? 5 : 1).ToArray()), options => options.WithStrictOrdering());
                batch.Target.ToTokens().Should().BeEquivalentTo(batch.Input.ToTokens().Select(input => input.Select(token => token + 1).ToArray()), options => options.WithStrictOrdering());
                batch.Restarts.ToArray().Should().AllBeEquivalentTo(window == 0);
                batch.Input.IsRagged.Should().BeFalse();
            }

            source.Next(batch).Should().BeFalse();
        }
    }

    [Fact]
    public void Offsets_differ_between_epochs_and_lose_less_than_a_window()
    {
        int[] text = [.. Enumerable.Range(0, 50)];
        var source = new TokenStreamBatches<float>(text, 50, 3, 5, randomOffset: true);
        source.BatchesPerEpoch.Should().Be(3);
        Batch<float> batch = source.CreateBatch();
        var offsets = new HashSet<int>();
        for (int epoch = 0; epoch < 40; epoch++)
        {
            source.Next(batch).Should().BeTrue();
            offsets.Add(batch.Input.Tokens[0]);
            batch.Restarts.ToArray().Should().Equal(true, true, true);
            source.EndEpoch();
        }

        offsets.Should().BeEquivalentTo([0, 1, 2, 3, 4]);
    }

    [Theory]
    [InlineData(1, 4, false)]
    [InlineData(2, 3, false)]
    [InlineData(3, 5, true)]
    [InlineData(5, 20, true)]
    [InlineData(4, 100, false)]
    public void Windows_end_with_their_document_and_the_next_one_restarts(int streams, int window, bool randomOffset)
    {
        int[] text = [.. Enumerable.Range(0, 90)], documents = [0, 4, 5, 6, 17, 30, 31, 60, 88];
        var source = new TokenStreamBatches<float>(text, 90, streams, window, documents, randomOffset, seed: 3);
        Batch<float> batch = source.CreateBatch();
        for (int epoch = 0; epoch < 5; epoch++)
        {
            int batches = 0;
            var read = new List<int>[streams];
            for (int j = 0; j < streams; j++) read[j] = [];
            while (source.Next(batch))
            {
                batches++;
                for (int j = 0; j < streams; j++)
                {
                    int[] input = batch.Input.ToTokens()[j], target = batch.Target.ToTokens()[j];
                    target.Should().Equal(input.Select(token => token + 1));
                    if (batches == 1) batch.Restarts[j].Should().BeTrue();
                    if (input.Length == 0) continue;
                    input.Concat(target).Select(token => documents.Last(start => start <= token)).Distinct().Should().HaveCount(1, "a window lies within its document");
                    if (batches > 1) batch.Restarts[j].Should().Be(documents.Contains(input[0]), "token {0}", input[0]);
                    if (!batch.Restarts[j]) input[0].Should().Be(read[j][^1] + 1, "the stream continues");
                    read[j].AddRange(input);
                }
            }

            // All tokens of the streams but the last of each document.
            int[] all = [.. read.SelectMany(tokens => tokens)];
            all.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
            if (!randomOffset) all.Should().Equal(Enumerable.Range(0, streams * source.StreamLength).Where(token => !documents.Contains(token + 1)));
            if (source.BatchesPerEpoch is { } expected) batches.Should().Be((int)expected);
            source.BatchesPerEpoch.HasValue.Should().Be(!randomOffset);
        }
    }

    [Fact]
    public void A_text_of_two_tokens_is_one_batch()
    {
        var source = new TokenStreamBatches<float>(new[] { 1, 0 }, 2, 1, 10);
        Batch<float> batch = source.CreateBatch();
        source.Next(batch).Should().BeTrue();
        (batch.Input.Tokens[0], batch.Target.Tokens[0], batch.Input.Steps).Should().Be((1, 0, 1));
        source.Next(batch).Should().BeFalse();
    }
}
