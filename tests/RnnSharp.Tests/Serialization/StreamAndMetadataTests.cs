using FluentAssertions;
using RnnSharp.Serialization;
using Xunit;

namespace RnnSharp.Tests.Serialization;

/// <summary>Streams, metadata and wrong arguments.</summary>
public sealed class StreamAndMetadataTests
{
    [Fact]
    public void Metadata_come_back_as_they_were_saved()
    {
        var metadata = new Dictionary<string, string> { ["vocabulary"] = "aä\n\"\\日本🦖", [""] = "", ["scaler"] = "{\"mean\":[1,2]}", ["__metadata__"] = "x", ["🦖\"\n"] = "key" };
        byte[] file = ModelBytes.Save(Models.Make<float>("lstm"), new ModelSaveOptions { Metadata = metadata });
        ModelBytes.Load<float>(file).Metadata.Should().BeEquivalentTo(metadata);
        ModelFile.LoadInto(Models.Make<float>("lstm"), new MemoryStream(file)).Should().BeEquivalentTo(metadata);
        ModelBytes.Load<float>(ModelBytes.Save(Models.Make<float>("lstm"))).Metadata.Should().BeEmpty();
    }

    [Fact]
    public void Metadata_are_saved_in_one_order_whatever_the_order_of_the_dictionary()
    {
        ILayer<float> model = Models.Make<float>("dense");
        byte[] file = ModelBytes.Save(model, new ModelSaveOptions { Metadata = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2", ["B"] = "3" } });
        ModelBytes.Save(model, new ModelSaveOptions { Metadata = new Dictionary<string, string> { ["B"] = "3", ["b"] = "2", ["a"] = "1" } }).Should().Equal(file);
    }

    [Theory]
    [InlineData("rnnsharp", "x", "*rnnsharp*")]
    [InlineData("rnnsharp.vocabulary", "x", "*rnnsharp*")]
    [InlineData("key", null, "*\"key\" is null*")]
    public void Save_rejects_reserved_keys_and_missing_values(string key, string? value, string message) => RejectsMetadata(key, value, message);

    [Fact]
    public void Save_rejects_half_a_surrogate_pair()
    {
        // Not a theory: test runners cannot carry such a string either.
        RejectsMetadata("key", "\ud800", "*surrogate*");
        RejectsMetadata("\udc00", "x", "*surrogate*");
    }

    [Fact]
    public void Save_rejects_metadata_that_Load_would_reject()
    {
        RejectsMetadata("long", new string('x', 1 << 23), "*8388608*got*");
        var many = new ModelSaveOptions { Metadata = Enumerable.Range(0, 1001).ToDictionary(i => $"{i}", _ => "") };
        FluentActions.Invoking(() => ModelBytes.Save(Models.Make<float>("dense"), many)).Should().Throw<ArgumentException>().WithParameterName("options").WithMessage("*1000 entries*1001*");
    }

    [Fact]
    public void Streams_are_written_and_read_from_their_position()
    {
        ILayer<float> model = Models.Make<float>("stack");
        using var stream = new MemoryStream();
        stream.Write([1, 2, 3]);
        ModelFile.Save(model, stream);
        stream.Position = 3;
        Models.Describe(ModelFile.Load<float>(stream).Model).Should().Be(Models.Describe(model));
        stream.CanRead.Should().BeTrue("the caller's stream stays open");
    }

    [Theory]
    [InlineData("larger than a buffer")]
    [InlineData("dropout")]
    public void Streams_need_not_seek(string kind)
    {
        ILayer<float> model = Models.Make<float>(kind);
        using var target = new MemoryStream();
        ModelFile.Save(model, new OneWayStream(target));
        target.Position = 0;
        Models.Describe(ModelFile.Load<float>(new OneWayStream(target)).Model).Should().Be(Models.Describe(model));
    }

    [Fact]
    public void Streams_that_end_too_early_or_too_late_are_rejected()
    {
        byte[] file = ModelBytes.Save(Models.Make<float>("larger than a buffer"));
        foreach (byte[] wrong in (byte[][])[[], file[..7], file[..8], file[..300], file[..^1], [.. file, 0], [.. file, .. new byte[100_000]]])
            FluentActions.Invoking(() => ModelFile.Load<float>(new OneWayStream(new MemoryStream(wrong)))).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Wrong_arguments_are_rejected_by_name()
    {
        ILayer<float> model = Models.Make<float>("dense");
        Rejects("model", () => ModelFile.Save<float>(null!, Stream.Null));
        Rejects("model", () => ModelFile.Save<float>(null!, "path"));
        Rejects("stream", () => ModelFile.Save(model, (Stream)null!));
        Rejects("stream", () => ModelFile.Save(model, new MemoryStream([], writable: false)));
        Rejects("path", () => ModelFile.Save(model, ""));
        Rejects("path", () => ModelFile.Load<float>(""));
        Rejects("path", () => ModelFile.Load<float>((string)null!));
        Rejects("stream", () => ModelFile.Load<float>((Stream)null!));
        Rejects("stream", () => ModelFile.Load<float>(new OneWayStream(new MemoryStream(), readable: false)));
        Rejects("T", () => ModelFile.Load<Half>(new MemoryStream()));
        Rejects("model", () => ModelFile.LoadInto<float>(null!, new MemoryStream()));
        Rejects("model", () => ModelFile.LoadInto<float>(null!, "path"));
        Rejects("path", () => ModelFile.LoadInto(model, ""));
        Rejects("stream", () => ModelFile.LoadInto(model, (Stream)null!));
        Rejects("value", () => _ = new ModelSaveOptions { Metadata = null! });
        Rejects("value", () => _ = new ModelSaveOptions { Formats = null! });
        Rejects("value", () => _ = new ModelLoadOptions { Limits = null! });
        Rejects("value", () => _ = new ModelLimits { ParameterBytes = -1 });
        Rejects("value", () => _ = new ModelLimits { HeaderBytes = 0 });
        Rejects("value", () => _ = new ModelLimits { HeaderBytes = 100_000_001 });
        Rejects("value", () => _ = new ModelLimits { MetadataEntries = -1 });
        Rejects("value", () => _ = new ModelLimits { Layers = 0 });
        Rejects("value", () => _ = new ModelLimits { Nesting = 0 });
        Rejects("value", () => _ = new ModelLimits { Nesting = 401 });
        Rejects("value", () => _ = new ModelLimits { RepeatedSteps = 0 });

        static void Rejects(string argument, Action call) => call.Should().Throw<ArgumentException>().WithParameterName(argument);
    }

    private static void RejectsMetadata(string key, string? value, string message) =>
        FluentActions.Invoking(() => ModelBytes.Save(Models.Make<float>("dense"), new ModelSaveOptions { Metadata = new Dictionary<string, string> { [key] = value! } }))
            .Should().Throw<ArgumentException>().WithParameterName("options").WithMessage(message);
}
