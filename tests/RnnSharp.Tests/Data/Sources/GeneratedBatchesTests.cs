using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>What the function of a generated source gets. Resuming is in <see cref="SourceTests"/>.</summary>
public sealed class GeneratedBatchesTests
{
    [Fact]
    public void Every_example_of_every_epoch_is_a_new_one()
    {
        string[] batches = BatchText.Take(new GeneratedBatches<float>(Number, batchSize: 3, batchesPerEpoch: 4, seed: 1), 50);
        batches.Where(batch => !BatchText.IsEnd(batch)).Should().HaveCount(40).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void Seeds_give_examples_of_their_own()
    {
        string First(ulong seed) => BatchText.Take(new GeneratedBatches<float>(Number, 2, 4, seed), 1)[0];
        First(1).Should().Be(First(1)).And.NotBe(First(2));
    }

    [Fact]
    public void Examples_of_different_lengths_make_a_ragged_batch()
    {
        var source = new GeneratedBatches<float>(random => SourceCatalogue.WithWeights(random.Next(5)), batchSize: 20, batchesPerEpoch: 1);
        Batch<float> batch = source.CreateBatch();
        source.Next(batch).Should().BeTrue();
        Enumerable.Range(0, 20).Select(batch.Input.LengthOf).Distinct().Should().HaveCountGreaterThan(1);
    }

    [Fact]
    public void A_function_that_throws_or_changes_the_kind_of_its_examples_loses_no_batch()
    {
        Func<FastRandom, Example<float>> generate = Number;
        var source = new GeneratedBatches<float>(random => generate(random), 2, 4, seed: 3);
        string[] expected = BatchText.Take(new GeneratedBatches<float>(Number, 2, 4, seed: 3), 3);
        BatchText.Take(source, 1).Should().Equal(expected[0]);
        generate = _ => throw new IOException("gone");
        source.Invoking(s => s.Next(s.CreateBatch())).Should().Throw<IOException>();
        generate = _ => new Example<float>(SourceCatalogue.Features(2, 3), Series<float>.FromLabel(0, 2));
        source.Invoking(s => s.Next(s.CreateBatch())).Should().Throw<InvalidDataException>().WithMessage("Expected an input of 1 features in example 2, got 3 features.");
        generate = Number;
        BatchText.Take(source, 2).Should().Equal(expected[1..]);
    }

    private static Example<float> Number(FastRandom random) => new(Series<float>.FromValues(new[] { random.NextSingle() }), Series<float>.FromLabel(random.Next(2), 2));
}
