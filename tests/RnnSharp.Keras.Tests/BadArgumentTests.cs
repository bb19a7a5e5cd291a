using FluentAssertions;
using RnnSharp.Layers;
using Xunit;

namespace RnnSharp.Keras.Tests;

/// <summary>A row for each invalid argument: its name is in the exception, which comes before any work.</summary>
public sealed class BadArgumentTests
{
    private static readonly DenseLayer<float> Model = new(2, 2, 1);
    private static readonly Stream WriteOnly = new WriteOnlyStream();

    public static TheoryData<string, string, Action> Rows => new()
    {
        { "KerasFile.Load without a path", "path", () => KerasFile.Load<float>((string)null!) },
        { "KerasFile.Load of an empty path", "path", () => KerasFile.Load<float>("") },
        { "KerasFile.Load without a stream", "stream", () => KerasFile.Load<float>((Stream)null!) },
        { "KerasFile.Load of a stream that cannot be read", "stream", () => KerasFile.Load<float>(WriteOnly) },
        { "KerasFile.Load of another type", "T", () => KerasFile.Load<Half>(new MemoryStream()) },
        { "KerasFile.LoadInto without a model", "model", () => KerasFile.LoadInto<float>(null!, "x") },
        { "KerasFile.LoadInto without a model, of a stream", "model", () => KerasFile.LoadInto<float>(null!, new MemoryStream()) },
        { "KerasFile.LoadInto without a path", "path", () => KerasFile.LoadInto(Model, (string)null!) },
        { "KerasFile.LoadInto of an empty path", "path", () => KerasFile.LoadInto(Model, "") },
        { "KerasFile.LoadInto without a stream", "stream", () => KerasFile.LoadInto(Model, (Stream)null!) },
        { "KerasFile.LoadInto of a stream that cannot be read", "stream", () => KerasFile.LoadInto(Model, WriteOnly) },
        { "KerasFile.LoadInto a model that Keras does not have", "model", () => KerasFile.LoadInto(new ResidualLayer<float>(Model), new MemoryStream()) },
        { "KerasFile.LoadInto with too many names", "options", () => KerasFile.LoadInto(Model, new MemoryStream(), new KerasLoadIntoOptions { LayerNames = ["a", "b"] }) },
        { "KerasFile.LoadInto with a name that is null", "options", () => KerasFile.LoadInto(Model, new MemoryStream(), new KerasLoadIntoOptions { LayerNames = [null!] }) },
        { "KerasFile.LoadInto with a name twice", "options", () => KerasFile.LoadInto(new LayerStack<float>(new DenseLayer<float>(2, 2, 1), new DenseLayer<float>(2, 2, 1)), new MemoryStream(), new KerasLoadIntoOptions { LayerNames = ["a", "a"] }) },
        { "KerasFile.SaveWeights without a model", "model", () => KerasFile.SaveWeights<float>(null!, "x") },
        { "KerasFile.SaveWeights without a path", "path", () => KerasFile.SaveWeights(Model, (string)null!) },
        { "KerasFile.SaveWeights without a stream", "stream", () => KerasFile.SaveWeights(Model, (Stream)null!) },
        { "KerasFile.SaveWeights to a stream that cannot be written", "stream", () => KerasFile.SaveWeights(Model, new MemoryStream([], writable: false)) },
        { "TensorFlowJsFile.Load without a path", "path", () => TensorFlowJsFile.Load<float>(null!) },
        { "TensorFlowJsFile.Load of an empty path", "path", () => TensorFlowJsFile.Load<float>("") },
        { "TensorFlowJsFile.Load without a stream", "stream", () => TensorFlowJsFile.Load<float>(null!, _ => Stream.Null) },
        { "TensorFlowJsFile.Load of a stream that cannot be read", "stream", () => TensorFlowJsFile.Load<float>(WriteOnly, _ => Stream.Null) },
        { "TensorFlowJsFile.Load without weights", "openWeights", () => TensorFlowJsFile.Load<float>(new MemoryStream(), null!) },
        { "TensorFlowJsFile.Load of another type", "T", () => TensorFlowJsFile.Load<Half>(new MemoryStream(), _ => Stream.Null) },
        { "TensorFlowJsFile.Save without a model", "model", () => TensorFlowJsFile.Save<float>(null!, "x") },
        { "TensorFlowJsFile.Save without a model, to streams", "model", () => TensorFlowJsFile.Save<float>(null!, Stream.Null, Stream.Null, "x") },
        { "TensorFlowJsFile.Save without a path", "path", () => TensorFlowJsFile.Save(Model, null!) },
        { "TensorFlowJsFile.Save to a path with a percent sign", "path", () => TensorFlowJsFile.Save(Model, "best 98%.json") },
        { "TensorFlowJsFile.Save to a path with a colon", "path", () => TensorFlowJsFile.Save(Model, "a:b.json") },
        { "TensorFlowJsFile.Save to the path of a device", "path", () => TensorFlowJsFile.Save(Model, "nul.json") },
        { "TensorFlowJsFile.Save without a stream of the model", "json", () => TensorFlowJsFile.Save(Model, null!, Stream.Null, "x") },
        { "TensorFlowJsFile.Save without a stream of weights", "weights", () => TensorFlowJsFile.Save(Model, Stream.Null, null!, "x") },
        { "TensorFlowJsFile.Save to a stream that cannot be written", "json", () => TensorFlowJsFile.Save(Model, new MemoryStream([], writable: false), Stream.Null, "x") },
        { "TensorFlowJsFile.Save without a name", "weightsName", () => TensorFlowJsFile.Save(Model, Stream.Null, Stream.Null, "") },
        { "TensorFlowJsFile.Save with a folder in the name", "weightsName", () => TensorFlowJsFile.Save(Model, Stream.Null, Stream.Null, "x/y.bin") },
        { "TensorFlowJsSaveOptions.Name", "value", () => _ = new TensorFlowJsSaveOptions { Name = "" } },
        { "TensorFlowJsSaveOptions.FinalActivation", "value", () => _ = new TensorFlowJsSaveOptions { FinalActivation = (KerasActivation)99 } },
        { "TensorFlowJsSaveOptions.FinalActivation of Keras 3", "value", () => _ = new TensorFlowJsSaveOptions { FinalActivation = KerasActivation.HardSigmoid } },
        { "KerasLoadOptions.Limits", "value", () => _ = new KerasLoadOptions { Limits = null! } },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void An_invalid_argument_is_named(string row, string argument, Action call) =>
        call.Should().Throw<ArgumentException>(row).WithParameterName(argument);

    [Fact]
    public void A_missing_file_is_an_IO_error()
    {
        FluentActions.Invoking(() => KerasFile.Load<float>("missing.keras")).Should().Throw<FileNotFoundException>();
        FluentActions.Invoking(() => TensorFlowJsFile.Load<float>("missing.json")).Should().Throw<FileNotFoundException>();
    }

    [Fact]
    public void A_load_within_an_update_of_a_parameter_is_refused_before_any_change()
    {
        var model = new DenseLayer<float>(2, 2, 1);
        using var weights = new MemoryStream();
        KerasFile.SaveWeights(new DenseLayer<float>(2, 2, 2), weights);
        float[] before = model.Bias.Values.ToArray();
        weights.Position = 0;
        model.Weights.Update(0, (_, _) => FluentActions.Invoking(() => KerasFile.LoadInto(model, weights)).Should().Throw<InvalidOperationException>());
        model.Bias.Values.ToArray().Should().Equal(before);
    }

    private sealed class WriteOnlyStream : MemoryStream
    {
        public override bool CanRead => false;
    }
}
