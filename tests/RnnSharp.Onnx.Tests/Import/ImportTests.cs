using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Onnx.Schema;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>What the import tells about a graph, and its options.</summary>
public sealed class ImportTests
{
    [Fact]
    public void A_probe_accepts_the_model_and_refuses_another()
    {
        var input = new Sequence<float>(3, 2, 4);
        for (int i = 0; i < input.Values.Length; i++) input.Values[i] = MathF.Cos(i);
        Sequence<float> output = OnnxFile.Import<float>(GraphText.Lstm()).Model.Predict(input);
        OnnxFile.Import(GraphText.Lstm(), probe: new ModelProbe<float>(input, output, 0));
        output.Values[5] += 0.01f;
        Action import = () => OnnxFile.Import(GraphText.Lstm(), probe: new ModelProbe<float>(input, output, 1e-3));
        import.Should().Throw<InvalidDataException>().WithMessage("*probe*");
    }

    [Fact]
    public void A_file_is_read_from_a_path_and_from_a_pipe()
    {
        using var folder = new RnnSharp.Tests.Serialization.TemporaryFolder();
        string path = folder["model.onnx"];
        File.WriteAllBytes(path, GraphText.Lstm().ToArray());
        OnnxFile.Import<double>(path).Model.Should().BeOfType<LstmLayer<double>>();
        OnnxFile.Import<double>(new RnnSharp.Tests.Serialization.OneWayStream(GraphText.Lstm())).Model.Should().BeOfType<LstmLayer<double>>();
        var stream = new MemoryStream([9, 9, .. GraphText.Lstm().ToArray()]) { Position = 2 };
        OnnxFile.Import<double>(stream).Model.Should().BeOfType<LstmLayer<double>>("a stream is read from its position");
    }

    [Fact]
    public void A_refused_file_is_named_and_closed()
    {
        using var folder = new RnnSharp.Tests.Serialization.TemporaryFolder();
        string path = folder["broken.onnx"];
        File.WriteAllBytes(path, GraphText.Lstm().ToArray()[..^1]);
        Action import = () => OnnxFile.Import<float>(path);
        import.Should().Throw<InvalidDataException>().WithMessage("*broken.onnx*: *");
        File.WriteAllBytes(path, GraphText.Lstm().ToArray());
        import.Should().NotThrow();
        File.Delete(path);
    }

    [Fact]
    public void A_pipe_may_be_as_long_as_the_parameters()
    {
        long length = GraphText.Lstm().Length;
        OnnxModel<float> Import(long limit) => OnnxFile.Import<float>(new RnnSharp.Tests.Serialization.OneWayStream(GraphText.Lstm()), new OnnxImportOptions { Limits = new ModelLimits { ParameterBytes = limit } });
        Import(length).Model.Should().BeOfType<LstmLayer<float>>();
        Action import = () => Import(length - 1);
        import.Should().Throw<InvalidDataException>().WithMessage("*ModelLimits.ParameterBytes*stream*");
    }

    [Fact]
    public void The_type_of_the_files_numbers_is_told()
    {
        OnnxFile.Import<double>(GraphText.Lstm()).ElementType.Should().Be(TensorType.Float32);
        OnnxFile.Import<float>(GraphText.Lstm(proto => proto.Graph.Output[0] = GraphText.Port("y", DataType.Double, -1, 1, -1, 2))).ElementType.Should().Be(TensorType.Float64);
        OnnxFile.Import<float>(GraphText.Lstm(proto => proto.Graph.Initializer[1] = new TensorProto { Name = "r", DataType = (int)DataType.Double, Dims = { 1, 8, 2 }, DoubleData = { Enumerable.Repeat(0.1, 16) } })).ElementType.Should().Be(TensorType.Float64);
    }

    [Fact]
    public void A_constant_state_other_than_zero_is_not_dropped()
    {
        OnnxModel<float> model = OnnxFile.Import<float>(GraphText.Lstm(proto =>
        {
            proto.Graph.Initializer.Add(GraphText.Tensor("h", 1, 2, 2));
            proto.Graph.Node[0].Input.Add(["", "", "h"]);
        }));
        model.HasInitialState.Should().BeTrue();
        model.CreateState(2)["h"].Values.ToArray().Should().Equal(MathF.Sin('h'), MathF.Sin('h' + 1), MathF.Sin('h' + 2), MathF.Sin('h' + 3));
        Action other = () => model.CreateState(3);
        other.Should().Throw<ArgumentException>().WithParameterName("batch");
        OnnxFile.Import<float>(GraphText.Lstm()).HasInitialState.Should().BeFalse();
    }

