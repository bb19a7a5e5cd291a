using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Catalogue;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>The text that describes a model without its parameters' values.</summary>
public sealed class DescriptionTests
{
    public static TheoryData<string> Names => [.. LayerCatalogue<float>.Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_is_created_again_from_its_description(string name)
    {
        Layer<float> model = LayerCatalogue<float>.Row(name).Create(4, 4);
        string description = ModelFile.Describe(model, LayerCatalogue<float>.Formats);
        ILayer<double> copy = ModelFile.Create<double>(description, new() { Formats = LayerCatalogue<float>.Formats });
        ModelFile.Describe(copy, LayerCatalogue<float>.Formats).Should().Be(description);
        copy.ToString().Should().Be(model.ToString());
        copy.ParameterNames.Should().Equal(model.ParameterNames);
    }

    [Fact]
    public void The_description_is_that_of_a_saved_file()
    {
        LayerStack<float> model = new(new EmbeddingLayer<float>(5, 2, seed: 1), new LstmLayer<float>(2, 3, 1));
        var saved = new MemoryStream();
        ModelFile.Save(model, saved);
        System.Text.Encoding.UTF8.GetString(saved.ToArray()).Should().Contain(ModelFile.Describe(model).Replace("\"", "\\\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("""{"format":2,"model":{"kind":"nonsense"}}""", "nonsense")]
    [InlineData("""{"format":3,"model":{"kind":"lstm","input":1,"hidden":1}}""", "format version*3")]
    [InlineData("""{"format":2,"model":{"kind":"lstm","input":1,"hidden":1}} """ + "x", "not valid JSON")]
    [InlineData("""{"format":2,"model":{"kind":"dense","input":100000,"output":100000}}""", "40000400000 bytes")]
    [InlineData("""{"format":2,"model":{"kind":"dense","input":2000000000,"output":2000000000}}""", "bytes")]
    public void A_bad_description_is_refused(string description, string words) =>
        FluentActions.Invoking(() => ModelFile.Create<float>(description)).Should().Throw<InvalidDataException>().WithMessage($"*{words}*");

    [Fact]
    public void Parameters_beyond_the_limit_are_refused_before_they_are_allocated()
    {
        string description = ModelFile.Describe(new DenseLayer<float>(10, 10, 1));
        ModelLoadOptions Limit(long bytes) => new() { Limits = new() { ParameterBytes = bytes } };
        ModelFile.Create<float>(description, Limit(440)).InputSize.Should().Be(10);
        FluentActions.Invoking(() => ModelFile.Create<float>(description, Limit(439))).Should().Throw<InvalidDataException>().WithMessage("*440 bytes*439*");
        FluentActions.Invoking(() => ModelFile.Create<double>(description, Limit(440))).Should().Throw<InvalidDataException>().WithMessage("*880 bytes*");
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        FluentActions.Invoking(() => ModelFile.Describe<float>(null!)).Should().Throw<ArgumentNullException>().WithParameterName("model");
        FluentActions.Invoking(() => ModelFile.Describe(LayerCatalogue<float>.Row("custom").Create(2, 2))).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*CustomRecurrentLayer*");
        FluentActions.Invoking(() => ModelFile.Create<float>(null!)).Should().Throw<ArgumentNullException>().WithParameterName("description");
        FluentActions.Invoking(() => ModelFile.Create<Half>("")).Should().Throw<ArgumentException>().WithParameterName("T");
    }
}
