using FluentAssertions;
using RnnSharp.Data;
using Xunit;

namespace RnnSharp.Tests;

public sealed class DataSplitTests
{
    private static readonly int[] Items = [.. Enumerable.Range(0, 101)];

    [Theory]
    [InlineData(0.1, 0.1, 81, 10, 10)]
    [InlineData(0.25, 0, 76, 25, 0)]
    [InlineData(0, 0.5, 50, 0, 51)]
    [InlineData(0, 0, 101, 0, 0)]
    [InlineData(0.7, 0.3, 0, 71, 30)]
    [InlineData(1, 0, 0, 101, 0)]
    public void Shuffled_parts_have_their_fractions_and_every_item_once(double validation, double test, int trains, int validations, int tests)
    {
        SplitParts<int> parts = DataSplit.Shuffled(Items, validation, test, seed: 3);
        Sizes(parts).Should().Be((trains, validations, tests));
        All(parts).Order().Should().Equal(Items);
        foreach (IReadOnlyList<int> part in (IReadOnlyList<int>[])[parts.Train, parts.Validation, parts.Test]) part.Should().BeInAscendingOrder();
        DataSplit.Shuffled(Items, validation, test, seed: 3).Should().BeEquivalentTo(parts);
        if (validations is > 0 and < 101) DataSplit.Shuffled(Items, validation, test, seed: 4).Validation.Should().NotEqual(parts.Validation);
    }

    [Fact]
    public void Every_item_is_held_out_about_as_often()
    {
        var counts = new int[20];
        for (ulong seed = 0; seed < 1000; seed++)
        {
            foreach (int item in DataSplit.Shuffled(Items[..20], 0.25, seed: seed).Validation) counts[item]++;
        }

        counts.Should().OnlyContain(count => count > 250 - 56 && count < 250 + 56, "4 standard deviations are 55");
    }

    [Fact]
    public void No_group_is_in_two_parts()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            SplitParts<int> parts = DataSplit.Grouped(Items, item => $"speaker {item * item % 23}", 0.2, 0.2, seed);
            All(parts).Order().Should().Equal(Items);
            int[][] groups = [.. new[] { parts.Train, parts.Validation, parts.Test }.Select(part => part.Select(item => item * item % 23).Distinct().ToArray())];
            groups.SelectMany(group => group).Should().OnlyHaveUniqueItems();
            (parts.Validation.Count, parts.Test.Count).Should().Match<(int Validation, int Test)>(counts => counts.Validation >= 12 && counts.Validation <= 28 && counts.Test >= 12 && counts.Test <= 28);
        }

        DataSplit.Grouped(Items, item => item % 10, 0.3).Test.Should().BeEmpty();
        DataSplit.Grouped(Items, item => item % 10, 0.6, 0.4).Train.Should().BeEmpty();
        DataSplit.Grouped(Items, item => item % 10, 0.2, seed: 1).Validation.Should().NotEqual(DataSplit.Grouped(Items, item => item % 10, 0.2, seed: 2).Validation);
    }

    [Fact]
    public void Strata_have_the_same_fractions_in_every_part()
    {
        SplitParts<int> parts = DataSplit.Stratified(Items, item => item < 80 ? 'a' : item < 100 ? 'b' : 'c', 0.25, 0.15, seed: 1);
        All(parts).Order().Should().Equal(Items);
        Count(parts.Validation).Should().Be((20, 5));
        Count(parts.Test).Should().Be((12, 3));
        Count(parts.Train).Should().Be((48, 12));
        parts.Validation.Should().NotEqual(DataSplit.Stratified(Items, item => item < 80 ? 'a' : 'b', 0.25, 0.15, seed: 2).Validation);

        static (int A, int B) Count(IReadOnlyList<int> part) => (part.Count(item => item < 80), part.Count(item => item is >= 80 and < 100));
    }

    [Fact]
    public void Parts_in_order_follow_each_other_with_a_gap()
    {
        SplitParts<int> parts = DataSplit.InOrder(Items, 0.2, 0.1);
        All(parts).Should().Equal(Items);
        Sizes(parts).Should().Be((71, 20, 10));
        parts = DataSplit.InOrder(Items, 0.2, 0.1, gap: 5);
        All(parts).Should().Equal(Items.Except([66, 67, 68, 69, 70, 86, 87, 88, 89, 90]));
        parts.Test.Should().Equal(Items[91..]);
        parts = DataSplit.InOrder(Items, 0, 0.1, gap: 2);
        (parts.Train[^1], parts.Test[0]).Should().Be((88, 91));
        DataSplit.InOrder(Items, 0.5, 0.5, gap: 2).Train.Should().BeEmpty();
    }

    [Fact]
    public void Nothing_can_be_split()
    {
        All(DataSplit.Shuffled<int>([], 0.2, 0.2)).Should().BeEmpty();
        All(DataSplit.Grouped<int, int>([], item => item, 0.2, 0.2)).Should().BeEmpty();
        All(DataSplit.Stratified<int, int>([], item => item, 0.2, 0.2)).Should().BeEmpty();
        All(DataSplit.InOrder<int>([], 0.2, 0.2)).Should().BeEmpty();
    }

    private static (int, int, int) Sizes(SplitParts<int> parts) => (parts.Train.Count, parts.Validation.Count, parts.Test.Count);

    private static IEnumerable<int> All(SplitParts<int> parts) => [.. parts.Train, .. parts.Validation, .. parts.Test];
}