    [Fact]
    public void Constant_lengths_are_told()
    {
        OnnxModel<float> model = OnnxFile.Import<float>(GraphText.Lstm(proto =>
        {
            proto.Graph.Initializer.Add(new TensorProto { Name = "lengths", DataType = (int)DataType.Int32, Dims = { 2 }, Int32Data = { 3, 1 } });
            proto.Graph.Node[0].Input.Add(["", "lengths"]);
        }));
        model.Lengths.ToArray().Should().Equal(3, 1);
    }

    [Fact]
    public void Pooling_over_padding_is_refused()
    {
        Action import = () => OnnxFile.Import<float>(GraphText.Lstm(proto =>
        {
            proto.Graph.Input.Add(GraphText.Port("lengths", DataType.Int32, -1));
            proto.Graph.Node[0].Input.Add(["", "lengths"]);
            proto.Graph.Node.Add(GraphText.Node("ReduceMean", ["y"], "z", new AttributeProto { Name = "axes", Ints = { 0 } }));
            proto.Graph.Output[0].Name = "z";
        }));
        import.Should().Throw<InvalidDataException>().WithMessage("ReduceMean node \"the ReduceMean\"*padding*");
    }

    [Fact]
    public void A_final_softmax_is_dropped_only_on_request()
    {
        static void Add(ModelProto proto)
        {
            proto.Graph.Node.Add(GraphText.Node("Softmax", ["y"], "z"));
            proto.Graph.Output[0].Name = "z";
        }

        Action import = () => OnnxFile.Import<float>(GraphText.Lstm(Add));
        import.Should().Throw<InvalidDataException>().WithMessage("Softmax node \"the Softmax\"*DropFinalSoftmax*");
        OnnxFile.Import<float>(GraphText.Lstm(Add), new OnnxImportOptions { DropFinalSoftmax = true }).Model.Should().BeOfType<LstmLayer<float>>();
        Action inside = () => OnnxFile.Import<float>(
            GraphText.Lstm(proto =>
            {
                Add(proto);
                proto.Graph.Node.Add(GraphText.Node("MatMul", ["z", "w"], "a"));
            }),
            new OnnxImportOptions { DropFinalSoftmax = true });
        inside.Should().Throw<InvalidDataException>().WithMessage("MatMul node*");
    }

    [Theory]
    [InlineData("none", RecurrentBias.None)]
    [InlineData("input", RecurrentBias.Merged)]
    [InlineData("recurrent", RecurrentBias.Merged)]
    [InlineData("both", RecurrentBias.Separate)]
    public void Biases_are_those_of_the_node(string sides, RecurrentBias expected)
    {
        OnnxModel<float> model = OnnxFile.Import<float>(GraphText.Lstm(proto =>
        {
            if (sides is "none") return;
            float[] values = [.. Enumerable.Range(1, 16).Select(i => (i <= 8 ? sides is not "recurrent" : sides is not "input") ? i / 8f : 0)];
            proto.Graph.Initializer.Add(new TensorProto { Name = "b", DataType = (int)DataType.Float, Dims = { 1, 16 }, FloatData = { values } });
            proto.Graph.Node[0].Input.Add("b");
        }));
        var layer = (LstmLayer<float>)model.Model;
        layer.Options.Bias.Should().Be(expected);

        // ONNX's i, o, f, c of two units each are the layer's i, f, g, o.
        if (sides is "both") layer.HiddenBias!.Values.ToArray().Should().Equal(9 / 8f, 10 / 8f, 13 / 8f, 14 / 8f, 15 / 8f, 16 / 8f, 11 / 8f, 12 / 8f);
        if (sides is "recurrent") layer.Bias.Values.ToArray().Should().Equal(9 / 8f, 10 / 8f, 13 / 8f, 14 / 8f, 15 / 8f, 16 / 8f, 11 / 8f, 12 / 8f);
    }

