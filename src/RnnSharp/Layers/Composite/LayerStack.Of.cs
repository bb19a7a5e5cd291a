using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>Makes stacks whose layers learn their input sizes from one another.</summary>
public static class LayerStack
{
    /// <summary>
    /// Makes a stack from the size of its input: each layer is told the output size of the layer before it, so that a size stands in one
    /// place only, and is given a seed of its own.
    /// <code>
    /// LayerStack.Of(inputSize: 27, seed: 1,
    ///     (inputs, seed) =&gt; new LstmLayer&lt;float&gt;(inputs, 64, seed),
    ///     (inputs, seed) =&gt; new DropoutLayer&lt;float&gt;(inputs, 0.2, seed),
    ///     (inputs, seed) =&gt; new DenseLayer&lt;float&gt;(inputs, 27, seed))
    /// </code>
    /// </summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="seed">The layers' seeds are drawn from it; drawn anew when null.</param>
    /// <param name="layers">From the input to the output: each makes a layer for a number of input features, from a seed. Called once, in this order.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">
    /// The size is out of range; there is no function, or one is null or gives null or a layer of another input size; or the layers are
    /// refused by <see cref="LayerStack{T}"/>.
    /// </exception>
    public static LayerStack<T> Of<T>(int inputSize, int? seed, params Func<int, int, ILayer<T>>[] layers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = Check.Positive(inputSize);
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Length == 0) throw Check.Shape(nameof(layers), "at least one layer", "none");
        for (int i = 0; i < layers.Length; i++)
        {
            if (layers[i] is null) throw new ArgumentException($"The function that makes layer {i} is null.", nameof(layers));
        }

        Random random = Initializers.Generator(seed);
        var made = new ILayer<T>[layers.Length];
        for (int i = 0; i < made.Length; i++)
        {
            made[i] = layers[i](inputs, random.Next()) ?? throw new ArgumentException($"The function that makes layer {i} gave null.", nameof(layers));
            if (made[i].InputSize != inputs) throw Check.Shape(nameof(layers), $"a layer {i} of the {inputs} input features that its function was given", $"{made[i].InputSize}");
            inputs = made[i].OutputSize;
        }

        return new LayerStack<T>(made);
    }
}
