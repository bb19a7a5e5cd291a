using FluentAssertions;
using RnnSharp.Tests.Layers;
using Xunit;

namespace RnnSharp.Tests;

/// <summary>Slices of steps, gathered examples and windows of a series.</summary>
public sealed class SequenceSliceTests
{
    [Fact]
    public void SliceSteps_copies_the_steps_of_all_examples()
    {
        Sequence<double> x = Series(2, 3, 5);
        Sequence<double> slice = x.SliceSteps(1, 3);
        (slice.Features, slice.Batch, slice.Steps, slice.IsRagged).Should().Be((2, 3, 3, false));
        for (int t = 0; t < 3; t++) slice.StepMatrix(t).Should().Be(x.StepMatrix(t + 1));
        slice.Clear();
        x[1, 2, 1].Should().NotBe(0);
        x.SliceSteps(5, 0).Steps.Should().Be(0);
        x.SliceSteps(0, 5).ToArray().Should().BeEquivalentTo(x.ToArray());
    }

    [Fact]
    public void SliceSteps_shortens_the_lengths_of_a_ragged_sequence()
    {
        Sequence<double> x = Series(2, 4, 5);
        x.SetLengths([5, 0, 2, 3]);
        Sequence<double> slice = x.SliceSteps(2, 2);
        slice.Lengths.ToArray().Should().Equal(2, 0, 0, 1);
        slice.ToJagged()[3].Should().BeEquivalentTo(x.ToJagged()[3][2..3]);
    }

    [Fact]
    public void Parts_of_tokens_are_tokens()
    {
        Sequence<double> tokens = Sequence<double>.FromTokens([[3, 2, 1, 0], [1], [2, Sequence<double>.ZeroToken, 0]], 4);
        tokens.SliceSteps(1, 2).ToTokens().Should().BeEquivalentTo(new int[][] { [2, 1], [], [Sequence<double>.ZeroToken, 0] }, options => options.WithStrictOrdering());
        tokens.Gather([2, 0, 2]).ToTokens().Should().BeEquivalentTo(new int[][] { [2, Sequence<double>.ZeroToken, 0], [3, 2, 1, 0], [2, Sequence<double>.ZeroToken, 0] }, options => options.WithStrictOrdering());
        tokens.Windows(2).ToTokens().Should().BeEquivalentTo(new int[][] { [3, 2], [2, 1], [1, 0], [2, Sequence<double>.ZeroToken], [Sequence<double>.ZeroToken, 0] }, options => options.WithStrictOrdering());
    }

    [Fact]
    public void Gather_copies_examples_in_the_order_given()
    {
        Sequence<double> x = Series(2, 4, 3);
        Sequence<double> gathered = x.Gather([3, 0, 3]);
        (gathered.Features, gathered.Batch, gathered.Steps, gathered.IsRagged).Should().Be((2, 3, 3, false));
        double[][][] all = x.ToJagged();
        gathered.ToJagged().Should().BeEquivalentTo(new[] { all[3], all[0], all[3] }, options => options.WithStrictOrdering());
        x.SetLengths([1, 2, 3, 0]);
        x.Gather([1, 3]).Lengths.ToArray().Should().Equal(2, 0);
    }

    [Theory]
    [InlineData(3, 1, new double[] { 0, 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData(3, 2, new double[] { 0, 2, 4, 6 })]
    [InlineData(4, 4, new double[] { 0, 4 })]
    [InlineData(10, 100, new double[] { 0 })]
    public void Windows_begin_a_stride_apart_and_end_within_the_series(int length, int stride, double[] first)
    {
        Sequence<double> series = Sequence<double>.FromSeries([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        Sequence<double> windows = series.Windows(length, stride);
        (windows.Features, windows.Batch, windows.Steps, windows.IsRagged).Should().Be((1, first.Length, length, false));
        for (int t = 0; t < length; t++) windows.Step(t).ToArray().Should().Equal(first.Select(start => start + t));
    }

    [Fact]
    public void Windows_take_the_examples_one_after_the_other_and_stay_within_their_lengths()
    {
        Sequence<double> series = Series(2, 3, 5);
        series.SetLengths([3, 1, 4]);
        double[][][] all = series.ToJagged();
        series.Windows(2).ToJagged().Should().BeEquivalentTo(new[] { all[0][..2], all[0][1..3], all[2][..2], all[2][1..3], all[2][2..4] }, options => options.WithStrictOrdering());
    }

    [Fact]
    public void WindowsWithTargets_gives_the_windows_a_horizon_later()
    {
        Sequence<double> series = Sequence<double>.FromSeries([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        (Sequence<double> inputs, Sequence<double> targets) = series.WindowsWithTargets(3, horizon: 2, stride: 2);
        inputs.Step(0).ToArray().Should().Equal(0, 2, 4);
        targets.Step(0).ToArray().Should().Equal(2, 4, 6);
        targets.Step(2).ToArray().Should().Equal(4, 6, 8);
        series.WindowsWithTargets(9).Inputs.Batch.Should().Be(1);
    }

    [Fact]
    public void WindowsWithTargets_of_tokens_gives_the_next_tokens()
    {
        (Sequence<float> inputs, Sequence<float> targets) = Sequence<float>.FromTokens([[4, 3, 2, 1, 0]], 5).WindowsWithTargets(2, stride: 2);
        inputs.ToTokens().Should().BeEquivalentTo(new int[][] { [4, 3], [2, 1] }, options => options.WithStrictOrdering());
        targets.ToTokens().Should().BeEquivalentTo(new int[][] { [3, 2], [1, 0] }, options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_reused_sequence_takes_shape_and_lengths_of_the_result()
    {
        Sequence<double> x = Series(2, 3, 5);
        var reuse = new Sequence<double>(7, 9, 1);
        reuse.SetLengths(new int[9]);
        x.SliceSteps(2, 2, reuse).Should().BeSameAs(reuse);
        reuse.ToArray().Should().BeEquivalentTo(x.SliceSteps(2, 2).ToArray());
        reuse.IsRagged.Should().BeFalse();
        x.Gather([1], reuse).Should().BeSameAs(reuse);
        reuse.ToArray().Should().BeEquivalentTo(x.Gather([1]).ToArray());
        x.Windows(4, 1, reuse).Should().BeSameAs(reuse);
        reuse.ToArray().Should().BeEquivalentTo(x.Windows(4).ToArray());
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        foreach (bool isTokens in new[] { false, true })
        {
            Sequence<double> x = isTokens ? Sequence<double>.FromTokens([[1, 2, 3, 4], [1], [0, 2, 3]], 5) : Series(3, 3, 4);
            x.SetLengths([4, 1, 3]);
            Sequence<double> one = x.SliceSteps(0, 4), two = x.Gather([0, 1, 2]), three = x.Windows(2), inputs = x.Windows(2), targets = x.Windows(2);
            Warm.Allocated(() => x.SliceSteps(1, 2, one)).Should().Be(0);
            Warm.Allocated(() => x.Gather([2, 0], two)).Should().Be(0);
            Warm.Allocated(() => x.Windows(2, 1, three)).Should().Be(0);
            Warm.Allocated(() => x.WindowsWithTargets(2, reuseInputs: inputs, reuseTargets: targets)).Should().Be(0);
        }
    }

    /// <summary>Values of 1, 2, and so on.</summary>
    private static Sequence<double> Series(int features, int batch, int steps)
    {
        var series = new Sequence<double>(features, batch, steps);
        for (int k = 0; k < series.Values.Length; k++) series.Values[k] = k + 1;
        return series;
    }
}
