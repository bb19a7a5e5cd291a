using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using Xunit;

namespace RnnSharp.Tests.Layers;

/// <summary>Stacks of layers whose input sizes are inferred.</summary>
public sealed class StackOfTests
{
    [Fact]
    public void Each_layer_gets_the_output_size_of_the_one_before_it()
    {
        LayerStack<float> stack = Model(seed: 1);
        stack.Layers.Select(layer => layer.InputSize).Should().Equal(12, 32, 20, 20, 20);
        stack.Layers.Select(layer => layer.OutputSize).Should().Equal(32, 20, 20, 20, 3);
        stack.Predict(new Sequence<float>(12, 2, 4)).Features.Should().Be(3);
    }

    [Fact]
    public void A_seed_makes_the_whole_stack_repeatable()
    {
        LayerStack<float> stack = Model(seed: 7);
        float[] values = Values(stack);
        Values(Model(seed: 7)).Should().Equal(values);
        Values(Model(seed: 8)).Should().NotEqual(values);
        Values(Model(seed: null)).Should().NotEqual(Values(Model(seed: null)));

        LayerStack<float> alike = LayerStack.Of(4, 1, (inputs, seed) => new DenseLayer<float>(inputs, 4, seed), (inputs, seed) => new DenseLayer<float>(inputs, 4, seed));
        alike.Parameters[0].Values.ToArray().Should().NotEqual(alike.Parameters[2].Values.ToArray(), "each layer has a seed of its own");

        static float[] Values(LayerStack<float> stack) => [.. stack.Parameters.SelectMany(parameter => parameter.Values.ToArray())];
    }

    [Fact]
    public void A_function_that_changes_the_callers_array_does_not_change_the_stack()
    {
        var functions = new Func<int, int, ILayer<float>>[2];
        functions[0] = (inputs, seed) =>
        {
            functions[1] = null!;
            return new DenseLayer<float>(inputs, 5, seed);
        };
        functions[1] = (inputs, seed) => new DenseLayer<float>(inputs, 3, seed);
        LayerStack.Of(4, 1, functions).Layers.Select(layer => layer.OutputSize).Should().Equal(5, 3);
    }

    private static LayerStack<float> Model(int? seed) => LayerStack.Of(
        inputSize: 12,
        seed,
        (inputs, drawn) => new LstmLayer<float>(inputs, 32, drawn),
        (inputs, drawn) => Bidirectional.Of(one => new GruLayer<float>(inputs, 10, one), drawn),
        (inputs, drawn) => new ResidualLayer<float>(new DenseLayer<float>(inputs, inputs, drawn)),
        (inputs, drawn) => new DropoutLayer<float>(inputs, 0.2, drawn),
        (inputs, drawn) => new DenseLayer<float>(inputs, 3, drawn));
}
