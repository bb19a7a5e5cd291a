using FluentAssertions;
using Xunit;

namespace RnnSharp.Results.Tests;

/// <summary>When a figure of ours meets a published one.</summary>
public sealed class FigureTests
{
    [Theory]
    [InlineData("0.368", 0.36849, true)]
    [InlineData("0.368", 0.3686, false)]
    [InlineData("0.368", 0.1, true)]
    [InlineData("5.3e-5", 5.34e-5, true)]
    [InlineData("5.3e-5", 5.36e-5, false)]
    [InlineData("8440", 8440.4, true)]
    [InlineData("8440", 8441, false)]
    [InlineData("1.88", double.NaN, false)]
    [InlineData("1.88", double.NegativeInfinity, false)]
    public void A_loss_is_met_by_one_that_is_no_higher_in_the_published_digits(string published, double ours, bool met) =>
        new Figure("loss", published).IsMetBy(ours).Should().Be(met);

    [Theory]
    [InlineData("87.2", 87.16, true)]
    [InlineData("87.2", 87.14, false)]
    [InlineData("100.0", 100, true)]
    [InlineData("100.0", 99.9, false)]
    public void An_accuracy_is_met_by_one_that_is_no_lower_in_the_published_digits(string published, double ours, bool met) =>
        new Figure("accuracy", published) { HigherIsBetter = true }.IsMetBy(ours).Should().Be(met);

    [Theory]
    [InlineData(8.3499, true)]
    [InlineData(8.35, false)]
    [InlineData(8.40, false)]
    public void A_strict_target_replaces_the_published_figure_and_is_not_rounded(double ours, bool met) =>
        new Figure("loss", "8.45") { Target = "8.35", Strictly = true }.IsMetBy(ours).Should().Be(met);

    [Theory]
    [InlineData("0.368", 0.3701234, "0.3701")]
    [InlineData("5.3e-5", 4.1234e-5, "4.12e-5")]
    [InlineData("8440", 8123.46, "8123.5")]
    public void A_figure_is_shown_with_a_digit_more_than_the_published_one(string published, double ours, string shown) =>
        new Figure("loss", published).Format(ours).Should().Be(shown);
}
