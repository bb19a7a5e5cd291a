using FluentAssertions;
using Google.Protobuf;
using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;
using Xunit;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Known attacks and everything else that must be refused.</summary>
public sealed class HostileOnnxTests
{
    [Fact]
    public void The_graph_that_the_others_are_made_from_is_imported() => OnnxFile.Import<float>(GraphText.Lstm()).Model.Should().BeOfType<Recurrent.LstmLayer<float>>();

    // CVE-2022-25882 and CVE-2024-27318: paths of external data that lead out of the model's folder.
    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("weights.bin")]
    public void External_data_is_refused(string path)
    {
        Refused(model =>
        {
            TensorProto tensor = model.Graph.Initializer[0];
            tensor.ClearRawData();
            tensor.DataLocation = DataLocation.External;
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = path });
        }).WithMessage("*external data*");
        Refused(model => model.Graph.Initializer[0].DataLocation = DataLocation.External).WithMessage("*external data*");
        Refused(model => model.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = path })).WithMessage("*external data*");
    }

    // CVE-2026-0897: a shape of far more values than the file has.
    [Theory]
    [InlineData(1L << 40)]
    [InlineData(1L << 62)]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(0L)]
    public void Shapes_that_the_data_does_not_fill_are_refused(long size)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Refused(model => model.Graph.Initializer[0].Dims[1] = size);
        Refused(model => model.Graph.Initializer[0].Dims.Add(size));
        Refused(model => model.Graph.Initializer[0].Dims.Add([size, size, size]));
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(4 << 20);
    }

    [Fact]
    public void Constants_larger_than_the_file_are_refused()
    {
        foreach (string type in (string[])["ConstantOfShape", "Expand"])
        {
            string[] inputs = type is "Expand" ? ["one", "shape"] : ["shape"];
            Refused(model =>
            {
                model.Graph.Initializer.Add(GraphText.Tensor("one", 1));
                model.Graph.Initializer.Add(new TensorProto { Name = "shape", DataType = (int)DataType.Int64, Dims = { 3 }, Int64Data = { 1, 8, 1L << 28 } });
                model.Graph.Node.Insert(0, GraphText.Node(type, inputs, "bomb"));
                model.Graph.Node[1].Input[1] = "bomb";
            });
        }
    }

    [Fact]
    public void One_tensor_does_not_become_many_layers() => Refused(model =>
    {
        model.Graph.Initializer.Add(GraphText.Tensor("big", 2, 2000));
        model.Graph.Initializer.Add(GraphText.Tensor("back", 2000, 2));
        for (int i = 0; i < 60; i++)
        {
            model.Graph.Node.Add(GraphText.Node("MatMul", [i == 0 ? "y" : $"s{i}", "big"], $"b{i}"));
            model.Graph.Node.Add(GraphText.Node("MatMul", [$"b{i}", "back"], $"s{i + 1}"));
        }

        model.Graph.Node[0].Output[0] = "y4";
        model.Graph.Node.Insert(1, GraphText.Node("Squeeze", ["y4"], "y", new AttributeProto { Name = "axes", Ints = { 1 } }));
        model.Graph.Output[0].Name = "s60";
    }).WithMessage("*more parameters than the file has numbers*");

    [Fact]
    public void Files_of_many_tiny_parts_are_refused() => Refused(model =>
    {
        for (int i = 0; i < 20_000; i++) model.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { i == 0 ? "y" : $"{i}" }, Output = { $"{i + 1}" } });
    }).WithMessage("*too many nodes*");

    [Fact]
    public void Values_that_double_with_every_node_are_refused()
    {
        Refused(model =>
        {
            model.Graph.Node[0].Output.Add("s0");
            for (int i = 0; i < 40; i++) model.Graph.Node.Add(GraphText.Node("Concat", [$"s{i}", $"s{i}"], $"s{i + 1}", new AttributeProto { Name = "axis", I = 0 }));
        }).WithMessage("Concat node*");
        Refused(model =>
        {
            model.Graph.Node.Add(GraphText.Node("Shape", ["y"], "s0"));
            for (int i = 0; i < 40; i++) model.Graph.Node.Add(GraphText.Node("Concat", [$"s{i}", $"s{i}"], $"s{i + 1}", new AttributeProto { Name = "axis", I = 0 }));
        }).WithMessage("Concat node*sizes*");
        Refused(model =>
        {
            for (int i = 0; i < 40; i++) model.Graph.Node.Add(GraphText.Node("Concat", [i == 0 ? "w" : $"s{i}", i == 0 ? "w" : $"s{i}"], $"s{i + 1}", new AttributeProto { Name = "axis", I = 0 }));
        });
        Refused(model =>
        {
            for (int i = 0; i < 4; i++) model.Graph.Node.Add(GraphText.Node("Unsqueeze", [i == 0 ? "y" : $"s{i}"], $"s{i + 1}", new AttributeProto { Name = "axes", Ints = { 0, 1, 2, 3, 4, 5 } }));
        }).WithMessage("Unsqueeze node*16 axes*");
    }

    [Fact]
    public void A_layer_in_two_ways_through_the_graph_is_refused() => Refused(model =>
    {
        NodeProto node = model.Graph.Node[0];
        node.Attribute.Add(new AttributeProto { Name = "direction", S = ByteString.CopyFromUtf8("bidirectional") });
        model.Graph.Initializer.Clear();
        model.Graph.Initializer.Add([GraphText.Tensor("w", 2, 8, 3), GraphText.Tensor("r", 2, 8, 2), GraphText.Tensor("d", 2, 4)]);
        AttributeProto Axis(long axis) => new() { Name = "axis", I = axis };
        model.Graph.Initializer.Add(new TensorProto { Name = "first", DataType = (int)DataType.Int64, Int64Data = { 0 } });
        model.Graph.Initializer.Add(new TensorProto { Name = "shape", DataType = (int)DataType.Int64, Dims = { 3 }, Int64Data = { 0, 0, -1 } });
        model.Graph.Node.Add(GraphText.Node("Gather", ["y", "first"], "forward", Axis(1)));
        model.Graph.Node.Add(GraphText.Node("MatMul", ["forward", "d"], "wide"));
        model.Graph.Node.Add(GraphText.Node("Transpose", ["y"], "t", new AttributeProto { Name = "perm", Ints = { 0, 2, 1, 3 } }));
        model.Graph.Node.Add(GraphText.Node("Reshape", ["t", "shape"], "both"));
        model.Graph.Node.Add(GraphText.Node("Add", ["wide", "both"], "z"));
        model.Graph.Output[0].Name = "z";
    }).WithMessage("LSTM node*two ways*");

    [Fact]
    public void A_far_position_in_a_state_is_refused() => Refused(model =>
    {
        model.Graph.Input.Add(GraphText.Port("h", DataType.Float, -1, -1, 2));
        model.Graph.Initializer.Add(new TensorProto { Name = "start", DataType = (int)DataType.Int64, Dims = { 1 }, Int64Data = { 50_000 } });
        model.Graph.Initializer.Add(new TensorProto { Name = "end", DataType = (int)DataType.Int64, Dims = { 1 }, Int64Data = { 50_001 } });
        model.Graph.Node.Insert(0, GraphText.Node("Slice", ["h", "start", "end"], "part"));
        model.Graph.Node[1].Input.Add(["", "", "part"]);
    }).WithMessage("*\"h\"*states*");

    [Fact]
    public void Nesting_is_bounded()
    {
        byte[] message = [];
        for (int i = 0; i < 10_000; i++)
        {
            var stream = new MemoryStream();
            using (var writer = new CodedOutputStream(stream, leaveOpen: true))
            {
                writer.WriteTag(i % 2 == 0 ? GraphProto.NodeFieldNumber : NodeProto.AttributeFieldNumber, WireFormat.WireType.LengthDelimited);
                writer.WriteBytes(ByteString.CopyFrom(message));
            }

            message = stream.ToArray();
            if (message.Length > 100_000) break;
        }

        var model = new ModelProto { OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        using var file = new MemoryStream();
        using (var writer = new CodedOutputStream(file, leaveOpen: true))
        {
            writer.WriteTag(ModelProto.GraphFieldNumber, WireFormat.WireType.LengthDelimited);
            writer.WriteBytes(ByteString.CopyFrom(message));
            model.WriteTo(writer);
        }

        file.Position = 0;
        Action import = () => OnnxFile.Import<float>(file);
        import.Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Names_that_occur_twice_or_nowhere_are_refused()
    {
        Refused(model => model.Graph.Initializer.Add(GraphText.Tensor("w", 1, 8, 3))).WithMessage("*two tensors called \"w\"*");
        Refused(model => model.Graph.Input.Add(GraphText.Port("x", DataType.Float, -1, -1, 3))).WithMessage("*two inputs called \"x\"*");
        Refused(model => model.Graph.Node.Add(GraphText.Node("Identity", ["y"], "y"))).WithMessage("*\"y\" is given twice*");
        Refused(model => model.Graph.Node[0].Input[0] = "unknown").WithMessage("LSTM node \"node\"*\"unknown\"*");
        Refused(model => model.Graph.Output[0].Name = "unknown").WithMessage("*\"unknown\"*");
        Refused(model => model.Graph.Output.Clear()).WithMessage("*outputs*");
    }

    [Fact]
    public void Cycles_and_nodes_out_of_order_are_refused() => Refused(model =>
    {
        model.Graph.Node.Insert(0, GraphText.Node("Identity", ["z"], "a"));
        model.Graph.Node.Add(GraphText.Node("Identity", ["a"], "z"));
    }).WithMessage("Identity node*\"z\"*");

    [Theory]
    [InlineData("Erf")]
    [InlineData("Gelu")]
    [InlineData("Conv")]
    [InlineData("If")]
    [InlineData("Loop")]
    [InlineData("Scan")]
    public void Other_operators_are_refused_by_name(string type) =>
        Refused(model => model.Graph.Node.Add(GraphText.Node(type, ["y"], "z"))).WithMessage($"Node \"the {type}\": the operator \"{type}\" is not imported.");

    [Fact]
    public void Parts_of_the_format_that_are_not_read_are_refused()
    {
        Refused(model => model.Functions.Add(new FunctionProto { Name = "f" })).WithMessage("*functions*");
        Refused(model => model.Graph.SparseInitializer.Add(new SparseTensorProto())).WithMessage("*sparse*");
        Refused(model => model.Graph.Node[0].Domain = "com.microsoft").WithMessage("*\"LSTM\" of the domain \"com.microsoft\"*");
        Refused(model => model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "body", G = new GraphProto() })).WithMessage("LSTM node \"node\": graphs inside*");
        Refused(model => model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "other", I = 1 })).WithMessage("LSTM node \"node\": the attribute \"other\"*");
        Refused(model => model.Graph.Initializer[0].StringData.Add(ByteString.CopyFromUtf8("x"))).WithMessage("*text*");
        Refused(model => model.Graph.Initializer[0].DataType = (int)DataType.String).WithMessage("*type String*");
        Refused(model => model.Graph.Initializer[0].Segment = new TensorProto.Types.Segment()).WithMessage("*field 3*");
        Refused(model => model.Graph.Input[0].Type = new TypeProto { SequenceType = new TypeProto.Types.Other() }).WithMessage("*not a tensor*");
        Refused(model => model.OpsetImport[0].Version = 6).WithMessage("*version 7 to 24, got 6*");
        Refused(model => model.OpsetImport[0].Version = 25).WithMessage("*got 25*");
        Refused(model => model.OpsetImport.Clear()).WithMessage("*got none*");
        Refused(model => model.Graph = null).WithMessage("*without a graph*");
    }

    [Fact]
    public void Bytes_after_the_model_are_refused()
    {
        byte[] file = GraphText.Lstm().ToArray();
        foreach (byte[] rest in (byte[][])[[0], [1, 2, 3], [0xff], [0x0a], [.. file]])
        {
            Action import = () => OnnxFile.Import<float>(new MemoryStream([.. file, .. rest]));
            import.Should().Throw<InvalidDataException>();
        }
    }

    [Fact]
    public void Values_that_are_no_parameters_are_refused()
    {
        Refused(model => model.Graph.Initializer[0].RawData = Floats(24, float.NaN)).WithMessage("*AllowNonFinite*");
        Refused(model => model.Graph.Initializer[0].RawData = Floats(24, float.PositiveInfinity)).WithMessage("*AllowNonFinite*");
        Action import = () => OnnxFile.Import<float>(GraphText.Lstm(model => model.Graph.Initializer[0].RawData = Floats(24, float.NaN)), new OnnxImportOptions { AllowNonFinite = true });
        import.Should().NotThrow();
        Refused(model =>
        {
            TensorProto tensor = model.Graph.Initializer[0];
            tensor.DataType = (int)DataType.Double;
            tensor.ClearRawData();
            tensor.DoubleData.Add(Enumerable.Repeat(1e300, 24));
        }).WithMessage("*out of Single's range*");
    }

    [Fact]
    public void Limits_apply()
    {
        Action bytes = () => OnnxFile.Import<float>(GraphText.Lstm(), new OnnxImportOptions { Limits = new ModelLimits { ParameterBytes = 100 } });
        bytes.Should().Throw<InvalidDataException>().WithMessage("*ModelLimits.ParameterBytes*");
        Action layers = () => OnnxFile.Import<float>(GraphText.Lstm(), new OnnxImportOptions { Limits = new ModelLimits { Layers = 1 } });
        layers.Should().Throw<InvalidDataException>().WithMessage("*ModelLimits.Layers*");
        Action entries = () => OnnxFile.Import<float>(GraphText.Lstm(model => model.MetadataProps.Add([new StringStringEntryProto { Key = "a" }, new StringStringEntryProto { Key = "b" }])), new OnnxImportOptions { Limits = new ModelLimits { MetadataEntries = 0 } });
        entries.Should().Throw<InvalidDataException>().WithMessage("*ModelLimits.MetadataEntries*");
    }

    private static FluentAssertions.Specialized.ExceptionAssertions<InvalidDataException> Refused(Action<ModelProto> change)
    {
        Action import = () => OnnxFile.Import<float>(GraphText.Lstm(change));
        return import.Should().Throw<InvalidDataException>();
    }

    private static ByteString Floats(int count, float value) => ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Enumerable.Repeat(value, count).ToArray().AsSpan()));
}
