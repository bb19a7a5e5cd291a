using FluentAssertions;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using RnnSharp.Onnx.Schema;
using Xunit;

namespace RnnSharp.Onnx.Tests;

public sealed class SchemaTests
{
    [Fact]
    public void A_model_written_with_the_schema_runs_in_ONNX_Runtime()
    {
        var graph = new GraphProto { Name = "sum" };
        graph.Input.Add(Value("x"));
        graph.Output.Add(Value("y"));
        graph.Initializer.Add(new TensorProto { Name = "b", DataType = (int)TensorProto.Types.DataType.Float, Dims = { 2 }, FloatData = { 10, 20 } });
        graph.Node.Add(new NodeProto { OpType = "Add", Input = { "x", "b" }, Output = { "y" } });
        var model = new ModelProto { IrVersion = OnnxFile.FormatVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxFile.OperatorSet });

        using var session = new InferenceSession(model.ToByteArray());
        using var x = OrtValue.CreateTensorValueFromMemory<float>([1, 2], [2]);
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(new RunOptions(), ["x"], [x], ["y"]);
        outputs[0].GetTensorDataAsSpan<float>().ToArray().Should().Equal(11, 22);
    }

    private static ValueInfoProto Value(string name)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = 2 });
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } } };
    }
}
