using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Numerics;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Properties that objects are made with, and sources that users derive.</summary>
public sealed class SourceOptionsTests
{
    [Fact]
    public void Properties_out_of_range_are_refused()
    {
        Refuse(() => new BatchOptions { BatchSize = 0 }, "at least 1, got 0");
        Refuse(() => new BatchOptions { BucketBatches = -1 }, "0 or more, got -1");
        Refuse(() => new WindowOptions { Horizon = 0 }, "at least 1, got 0");
        Refuse(() => new WindowOptions { Stride = -2 }, "at least 1, got -2");
        Refuse(() => new WindowOptions { Target = (WindowTarget)4 }, "FollowingFeatures, got 4");
        Refuse(() => WithWeights(Series<float>.FromLabel(0, 1)), "3 steps of 1 features");
        Refuse(() => WithWeights(Series<float>.FromValues(new float[2])), "3 steps of 1 features");
        Refuse(() => WithWeights(Series<float>.FromValues(new float[6], 2)), "got 3 steps of 2 features");
        Refuse(() => WithWeights(Series<float>.FromValues(new[] { 1, -1f, 0 })), "0 or more, got -1");
        Refuse(() => WithWeights(Series<float>.FromValues(new[] { 1, float.NaN, 0 })), "finite factors of 0 or more, got NaN");

        static void Refuse(Func<object> make, string words) => make.Should().Throw<ArgumentException>().WithMessage($"*{words}*").Which.ParamName.Should().Be("value");

        static Example<float> WithWeights(Series<float> weights) => new(Series<float>.FromValues(new float[3]), Series<float>.FromValues(new float[3])) { StepWeights = weights };
    }

    [Fact]
    public void A_derived_source_gets_its_items_and_numbers_that_a_state_restores()
    {
        IBatchSource<float> source = new Squares(seed: 1), other = new Squares(seed: 2);
        string[] expected = BatchText.Take(source, 3);
        StateDictionary state = source.GetState();
        expected = BatchText.Take(source, 9);
        other.SetState(state);
        BatchText.Take(other, 9).Should().Equal(expected);
        Batch<float> batch = source.CreateBatch();
        source.EndEpoch();
        source.Next(batch).Should().BeTrue();
        for (int j = 0; j < batch.Input.Batch; j++) batch.Target[0, j, 0].Should().Be(batch.Input[0, j, 0] * batch.Input[0, j, 0]);
    }

    [Fact]
    public void An_item_that_fails_is_asked_for_again_with_the_same_numbers()
    {
        var source = new Squares(seed: 1);
        string[] expected = BatchText.Take(new Squares(seed: 1), 4);
        Batch<float> batch = source.CreateBatch();
        BatchText.Next(source, batch).Should().Be(expected[0]);
        source.Fails = true;
        source.Invoking(s => s.Next(batch)).Should().Throw<IOException>();
        source.Fails = false;
        BatchText.Take(source, 3).Should().Equal(expected[1..]);
    }

    /// <summary>Numbers with noise, and the squares of the sums.</summary>
    private sealed class Squares(ulong seed) : IndexedBatches<float>(10, new() { BatchSize = 4, Seed = seed, BucketBatches = 2 })
    {
        public bool Fails { get; set; }

        public override Batch<float> CreateBatch() => new(new Sequence<float>(1, 1, 1), new Sequence<float>(1, 1, 1));

        protected override void Fill(Batch<float> batch, ReadOnlySpan<int> items, FastRandom random)
        {
            batch.Input.Resize(items.Length, 1);
            batch.Target.Resize(items.Length, 1);
            for (int j = 0; j < items.Length; j++)
            {
                float value = items[j] + random.NextSingle();
                if (Fails && j == 1) throw new IOException("gone");
                (batch.Input[0, j, 0], batch.Target[0, j, 0]) = (value, value * value);
            }
        }

        protected override int LengthOf(int item) => item % 3;
    }
}
