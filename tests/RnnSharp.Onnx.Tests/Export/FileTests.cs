using System.Runtime.InteropServices;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Onnx.Schema;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Exported files: names, values, metadata, and how they are written.</summary>
public sealed class FileTests
{
    [Fact]
    public void Parameters_have_their_names_and_values()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(33, 40, 1, new() { ProjectionSize = 35 }), new DenseLayer<float>(35, 65, 2));
        GraphProto graph = Graphs.Of(model);
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            Parameter<float> parameter = model.Parameters[i];
            TensorProto tensor = graph.Tensor(model.ParameterNames[i]);
            tensor.Dims.Should().Equal(parameter.Columns == 1 ? [parameter.Rows] : [parameter.Rows, parameter.Columns]);
            float[] rows = MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
            rows.Should().Equal(parameter.ToMatrix().ToRowMajorArray());
        }
    }

    [Fact]
    public void The_gates_of_an_operator_are_in_its_order()
    {
        var layer = new LstmLayer<float>(1, 1, 1, new() { Bias = RecurrentBias.Separate, Peepholes = true });
        for (int p = 0; p < layer.Parameters.Count; p++) layer.Parameters[p].Update(10 * p, static (values, first) =>
        {
            for (int i = 0; i < values.Length; i++) values[i] = first + i;
        });
        GraphProto graph = Graphs.Of(new LayerStack<float>(layer));
        Values("0.W").Should().Equal([0, 3, 1, 2], "i, f, g, o become i, o, f, c");
        Values("0.R").Should().Equal(10, 13, 11, 12);
        Values("0.B").Should().Equal(20, 23, 21, 22, 30, 33, 31, 32);
        Values("0.P").Should().Equal([40, 42, 41], "i, f, o become i, o, f");
        graph.Tensor("0.W").Dims.Should().Equal(1, 4, 1);

        float[] Values(string name) => MemoryMarshal.Cast<byte, float>(graph.Tensor(name).RawData.Span).ToArray();
    }

    [Fact]
    public void Shared_weights_are_stored_once()
    {
        var embedding = new EmbeddingLayer<float>(6, 3, seed: 1);
        GraphProto graph = Graphs.Of(new LayerStack<float>(embedding, new GruLayer<float>(3, 3, 2), new DenseLayer<float>(embedding.Weights, 3)));
        graph.Initializer.Count(tensor => tensor.Dims.SequenceEqual([6L, 3])).Should().Be(1);
        graph.Initializer.Should().Contain(tensor => tensor.Name == "0.weight").And.NotContain(tensor => tensor.Name == "2.weight");
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes_whatever_the_order_of_the_metadata()
    {
        var model = new LayerStack<double>(new GruLayer<double>(2, 3, 1), new DenseLayer<double>(3, 1, 2));
        byte[] first = OnnxRun<double>.Export(model, new() { Metadata = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } });
        byte[] second = OnnxRun<double>.Export(ModelConverter.Convert<double, double>(model), new() { Metadata = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } });
        second.Should().Equal(first);
    }

    [Fact]
    public void The_metadata_holds_the_description_and_the_apps_texts()
    {
        var model = new LayerStack<float>(new LstmLayer<float>(2, 3, 1, new() { CellZoneout = 0.25 }), new DenseLayer<float>(3, 1, 2));
        ModelProto file = OnnxExporter.ToModel<float>(model, new() { Metadata = new Dictionary<string, string> { ["vocabulary"] = "a b ∂" } });
        file.MetadataProps.Select(entry => entry.Key).Should().Equal("rnnsharp.model", "rnnsharp.sha256", "vocabulary");
        file.MetadataProps[2].Value.Should().Be("a b ∂");
        ILayer<float> copy = ModelFile.Create<float>(file.MetadataProps[0].Value);
        copy.ToString().Should().Be(model.ToString());
        ((LstmLayer<float>)copy.Parts[0].Layer).Options.CellZoneout.Should().Be(0.25);
        file.IrVersion.Should().Be(8);
        file.OpsetImport.Single().Version.Should().Be(17);
    }

    [Fact]
    public void A_file_is_replaced_only_by_a_whole_one()
    {
        using var folder = new TemporaryFolder();
        string path = folder["model.onnx"];
        var model = new GruLayer<float>(2, 3, 1);
        OnnxFile.Export(model, path);
        byte[] first = File.ReadAllBytes(path);
        first.Should().Equal(OnnxRun<float>.Export(model));
        Action unsupported = () => OnnxFile.Export(new Unsupported(), path);
        unsupported.Should().Throw<ArgumentException>();
        File.ReadAllBytes(path).Should().Equal(first);
        folder.Names.Should().Equal("model.onnx");
        Action nowhere = () => OnnxFile.Export(model, folder["none/model.onnx"]);
        nowhere.Should().Throw<DirectoryNotFoundException>();
    }

    [Fact]
    public void A_layer_without_an_exporter_is_named_by_its_place()
    {
        Action export = () => Graphs.Of(new LayerStack<float>(new DenseLayer<float>(1, 1, 1), new ResidualLayer<float>(new Unsupported())));
        export.Should().Throw<ArgumentException>().WithMessage("*exporter*got a Unsupported at 1.0*");
    }

    [Fact]
    public void A_parameter_that_changes_during_the_call_is_noticed()
    {
        var options = new OnnxExportOptions { Exporters = OnnxLayerExporters.BuiltIn.Add(new Changing()) };
        Action export = () => Graphs.Of(new Unsupported(), options);
        export.Should().Throw<InvalidOperationException>().WithMessage("*changed while*");
    }

    private sealed class Unsupported() : Layer<float>(1, 1)
    {
        public override IReadOnlyList<Parameter<float>> Parameters { get; } = [new("weight", 1, 1)];

        protected override void Run(ForwardPass<float> pass, Sequence<float> input, State<float>? initialState) => throw new NotSupportedException();

        protected override void RunBackward(ForwardPass<float> pass, Sequence<float>? outputGradient, State<float>? finalStateGradient, bool inputGradient, bool accumulate, Gradients<float> gradients) => throw new NotSupportedException();

        protected override void RunPredict(Sequence<float> input, State<float> state, Sequence<float> output) => throw new NotSupportedException();
    }

    private sealed class Changing : OnnxLayerExporter
    {
        protected internal override OnnxSequence? Export<T>(ILayer<T> layer, OnnxSequence input, OnnxLayerContext<T> context)
        {
            layer.Parameters[0].Update(0, static (values, _) => values[0] += T.One);
            return input;
        }
    }
}
