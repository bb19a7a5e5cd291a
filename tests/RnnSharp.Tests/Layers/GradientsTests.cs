using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Serialization;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>The output gradients that Backward takes, and the gradients that it returns.</summary>
public sealed class GradientsTests
{
    public static TheoryData<string> Kinds => ["dense", "normalization", "pooling", "residual", "stack", "lstm"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_rejects_an_output_gradient_that_it_would_overwrite(string kind)
    {
        ILayer<float> layer = Layer(kind);
        ForwardPass<float> pass = layer.Forward(Models.Input<float>(200, 2, 3, seed: 1));
        Gradients<float> gradients = layer.Backward(pass, Models.Input<float>(200, 2, pass.Output.Steps, seed: 2));
        layer.Invoking(it => it.Backward(pass, gradients.Input, reuse: gradients)).Should().Throw<ArgumentException>().WithParameterName("outputGradient");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_shorter_output_gradient_counts_as_zero_at_the_steps_that_it_leaves_out(string kind)
    {
        ILayer<float> layer = Layer(kind);
        ForwardPass<float> pass = layer.Forward(Models.Input<float>(200, 2, 3, seed: 1));
        int steps = pass.Output.Steps;
        Sequence<float> whole = Models.Input<float>(200, 2, steps, seed: 2), shorter = whole.SliceSteps(0, steps - 1);
        whole.Step(steps - 1).Clear();
        Gradients<float> expected = layer.Backward(pass, whole), actual = layer.Backward(pass, shorter);
        actual.Input!.Values.ToArray().Should().Equal(expected.Input!.Values.ToArray());
        for (int p = 0; p < expected.Parameters.Count; p++) actual.Values(p).ToArray().Should().Equal(expected.Values(p).ToArray());
    }

    [Fact]
    public void Gradients_are_found_by_parameter()
    {
        var layer = new LstmLayer<float>(3, 4, seed: 1);
        Gradients<float> gradients = layer.Backward(layer.Forward(Models.Input<float>(3, 2, 4, seed: 1)), Models.Input<float>(4, 2, 4, seed: 2));
        gradients[layer.RecurrentWeights].Should().Be(gradients["weight_hh"]);
        gradients.Invoking(it => it[new DenseLayer<float>(1, 1).Weights]).Should().Throw<ArgumentException>().WithParameterName("parameter");
    }

    [Fact]
    public void Gradients_of_other_parts_than_the_layers_are_rejected()
    {
        var stack = new LayerStack<float>(new DenseLayer<float>(3, 3, seed: 1), new DenseLayer<float>(3, 3, seed: 2));
        Gradients<float> first = stack.Layers[0].CreateGradients(), second = stack.Layers[1].CreateGradients(), other = new DenseLayer<float>(3, 3, seed: 1).CreateGradients();
        foreach (Gradients<float>[] parts in (Gradients<float>[][])[[], [first], [second, first], [first, first], [first, other], [first, second, other], [first, null!]])
            FluentActions.Invoking(() => new Gradients<float>(stack, parts)).Should().Throw<ArgumentException>().WithParameterName("parts");
        new Gradients<float>(stack, [first, second]).Parameters.Should().Equal(stack.Parameters);
    }

    private static ILayer<float> Layer(string kind) => kind switch
    {
        "dense" => new DenseLayer<float>(200, 200, seed: 1),
        "normalization" => new LayerNormalizationLayer<float>(200),
        "pooling" => new PoolingLayer<float>(200, Pooling.Max),
        "residual" => new ResidualLayer<float>(new DenseLayer<float>(200, 200, seed: 1)),
        "stack" => new LayerStack<float>(new DenseLayer<float>(200, 200, seed: 1), new GruLayer<float>(200, 200, seed: 2)),
        _ => new LstmLayer<float>(200, 200, seed: 1),
    };
}
