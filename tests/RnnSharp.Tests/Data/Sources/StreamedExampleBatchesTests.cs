using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Examples that are enumerated, at once or asynchronously.</summary>
public sealed class StreamedExampleBatchesTests
{
    private static readonly Example<float>[] All = SourceCatalogue.Examples(20);

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(6, false)]
    [InlineData(6, true)]
    [InlineData(100, false)]
    public void Each_example_comes_once_in_an_epoch(int shuffleBuffer, bool dropLast)
    {
        using var source = new StreamedExampleBatches<float>(All.AsEnumerable(), All[0], 6, shuffleBuffer, dropLast: dropLast);
        source.BatchesPerEpoch.Should().BeNull();
        Batch<float> batch = source.CreateBatch();
        var orders = new List<string>();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var seen = new List<int>();
            while (source.Next(batch))
            {
                foreach (int[] tokens in batch.Input.ToTokens())
                {
                    tokens.Should().Equal(All[tokens[0]].Input.Tokens.ToArray());
                    seen.Add(tokens[0]);
                    if (shuffleBuffer > 1) tokens[0].Should().BeLessThan(seen.Count + shuffleBuffer, "no example comes before the buffer reaches it");
                }
            }

            seen.Should().OnlyHaveUniqueItems().And.HaveCount(dropLast ? 18 : 20);
            if (shuffleBuffer < 2) seen.Should().BeInAscendingOrder();
            orders.Add(string.Join(',', seen));
        }

        orders.Distinct(StringComparer.Ordinal).Should().HaveCount(shuffleBuffer < 2 ? 1 : 3);
    }

    [Fact]
    public void Asynchronous_examples_make_the_same_batches()
    {
        using var immediate = new StreamedExampleBatches<float>(All.AsEnumerable(), All[0], 6, 4);
        using var waiting = new StreamedExampleBatches<float>(Async(All), All[0], 6, 4);
        BatchText.Take(waiting, 10).Should().Equal(BatchText.Take(immediate, 10));
    }

    [Fact]
    public void A_wait_that_is_cancelled_goes_on_in_the_next_call()
    {
        var gate = new TaskCompletionSource();
        using var source = new StreamedExampleBatches<float>(Gated(), All[0], 6);
        Batch<float> batch = source.CreateBatch();
        for (int attempt = 0; attempt < 3; attempt++)
        {
            using var soon = new CancellationTokenSource(5);
            source.Invoking(s => s.Next(batch, soon.Token)).Should().Throw<OperationCanceledException>();
        }

        gate.SetResult();
        source.Next(batch).Should().BeTrue();
        batch.Input.ToTokens().Select(tokens => tokens[0]).Should().Equal(0, 1, 2, 3, 4, 5);

        async IAsyncEnumerable<Example<float>> Gated()
        {
            for (int i = 0; i < All.Length; i++)
            {
                if (i == 3) await gate.Task.ConfigureAwait(false);
                yield return All[i];
            }
        }
    }

    [Fact]
    public void Disposal_cancels_and_ends_an_enumeration_that_waits()
    {
        bool ended = false;
        var source = new StreamedExampleBatches<float>(Endless(), All[0], 2);
        using var soon = new CancellationTokenSource(5);
        source.Invoking(s => s.Next(s.CreateBatch(), soon.Token)).Should().Throw<OperationCanceledException>();
        source.Dispose();
        ended.Should().BeTrue();

        async IAsyncEnumerable<Example<float>> Endless([EnumeratorCancellation] CancellationToken cancellation = default)
        {
            try
            {
                yield return All[0];
                await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(false);
            }
            finally
            {
                ended = true;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_enumeration_that_throws_is_opened_again_at_the_same_position(bool async)
    {
        bool throws = true;
        using StreamedExampleBatches<float> source = async ? new(Async(Failing()), All[0], 6, 3) : new(Failing(), All[0], 6, 3);
        using var reference = new StreamedExampleBatches<float>(All.AsEnumerable(), All[0], 6, 3);
        Batch<float> batch = source.CreateBatch();
        string[] expected = BatchText.Take(reference, 6);
        BatchText.Next(source, batch).Should().Be(expected[0]);
        for (int attempt = 0; attempt < 2; attempt++) source.Invoking(s => s.Next(batch)).Should().Throw<IOException>().WithMessage("gone");
        throws = false;
        BatchText.Take(source, 5).Should().Equal(expected[1..]);

        IEnumerable<Example<float>> Failing()
        {
            for (int i = 0; i < All.Length; i++)
            {
                if (throws && i == 11) throw new IOException("gone");
                yield return All[i];
            }
        }
    }

    [Fact]
    public void Examples_of_another_kind_and_enumerations_that_become_shorter_are_refused()
    {
        var examples = All.ToList();
        using var source = new StreamedExampleBatches<float>(examples, All[0], 6);
        Batch<float> batch = source.CreateBatch();
        for (int i = 0; i < 4; i++) source.Next(batch).Should().BeTrue();
        StateDictionary state = source.GetState();
        examples.RemoveRange(10, 10);
        source.SetState(state);
        source.Invoking(s => s.Next(batch)).Should().Throw<InvalidDataException>().WithMessage("*at least 19 examples*got 10*");
        examples[3] = null!;
        source.EndEpoch();
        source.Invoking(s => s.Next(batch)).Should().Throw<InvalidDataException>().WithMessage("Example 3 is null*");
    }

    private static async IAsyncEnumerable<Example<float>> Async(IEnumerable<Example<float>> examples)
    {
        foreach (Example<float> example in examples)
        {
            await Task.Yield();
            yield return example;
        }
    }
}
