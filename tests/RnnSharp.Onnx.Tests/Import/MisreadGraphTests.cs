using FluentAssertions;
using Google.Protobuf;
using RnnSharp.Onnx.Schema;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;
using Xunit;
using static RnnSharp.Onnx.Schema.TensorProto.Types;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Graphs that resemble others and must not be taken for them.</summary>
public sealed class MisreadGraphTests
{
    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Half_of_a_sum_is_no_direction(bool isSum, bool isSlice)
    {
        Action import = () => OnnxFile.Import<float>(GraphText.Lstm(model =>
        {
            GraphProto graph = model.Graph;
            graph.Initializer.Clear();
            graph.Initializer.Add([GraphText.Tensor("w", 2, 8, 3), GraphText.Tensor("r", 2, 8, 2), GraphText.Tensor("v", 2, 8, 4), GraphText.Tensor("q", 2, 8, 2)]);
            graph.Initializer.Add([Wholes("joined", 0, 0, -1), Wholes("parted", 0, 0, 2, 2), Wholes("start", 0), Wholes("end", 2), Wholes("last", 2), Scalar("first", 0)]);
            graph.Node.Clear();
            AddBidirectional(graph, "x", "w", "r", "a");
            AddBidirectional(graph, "a", "v", "q", "b");
            graph.Node.Add(isSum ? GraphText.Node("Add", ["b", "a"], "s") : GraphText.Node("Identity", ["b"], "s"));
            if (isSlice)
            {
                graph.Node.Add(GraphText.Node("Slice", ["s", "start", "end", "last"], "z"));
            }
            else
            {
                graph.Node.Add(GraphText.Node("Reshape", ["s", "parted"], "p"));
                graph.Node.Add(GraphText.Node("Gather", ["p", "first"], "z", new AttributeProto { Name = "axis", I = 2 }));
            }

            graph.Output[0].Name = "z";
        }));
        if (isSum) import.Should().Throw<InvalidDataException>().WithMessage((isSlice ? "Slice" : "Gather") + " node*not imported*");
        else import.Should().NotThrow();
    }

    [Theory]
    [InlineData("Identity")]
    [InlineData("MatMul")]
    [InlineData("Add")]
    [InlineData("Mul")]
    [InlineData("LayerNormalization")]
    public void A_value_without_axes_is_refused(string next)
    {
        foreach (bool isReshape in (bool[])[false, true])
        {
            Action import = () => OnnxFile.Import<float>(GraphText.Lstm(model =>
            {
                GraphProto graph = model.Graph;
                graph.Input[0] = GraphText.Port("x", DataType.Float, 1, 1, 3);
                graph.Initializer.Clear();
                graph.Initializer.Add([GraphText.Tensor("w", 1, 4, 3), GraphText.Tensor("r", 1, 4, 1), GraphText.Tensor("d", 1), Wholes("none")]);
                graph.Node[0].Attribute[0].I = 1;
                graph.Node.Add(isReshape ? GraphText.Node("Reshape", ["y", "none"], "scalar") : GraphText.Node("Squeeze", ["y"], "scalar"));
                graph.Node.Add(GraphText.Node(next, next is "Identity" ? ["scalar"] : ["scalar", "d"], "z"));
                graph.Output[0].Name = "z";
            }));
            import.Should().Throw<InvalidDataException>().WithMessage((isReshape ? "Reshape" : "Squeeze") + " node*at least one axis*");
        }
    }

    [Fact]
    public void A_dropout_in_training_is_refused()
    {
        static void Add(ModelProto model, bool isTraining)
        {
            model.Graph.Initializer.Add(new TensorProto { Name = "mode", DataType = (int)DataType.Bool, Int32Data = { isTraining ? 1 : 0 } });
            model.Graph.Node.Add(GraphText.Node("Dropout", ["y", "", "mode"], "z"));
            model.Graph.Output[0].Name = "z";
        }

        OnnxFile.Import<float>(GraphText.Lstm(model => Add(model, isTraining: false))).Model.Should().BeOfType<LstmLayer<float>>();
        Refused(model => Add(model, isTraining: true)).WithMessage("Dropout node*training mode*");
        Refused(model =>
        {
            Add(model, isTraining: false);
            model.Graph.Input.Add(GraphText.Port("given", DataType.Bool));
            model.Graph.Node[1].Input[2] = "given";
        }).WithMessage("Dropout node*training mode*");
    }

    [Fact]
    public void An_identity_has_one_input_and_no_attributes()
    {
        static void Add(ModelProto model, string[] inputs, params AttributeProto[] attributes)
        {
            model.Graph.Node.Add(GraphText.Node("Identity", inputs, "z", attributes));
            model.Graph.Output[0].Name = "z";
        }

        OnnxFile.Import<float>(GraphText.Lstm(model => Add(model, ["y"]))).Model.Should().BeOfType<LstmLayer<float>>();
        Refused(model => Add(model, ["y", "", "w"])).WithMessage("Identity node*one input, got 3*");
        Refused(model => Add(model, ["y"], new AttributeProto { Name = "ratio", F = 0.5f })).WithMessage("Identity node*\"ratio\"*");
        Refused(model => Add(model, ["y"], new AttributeProto { Name = "seed", I = 1 })).WithMessage("Identity node*\"seed\"*");
    }

