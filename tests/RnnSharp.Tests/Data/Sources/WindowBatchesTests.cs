using FluentAssertions;
using RnnSharp.Data;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests;

public sealed class WindowBatchesTests
{
    private static readonly Series<float>[] All = [SourceCatalogue.Features(3, 3, 1), SourceCatalogue.Features(11, 3, 2), SourceCatalogue.Features(2, 3, 3), SourceCatalogue.Features(8, 3, 4)];

    [Theory]
    [InlineData(WindowTarget.EachStep, 4, 1, 1)]
    [InlineData(WindowTarget.EachStep, 2, 3, 2)]
    [InlineData(WindowTarget.LastStep, 4, 1, 1)]
    [InlineData(WindowTarget.LastStep, 1, 2, 3)]
    [InlineData(WindowTarget.FollowingSteps, 4, 3, 1)]
    [InlineData(WindowTarget.FollowingFeatures, 4, 3, 2)]
    [InlineData(WindowTarget.FollowingFeatures, 3, 1, 5)]
    public void Windows_and_targets_are_those_of_a_naive_loop(WindowTarget kind, int length, int horizon, int stride)
    {
        foreach (int[]? inputColumns in (int[]?[])[null, [1]])
        {
            foreach (int[]? targetColumns in (int[]?[])[null, [2, 0], [1]])
            {
                var source = new WindowBatches<float>(All, length, new() { Target = kind, Horizon = horizon, Stride = stride, InputColumns = inputColumns, TargetColumns = targetColumns }, new() { BatchSize = 4, Shuffle = false });
                (float[][] Input, float[][] Target)[] expected = [.. Naive(kind, length, horizon, stride, inputColumns ?? [0, 1, 2], targetColumns ?? [0, 1, 2])];
                source.Count.Should().Be(expected.Length);
                Batch<float> batch = source.CreateBatch();
                var actual = new List<(float[][] Input, float[][] Target)>();
                while (source.Next(batch)) actual.AddRange(batch.Input.ToJagged().Zip(batch.Target.ToJagged()));
                actual.Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
            }
        }
    }

    [Fact]
    public void Windows_of_a_sequence_are_the_same_as_those_that_it_copies()
    {
        (Sequence<float> inputs, Sequence<float> targets) = Sequence<float>.FromSeries([.. Enumerable.Range(0, 20).Select(i => (float)i)]).WindowsWithTargets(5, horizon: 3, stride: 2);
        var source = new WindowBatches<float>(Series<float>.FromValues(Enumerable.Range(0, 20).Select(i => (float)i).ToArray()), 5, new() { Horizon = 3, Stride = 2 }, new() { Shuffle = false });
        Batch<float> batch = source.CreateBatch();
        source.Next(batch).Should().BeTrue();
        batch.Input.ToArray().Should().BeEquivalentTo(inputs.ToArray());
        batch.Target.ToArray().Should().BeEquivalentTo(targets.ToArray());
    }

    [Theory]
    [InlineData(WindowTarget.EachStep, 1)]
    [InlineData(WindowTarget.LastStep, 2)]
    [InlineData(WindowTarget.FollowingFeatures, 3)]
    public void Windows_with_missing_values_are_left_out(WindowTarget kind, int stride)
    {
        Series<float> series = SourceCatalogue.WithGaps(SourceCatalogue.Features(25, 3));
        foreach ((int[] inputs, int[] targets) in (ValueTuple<int[], int[]>[])[([0, 1, 2], [0, 1, 2]), ([0], [1]), ([2], [2])])
        {
            WindowOptions Options(bool skip) => new() { Target = kind, Horizon = 2, Stride = stride, InputColumns = inputs, TargetColumns = targets, SkipMissing = skip };
            var all = new WindowBatches<float>(series, 4, Options(false), new() { BatchSize = 1, Shuffle = false });
            var expected = new List<(float[][] Input, float[][] Target)>();
            Batch<float> batch = all.CreateBatch();
            while (all.Next(batch))
            {
                if (!batch.Input.Values.Contains(float.NaN) && !batch.Target.Values.Contains(float.NaN)) expected.Add((batch.Input.ToJagged()[0], batch.Target.ToJagged()[0]));
            }

            var source = new WindowBatches<float>(series, 4, Options(true), new() { BatchSize = 4, Shuffle = false });
            source.Count.Should().Be(expected.Count);
            var actual = new List<(float[][] Input, float[][] Target)>();
            while (source.Next(batch)) actual.AddRange(batch.Input.ToJagged().Zip(batch.Target.ToJagged()));
            actual.Should().BeEquivalentTo(expected, options => options.WithStrictOrdering());
        }
    }

    [Fact]
    public void Shuffled_windows_come_once_each_and_tell_where_they_are()
    {
        var source = new WindowBatches<float>(All, 3, new() { Stride = 2 }, new() { BatchSize = 3 });
        Batch<float> batch = source.CreateBatch();
        var seen = new List<float>();
        while (source.Next(batch)) seen.AddRange(batch.Input.ToJagged().Select(window => window[0][0]));
        seen.Should().OnlyHaveUniqueItems().And.HaveCount(source.Count).And.NotBeInAscendingOrder();
        Enumerable.Range(0, source.Count).Select(source.Locate).Select(at => All[at.Series].Values.Span[3 * at.Step]).Should().BeEquivalentTo(seen).And.BeInAscendingOrder();
    }

    private static IEnumerable<(float[][] Input, float[][] Target)> Naive(WindowTarget kind, int length, int horizon, int stride, int[] inputs, int[] targets)
    {
        foreach (Series<float> series in All)
        {
            float[][] Steps(int first, int count, int[] columns) => [.. Enumerable.Range(first, count).Select(t => columns.Select(i => series.Values.Span[3 * t + i]).ToArray())];
            for (int start = 0; start + length + horizon <= series.Steps; start += stride)
            {
                yield return (Steps(start, length, inputs), kind switch
                {
                    WindowTarget.EachStep => Steps(start + horizon, length, targets),
                    WindowTarget.LastStep => Steps(start + length - 1 + horizon, 1, targets),
                    WindowTarget.FollowingSteps => Steps(start + length, horizon, targets),
                    _ => [[.. Steps(start + length, horizon, targets).SelectMany(step => step)]],
                });
            }
        }
    }
}
