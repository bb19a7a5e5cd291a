using FluentAssertions;
using ReadmeExamples;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests;
using RnnSharp.Tests.Readme;
using Xunit;

namespace RnnSharp.Serving.Tests.Readme;

/// <summary>The example of the package's README compiles as printed, runs, and does what the text says.</summary>
public sealed class ReadmeTests
{
    private static readonly string Text = File.ReadAllText(RepositoryRoot.PathOf("src/RnnSharp.Extensions/README.md"));

    [Fact]
    public void The_example_is_printed_as_it_is_compiled() => PrintedExample.In(Text).Should().ContainSingle().Which
        .Should().Be(("ServeModel", PrintedExample.Of(RepositoryRoot.PathOf("tests/RnnSharp.Extensions.Serving.Tests/Readme/Examples/ServeModel.cs"))));

    [Fact]
    public async Task The_example_serves_a_step_and_saves_the_session()
    {
        var model = new LstmLayer<float>(2, 3, seed: 1);
        ModelFile.Save(model, "model.safetensors");
        try
        {
            (string session, StepResult result, float[] output) = await ServeModel.Run();
            (result.FirstStep, result.ModelVersion).Should().Be((0, 1));
            output.Should().Equal(model.CreateStepper().Step(new[] { 0.5f, 1.25f }).ToArray());
            (await new FolderSessionStore("sessions").ListAsync()).Should().Equal(session);
        }
        finally
        {
            File.Delete("model.safetensors");
            Directory.Delete("sessions", recursive: true);
        }
    }

    [Fact]
    public void The_instruments_are_listed()
    {
        foreach (string name in new[] { ModelServerMeter.Steps, ModelServerMeter.BatchSize, ModelServerMeter.CallDuration, ModelServerMeter.ModelDuration, ModelServerMeter.QueueLength, ModelServerMeter.Sessions, ModelServerMeter.Expired, ModelServerMeter.Rejected, ModelServerMeter.Reloads })
            Text.Should().Contain($"`{name}`");
        foreach (string name in new[] { ModelServerMeter.Cancelled, ModelServerMeter.Failed }) Text.Should().Contain($"`{name["rnnsharp.serving.calls".Length..]}`");
    }
}
