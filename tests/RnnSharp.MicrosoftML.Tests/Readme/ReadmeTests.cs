using FluentAssertions;
using Microsoft.ML;
using ReadmeExamples;
using RnnSharp.Tests;
using RnnSharp.Tests.Readme;
using Xunit;

namespace RnnSharp.MicrosoftML.Tests.Readme;

/// <summary>The example of the package's README compiles as printed, runs, and does what the text says.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_example_is_printed_as_it_is_compiled()
    {
        string text = File.ReadAllText(RepositoryRoot.PathOf("src/RnnSharp.MicrosoftML/README.md"));

        PrintedExample.In(text).Should().ContainSingle().Which.Should().Be(("ForecastSales", PrintedExample.Of(RepositoryRoot.PathOf("tests/RnnSharp.MicrosoftML.Tests/Readme/Examples/ForecastSales.cs"))));
    }

    [Fact]
    public void The_example_saves_a_model_with_the_point_that_came_in()
    {
        ReadmeExamples.SalesForecast forecast = ForecastSales.Run(Enumerable.Range(0, 72).Select(t => new ReadmeExamples.Sale { Amount = 300 + t + 40 * MathF.Sin(MathF.PI * t / 6) }));

        forecast.Next.Should().HaveCount(12);
        for (int t = 0; t < 12; t++) forecast.Next[t].Should().BeInRange(forecast.Low[t], forecast.High[t]);
        var context = new MLContext();
        using RnnForecastingEngine<ReadmeExamples.Sale, ReadmeExamples.SalesForecast> engine =
            context.Model.Load("sales.zip", out _).CreateRnnForecastingEngine<ReadmeExamples.Sale, ReadmeExamples.SalesForecast>(context);
        File.Delete("sales.zip");
        engine.Predict().Should().BeEquivalentTo(forecast, options => options.WithStrictOrdering());
    }
}
