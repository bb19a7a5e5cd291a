using FluentAssertions;
using Xunit;

namespace RnnSharp.Tests.Samples;

/// <summary>What the Dinosaur Island sample takes for granted of the list that it ships.</summary>
public sealed class DinosaurListTests
{
    private static readonly string[] Names = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "dinosaurs.txt"));

    [Fact]
    public void Enough_names_are_present() => Names.Should().HaveCountGreaterThanOrEqualTo(800);

    [Fact]
    public void Names_are_capitalized_ASCII_letters() => Names.Should().OnlyContain(name => name.Length >= 2 && char.IsAsciiLetterUpper(name[0]) && name.Skip(1).All(char.IsAsciiLetterLower));

    [Fact]
    public void Names_are_in_ordinal_order() => Names.Should().BeInAscendingOrder(StringComparer.Ordinal);

    [Fact]
    public void Names_are_unique() => Names.Should().OnlyHaveUniqueItems();
}