    [Fact]
    public void Constants_that_no_activation_takes_are_refused()
    {
        static MemoryStream Graph(float[] alphas, float[] betas) => GraphText.Of("RNN", 1, model => model.Graph.Node[0].Attribute.Add(
            [new AttributeProto { Name = "activations", Strings = { ByteString.CopyFromUtf8("LeakyRelu") } }, new AttributeProto { Name = "activation_alpha", Floats = { alphas } }, new AttributeProto { Name = "activation_beta", Floats = { betas } }]));

        ((RnnLayer<float>)OnnxFile.Import<float>(Graph([0.25f], [])).Model).Activation.Should().Be(Activation.LeakyRelu(0.25));
        foreach ((float[] alphas, float[] betas) in ((float[], float[])[])[([0.25f, 0.5f], []), ([0.25f], [1])])
        {
            Action import = () => OnnxFile.Import<float>(Graph(alphas, betas));
            import.Should().Throw<InvalidDataException>().WithMessage("RNN node*activation_alpha*activation_beta*");
        }
    }

    [Fact]
    public void The_limit_of_bytes_counts_numbers_of_the_models_type()
    {
        // 40 numbers.
        var options = new OnnxImportOptions { Limits = new ModelLimits { ParameterBytes = 200 } };
        OnnxFile.Import<float>(GraphText.Lstm(), options).Model.Should().BeOfType<LstmLayer<float>>();
        Action import = () => OnnxFile.Import<double>(GraphText.Lstm(), options);
        import.Should().Throw<InvalidDataException>().WithMessage("LSTM node*ModelLimits.ParameterBytes*");
    }

    [Fact]
    public void A_part_past_the_end_is_refused() => Refused(model =>
    {
        model.Graph.Input.Add(GraphText.Port("h", DataType.Float, 2, -1, 2));
        model.Graph.Initializer.Add([Wholes("start", 3), Wholes("end", 5)]);
        model.Graph.Node.Insert(0, GraphText.Node("Slice", ["h", "start", "end"], "part"));
        model.Graph.Node[1].Input.Add(["", "", "part"]);
    }).WithMessage("Slice node*not empty*");

    [Theory]
    [InlineData("1 1 3", true)]
    [InlineData("1 8 1", true)]
    [InlineData("8 3", true)]
    [InlineData("1 5 3", false)]
    [InlineData("1 8 -1", false)]
    public void An_expansion_keeps_sizes_that_are_larger(string target, bool fits)
    {
        Action import = () => OnnxFile.Import<float>(GraphText.Lstm(model =>
        {
            model.Graph.Initializer.RemoveAt(0);
            model.Graph.Initializer.Add([Wholes("shape", 1, 8, 3), Wholes("target", [.. target.Split(' ').Select(long.Parse)])]);
            model.Graph.Node.Insert(0, GraphText.Node("ConstantOfShape", ["shape"], "fill"));
            model.Graph.Node.Insert(1, GraphText.Node("Expand", ["fill", "target"], "w"));
        }));
        if (fits) import.Should().NotThrow();
        else import.Should().Throw<InvalidDataException>().WithMessage("Expand node*sizes*");
    }

    [Fact]
    public void One_stored_state_is_not_that_of_two_directions()
    {
        static void Add(ModelProto model, bool isExpanded)
        {
            model.Graph.Node[0].Attribute.Add(new AttributeProto { Name = "direction", S = ByteString.CopyFromUtf8("bidirectional") });
            model.Graph.Initializer.Clear();
            model.Graph.Initializer.Add([GraphText.Tensor("w", 2, 8, 3), GraphText.Tensor("r", 2, 8, 2), GraphText.Tensor("stored", 1, 1, 2), Wholes("shape", 2, 1, 1)]);
            model.Graph.Node.Insert(0, isExpanded ? GraphText.Node("Expand", ["stored", "shape"], "h") : GraphText.Node("Identity", ["stored"], "h"));
            model.Graph.Node[1].Input.Add(["", "", "h"]);
        }

        OnnxFile.Import<float>(GraphText.Lstm(model => Add(model, isExpanded: true))).HasInitialState.Should().BeTrue();
        Refused(model => Add(model, isExpanded: false)).WithMessage("LSTM node*initial state of 2 directions*");
    }

    private static void AddBidirectional(GraphProto graph, string input, string weights, string recurrent, string output)
    {
        graph.Node.Add(GraphText.Node("LSTM", [input, weights, recurrent], output + "4", new AttributeProto { Name = "direction", S = ByteString.CopyFromUtf8("bidirectional") }, new AttributeProto { Name = "hidden_size", I = 2 }));
        graph.Node.Add(GraphText.Node("Transpose", [output + "4"], output + "t", new AttributeProto { Name = "perm", Ints = { 0, 2, 1, 3 } }));
        graph.Node.Add(GraphText.Node("Reshape", [output + "t", "joined"], output));
    }

    private static TensorProto Wholes(string name, params long[] values) => new() { Name = name, DataType = (int)DataType.Int64, Dims = { values.Length }, Int64Data = { values } };

    private static TensorProto Scalar(string name, long value) => new() { Name = name, DataType = (int)DataType.Int64, Int64Data = { value } };

    private static FluentAssertions.Specialized.ExceptionAssertions<InvalidDataException> Refused(Action<ModelProto> change)
    {
        Action import = () => OnnxFile.Import<float>(GraphText.Lstm(change));
        return import.Should().Throw<InvalidDataException>();
    }
}
