using FluentAssertions;
using Google.Protobuf;
using RnnSharp.Layers;
using RnnSharp.Onnx.Schema;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Onnx.Tests.Import;

/// <summary>Element-wise operators become activation layers.</summary>
public sealed class ActivationImportTests
{
    private static readonly Activation[] Functions =
    [
        Activation.Sigmoid, Activation.Tanh, Activation.Relu, Activation.Softsign, Activation.Softplus, Activation.HardSigmoid(0.3, 0.4), Activation.HardSigmoid(), Activation.Elu(0.7), Activation.LeakyRelu(0.2), Activation.ThresholdedRelu(0.1),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Functions.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_function_between_two_layers_is_imported_with_its_constants(int number)
    {
        var model = new LayerStack<float>(new DenseLayer<float>(3, 5, seed: 1), new ActivationLayer<float>(5, Functions[number]), new DenseLayer<float>(5, 2, seed: 2));
        ModelProto foreign = Export(model);
        var imported = (LayerStack<float>)OnnxFile.Import<float>(new MemoryStream(foreign.ToByteArray())).Model;
        imported.Layers.Select(layer => layer.GetType().Name.Split('`')[0]).Should().Equal("DenseLayer", "ActivationLayer", "DenseLayer");
        ((ActivationLayer<float>)imported.Layers[1]).Activation.Should().Be(Functions[number]);
        var x = new Sequence<float>(3, 2, 4);
        for (int i = 0; i < x.Values.Length; i++) x.Values[i] = MathF.Sin(i);
        imported.Predict(x).Values.ToArray().Should().Equal(model.Predict(x).Values.ToArray());
    }

    [Fact]
    public void A_constant_that_the_library_refuses_is_refused()
    {
        ModelProto foreign = Export(new LayerStack<float>(new DenseLayer<float>(3, 5, seed: 1), new ActivationLayer<float>(5, Activation.LeakyRelu(0.2))));
        foreign.Graph.Node.Single(node => node.OpType is "LeakyRelu").Attribute[0].F = -1;
        FluentActions.Invoking(() => OnnxFile.Import<float>(new MemoryStream(foreign.ToByteArray()))).Should().Throw<InvalidDataException>().WithMessage("*LeakyRelu*at least 0*");
    }

    /// <summary>The file as another program would have written it.</summary>
    private static ModelProto Export(ILayer<float> model)
    {
        using var stream = new MemoryStream();
        OnnxFile.Export(model, stream, new OnnxExportOptions { Lengths = false });
        ModelProto file = ModelProto.Parser.ParseFrom(stream.ToArray());
        file.MetadataProps.Clear();
        return file;
    }
}
