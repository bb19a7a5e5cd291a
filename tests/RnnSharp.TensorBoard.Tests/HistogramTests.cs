using FluentAssertions;
using Xunit;

namespace RnnSharp.TensorBoard.Tests;

public sealed class HistogramTests
{
    [Fact]
    public void Thirty_buckets_of_equal_width_hold_the_values()
    {
        var random = new Random(1);
        double[] values = [.. Enumerable.Range(0, 5000).Select(_ => Math.Pow(random.NextDouble() - 0.3, 3))];
        Histogram histogram = Of<double>(values);
        (histogram.Min, histogram.Max, histogram.Count).Should().Be((values.Min(), values.Max(), 5000));
        histogram.Sum.Should().BeApproximately(values.Sum(), 1e-9);
        histogram.SumOfSquares.Should().BeApproximately(values.Sum(value => value * value), 1e-9);
        double[] limits = histogram.Limits.ToArray();
        limits.Should().HaveCount(30).And.BeInAscendingOrder();
        limits[^1].Should().Be(histogram.Max);
        for (int i = 0; i < 30; i++)
        {
            double lower = i == 0 ? histogram.Min : limits[i - 1], upper = limits[i];
            (upper - lower).Should().BeApproximately((histogram.Max - histogram.Min) / 30, 1e-15);
            histogram.Counts[i].Should().Be(values.Count(value => value >= lower && (value < upper || i == 29)), "of bucket {0}", i);
        }
    }

    /// <summary>np.histogram(np.arange(61), bins=30): a value on a limit is in the bucket above, except for the highest.</summary>
    [Fact]
    public void A_value_on_a_limit_is_in_the_bucket_above()
    {
        Histogram histogram = Of([.. Enumerable.Range(0, 61).Select(i => (float)i)]);
        histogram.Counts.ToArray().Should().Equal([.. Enumerable.Repeat(2.0, 29), 3.0]);
        histogram.Limits.ToArray().Should().Equal(Enumerable.Range(1, 30).Select(i => 2.0 * i), (actual, expected) => Math.Abs(actual - expected) < 1e-12);
    }

    [Fact]
    public void Equal_values_share_one_bucket()
    {
        Histogram histogram = Of(0.25f, 0.25f, 0.25f);
        histogram.Limits.ToArray().Should().Equal(0.25);
        histogram.Counts.ToArray().Should().Equal(3);
        (histogram.Min, histogram.Max, histogram.Sum).Should().Be((0.25, 0.25, 0.75));
    }

    [Fact]
    public void What_is_not_finite_is_left_out()
    {
        Histogram histogram = Of(double.NaN, 1, double.PositiveInfinity, 3, double.NegativeInfinity);
        (histogram.Min, histogram.Max, histogram.Count, histogram.Sum).Should().Be((1, 3, 2, 4));
        histogram.Counts.ToArray().Sum().Should().Be(2);
        foreach (Histogram empty in (Histogram[])[Of<double>(), Of(float.NaN)])
        {
            (empty.Min, empty.Max, empty.Count, empty.Sum).Should().Be((0, 0, 0, 0));
            empty.Limits.ToArray().Should().Equal(0);
            empty.Counts.ToArray().Should().Equal(0);
        }
    }

    [Fact]
    public void The_ends_of_the_range_do_not_overflow()
    {
        Histogram histogram = Of(double.MinValue, 0, double.MaxValue);
        histogram.Limits.ToArray().Should().OnlyContain(limit => double.IsFinite(limit)).And.BeInAscendingOrder();
        histogram.Counts.ToArray().Where(count => count > 0).Should().Equal(1, 1, 1);
        Of(0, double.Epsilon).Counts.ToArray().Sum().Should().Be(2);
    }

    [Fact]
    public void A_histogram_is_filled_again()
    {
        var histogram = new Histogram();
        histogram.Fill<double>([1, 2, 3]);
        histogram.Fill<double>([5, 5]);
        histogram.Counts.ToArray().Should().Equal(2);
        histogram.Fill<double>([-1, 1]);
        histogram.Counts.ToArray().Sum().Should().Be(2);
        (histogram.Min, histogram.Max, histogram.Sum, histogram.SumOfSquares).Should().Be((-1, 1, 0, 2));
    }

    private static Histogram Of<T>(params T[] values)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var histogram = new Histogram();
        histogram.Fill<T>(values);
        return histogram;
    }
}
