using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Bad arguments of the export are refused by name, before anything is written.</summary>
public sealed class BadArgumentTests
{
    private static readonly GruLayer<float> Gru = new(2, 3, 1);

    private static readonly Dictionary<string, (string Argument, string[] Words, Action Call)> Table = new(StringComparer.Ordinal)
    {
        ["Export(model, path)"] = ("model", [], () => OnnxFile.Export<float>(null!, "x.onnx")),
        ["Export(model, path): null"] = ("path", [], () => OnnxFile.Export(Gru, (string)null!)),
        ["Export(model, path): empty"] = ("path", ["empty"], () => OnnxFile.Export(Gru, "")),
        ["Export(model, stream)"] = ("model", [], () => OnnxFile.Export<float>(null!, new MemoryStream())),
        ["Export(model, stream): null"] = ("stream", [], () => OnnxFile.Export(Gru, (Stream)null!)),
        ["Export(model, stream): not writable"] = ("stream", ["can be written"], () => OnnxFile.Export(Gru, new MemoryStream([1], writable: false))),
        ["Options.Metadata"] = ("value", [], () => _ = new OnnxExportOptions { Metadata = null! }),
        ["Options.Exporters"] = ("value", [], () => _ = new OnnxExportOptions { Exporters = null! }),
        ["Options.Formats"] = ("value", [], () => _ = new OnnxExportOptions { Formats = null! }),
        ["Options: reserved key"] = ("options", ["rnnsharp", "rnnsharp.x"], () => Export(new() { Metadata = Text("rnnsharp.x", "") })),
        ["Options: null text"] = ("options", ["\"a\"", "null"], () => Export(new() { Metadata = Text("a", null!) })),
        ["Options: broken text"] = ("options", ["\"a\"", "surrogate"], () => Export(new() { Metadata = Text("a", "\ud800") })),
        ["Options: tokens for a layer of features"] = ("options", ["features", "PoolingLayer at 0"], () => Export(new() { Tokens = true }, new LayerStack<float>(new PoolingLayer<float>(2, Pooling.Last)))),
        ["Options: features for a layer of tokens"] = ("options", ["tokens", "EmbeddingLayer"], () => Export(new() { Tokens = false }, new EmbeddingLayer<float>(2, 2, seed: 1))),
        ["Exporters.Add"] = ("exporters", [], () => OnnxLayerExporters.BuiltIn.Add(null!)),
        ["Exporters.Add: one null"] = ("exporters", [], () => OnnxLayerExporters.BuiltIn.Add((OnnxLayerExporter)null!)),
        ["Attribute.Of: empty name"] = ("name", ["empty"], () => OnnxAttribute.Of("", 1)),
        ["Attribute.Of: null text"] = ("value", [], () => OnnxAttribute.Of("x", (string)null!)),
        ["Attribute.Of: null texts"] = ("values", [], () => OnnxAttribute.Of("x", (IReadOnlyList<string>)null!)),
        ["Attribute.Of: null whole numbers"] = ("values", [], () => OnnxAttribute.Of("x", (IReadOnlyList<long>)null!)),
        ["Attribute.Of: null numbers"] = ("values", [], () => OnnxAttribute.Of("x", (IReadOnlyList<float>)null!)),
        ["Sequence.new"] = ("Values", [], () => _ = new OnnxSequence(null!, null, IsTokens: false, HasPadding: false)),
        ["Sequence.With"] = ("values", [], () => Sequence.With(null!)),
        ["Context.Add"] = ("type", ["empty"], () => Context().Add("", [])),
        ["Context.AddMany"] = ("outputs", ["at least 1", "got 0"], () => Context().AddMany("Split", ["x"], 0)),
        ["Context.SetFinalState: leaf"] = ("leaf", ["1", "got 1"], () => Context().SetFinalState(1, "x")),
        ["Context.SetFinalState: value"] = ("value", ["empty"], () => Context().SetFinalState(0, "")),
        ["Context.Matrix: null"] = ("parameter", [], () => Context().Matrix(null!)),
        ["Context.Matrix: another model's"] = ("parameter", ["of the model", "weight_ih"], () => Context().Matrix(new GruLayer<float>(2, 3, 1).InputWeights)),
        ["Context.Vector: null"] = ("parameter", [], () => Context().Vector(null!)),
        ["Context.Vector: a matrix"] = ("parameter", ["one column", "weight_ih 9 x 2"], () => Context().Vector(Gru.InputWeights)),
        ["Context.Transposed"] = ("parameter", [], () => Context().Transposed(null!)),
        ["Context.Values: name"] = ("name", ["empty"], () => Context().Values("", [1], [1])),
        ["Context.Values: shape"] = ("values", ["6 values", "got 1"], () => Context().Values("x", [2, 3], [1])),
        ["Context.ExportPart"] = ("part", ["0", "got 0"], () => Context().ExportPart(0, Sequence)),
        ["Context.ExportPart: state"] = ("part", ["got -1"], () => Context().ExportPart(-1, Sequence, [], out _)),
        ["Context.ExportPart: input"] = ("input", [], () => Context(new LayerStack<float>(Gru)).ExportPart(0, null!)),
        ["Context.ExportPart: leaves"] = ("state", ["1 leaves", "GruLayer at 0", "got 0"], () => Context(new LayerStack<float>(Gru)).ExportPart(0, Sequence, [], out _)),
        ["Context.Mask"] = ("sequence", [], () => Context().Mask(null!)),
        ["Context.ClearPadding"] = ("sequence", [], () => Context().ClearPadding(null!)),
        ["Context.AsFeatures"] = ("sequence", [], () => Context().AsFeatures(null!, 2)),
        ["Context.AsFeatures: vocabulary"] = ("vocabulary", ["at least 1", "got 0"], () => Context().AsFeatures(Sequence, 0)),
    };

    public static TheoryData<string> Rows => [.. Table.Keys];

    private static OnnxSequence Sequence => new("x", null, IsTokens: false, HasPadding: false);

    [Theory]
    [MemberData(nameof(Rows))]
    public void Bad_arguments_are_refused_by_name(string row)
    {
        (string argument, string[] words, Action call) = Table[row];
        ArgumentException error = call.Should().Throw<ArgumentException>().Which;
        error.ParamName.Should().Be(argument, error.Message);
        if (words.Length == 0) error.Should().BeOfType<ArgumentNullException>();
        foreach (string word in words) error.Message.Should().Contain(word);
    }

    private static void Export(OnnxExportOptions options, ILayer<float>? model = null) => OnnxFile.Export(model ?? Gru, new MemoryStream(), options);

    private static Dictionary<string, string> Text(string key, string value) => new(StringComparer.Ordinal) { [key] = value };

    private static OnnxLayerContext<float> Context(ILayer<float>? model = null)
    {
        ILayer<float> layer = model ?? Gru;
        GraphBuilder graph = GraphBuilder.CreateMain("test");
        return new OnnxLayerContext<float>(new ModelContext<float>(layer, new(), graph), graph, layer, "", ["h"]);
    }
}
