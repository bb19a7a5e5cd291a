using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>What the function of a transformed source gets. Resuming is in <see cref="SourceTests"/>.</summary>
public sealed class TransformedBatchesTests
{
    [Fact]
    public void Each_batch_is_changed_once_with_random_numbers_of_its_own()
    {
        var draws = new List<double>();
        IBatchSource<float> source = SourceCatalogue.Make("windows", 1).Transform((batch, random) =>
        {
            draws.Add(random.NextDouble());
            batch.Input.Values.Fill((float)draws[^1]);
        }, seed: 4);
        Batch<float> batch = source.CreateBatch();
        int batches = 0;
        for (int call = 0; call < 20; call++)
        {
            if (!source.Next(batch)) continue;
            batches++;
            draws.Should().HaveCount(batches);
            batch.Input.Values.ToArray().Should().AllBeEquivalentTo((float)draws[^1]);
        }

        draws.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Seeds_give_numbers_of_their_own()
    {
        string First(ulong seed) => BatchText.Take(SourceCatalogue.Make("windows", 1).Transform(SourceCatalogue.AddNoise, seed), 1)[0];
        First(1).Should().Be(First(1)).And.NotBe(First(2));
    }

    [Fact]
    public void A_function_that_throws_loses_its_batch_alone()
    {
        bool throws = false;
        IBatchSource<float> source = SourceCatalogue.Make("windows", 1).Transform((batch, random) =>
        {
            if (throws) throw new IOException("gone");
            SourceCatalogue.AddNoise(batch, random);
        });
        string[] expected = BatchText.Take(SourceCatalogue.Make("windows", 1).Transform(SourceCatalogue.AddNoise), 5);
        BatchText.Take(source, 1).Should().Equal(expected[0]);
        throws = true;
        source.Invoking(s => s.Next(s.CreateBatch())).Should().Throw<IOException>();
        throws = false;
        BatchText.Take(source, 3).Should().Equal(expected[2..]);
    }
}