    [Fact]
    public void Weights_are_read_from_half_floats()
    {
        Half[] values = [.. Enumerable.Range(0, 24).Select(i => (Half)(i * 0.125f))];
        OnnxModel<float> model = OnnxFile.Import<float>(GraphText.Lstm(proto =>
        {
            proto.Graph.Initializer[0].DataType = (int)DataType.Float16;
            proto.Graph.Initializer[0].RawData = Google.Protobuf.ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        }));
        ((LstmLayer<float>)model.Model).InputWeights.ToMatrix()[1, 2].Should().Be(5 * 0.125f);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_layer_with_more_biases_than_all_other_numbers_is_imported(bool hasBias)
    {
        OnnxModel<float> model = OnnxFile.Import<float>(GraphText.Lstm(proto =>
        {
            proto.Graph.Initializer.Add([GraphText.Tensor("dense", 2, 3000), GraphText.Tensor("bias", 3000)]);
            proto.Graph.Node.Add(GraphText.Node("MatMul", ["y", "dense"], "d"));
            if (hasBias) proto.Graph.Node.Add(GraphText.Node("Add", ["d", "bias"], "z"));
            proto.Graph.Output[0].Name = hasBias ? "z" : "d";
        }));
        var dense = (DenseLayer<float>)((LayerStack<float>)model.Model).Layers[1];
        dense.Bias.Values[1].Should().Be(hasBias ? MathF.Sin('b' + 1) : 0);
        dense.Weights.ToMatrix()[2999, 1].Should().Be(MathF.Sin('d' + 5999));
    }

    [Fact]
    public void A_layer_for_each_kind_of_node_is_made()
    {
        OnnxModel<float> model = OnnxFile.Import<float>(GraphText.Of("GRU", 3, proto =>
        {
            proto.Graph.Initializer.Add([GraphText.Tensor("gain", 2), GraphText.Tensor("dense", 2, 2)]);
            proto.Graph.Node[0].Output[0] = "four";
            proto.Graph.Node.Add(GraphText.Node("Squeeze", ["four"], "y", new AttributeProto { Name = "axes", Ints = { 1 } }));
            proto.Graph.Node.Add(GraphText.Node("LayerNormalization", ["y", "gain"], "n"));
            proto.Graph.Node.Add(GraphText.Node("MatMul", ["n", "dense"], "d"));
            proto.Graph.Node.Add(GraphText.Node("Add", ["d", "y"], "s"));
            proto.Graph.Node.Add(GraphText.Node("ReduceMax", ["s"], "z", new AttributeProto { Name = "axes", Ints = { 0 } }, new AttributeProto { Name = "keepdims", I = 0 }));
            proto.Graph.Output[0] = GraphText.Port("z", DataType.Float, -1, 2);
        }));
        var stack = (LayerStack<float>)model.Model;
        stack.Layers.Select(layer => layer.GetType()).Should().Equal(typeof(GruLayer<float>), typeof(ResidualLayer<float>), typeof(PoolingLayer<float>));
        ((GruLayer<float>)stack.Layers[0]).Options.ResetBefore.Should().BeTrue("linear_before_reset is 0 by default");
        ((LayerStack<float>)((ResidualLayer<float>)stack.Layers[1]).Inner).Layers.Select(layer => layer.GetType()).Should().Equal(typeof(LayerNormalizationLayer<float>), typeof(DenseLayer<float>));
        model.Outputs.Single().Axes.Should().Equal(OnnxAxis.Batch, OnnxAxis.Features);
        model.ToString().Should().Contain("inputs x, outputs z");
    }

    [Fact]
    public void Arguments_are_checked()
    {
        Check("path", () => OnnxFile.Import<float>((string)null!));
        Check("path", () => OnnxFile.Import<float>(""));
        Check("stream", () => OnnxFile.Import<float>((Stream)null!));
        Check("stream", () => OnnxFile.Import<float>(new RnnSharp.Tests.Serialization.OneWayStream(new MemoryStream(), readable: false)));
        Check("T", () => OnnxFile.Import<Half>(new MemoryStream()));
        Check("value", () => _ = new OnnxImportOptions { Constants = null! });
        Check("value", () => _ = new OnnxImportOptions { Constants = new Dictionary<string, double[]> { ["x"] = null! } });
        Check("value", () => _ = new OnnxImportOptions { Formats = null! });
        Check("value", () => _ = new OnnxImportOptions { Exporters = null! });
        Check("value", () => _ = new OnnxImportOptions { Limits = null! });
        Check("batch", () => OnnxFile.Import<float>(GraphText.Lstm()).CreateState(0));
        Action missing = () => OnnxFile.Import<float>(Path.Combine(Path.GetTempPath(), "no such file.onnx"));
        missing.Should().Throw<FileNotFoundException>();

        static void Check(string name, Action call) => call.Should().Throw<ArgumentException>().Which.ParamName.Should().Be(name);
    }

    [Fact]
    public void Constants_must_fit()
    {
        Action unknown = () => OnnxFile.Import<float>(GraphText.Lstm(), new OnnxImportOptions { Constants = new Dictionary<string, double[]> { ["other"] = [1] } });
        unknown.Should().Throw<InvalidDataException>().WithMessage("*\"other\"*");
        Action open = () => OnnxFile.Import<float>(GraphText.Lstm(), new OnnxImportOptions { Constants = new Dictionary<string, double[]> { ["x"] = [1] } });
        open.Should().Throw<InvalidDataException>().WithMessage("*\"x\"*");
        Action fraction = () => OnnxFile.Import<float>(
            GraphText.Lstm(proto =>
            {
                proto.Graph.Input.Add(GraphText.Port("lengths", DataType.Int32, 2));
                proto.Graph.Node[0].Input.Add(["", "lengths"]);
            }),
            new OnnxImportOptions { Constants = new Dictionary<string, double[]> { ["lengths"] = [1, 1.5] } });
        fraction.Should().Throw<InvalidDataException>().WithMessage("*whole numbers*\"lengths\"*");
    }
}
