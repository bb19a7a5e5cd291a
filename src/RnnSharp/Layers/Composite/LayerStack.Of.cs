using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>Makes stacks of layers whose input sizes are inferred.</summary>
public static class LayerStack
{
    /// <summary>
    /// Makes a stack from the size of its input: each function receives the output size of the previous layer and its own seed, so that every
    /// size is stated once.
    /// <code>
    /// LayerStack.Of(inputSize: 27, seed: 1,
    ///     (inputs, seed) =&gt; new LstmLayer&lt;float&gt;(inputs, 64, seed),
    ///     (inputs, seed) =&gt; new DropoutLayer&lt;float&gt;(inputs, 0.2, seed),
    ///     (inputs, seed) =&gt; new DenseLayer&lt;float&gt;(inputs, 27, seed))
    /// </code>
    /// </summary>
    /// <param name="inputSize">Features of the input, at least 1.</param>
    /// <param name="seed">The layers' seeds are drawn from it; random when null.</param>
    /// <param name="layers">From the input to the output: each makes a layer for a number of input features, from a seed. Called once, in this order.</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <exception cref="ArgumentException">
    /// The size is out of range; there is no function, or one is null or returns null or a layer with another input size; or the layers are
    /// refused by <see cref="LayerStack{T}"/>.
    /// </exception>
    public static LayerStack<T> Of<T>(int inputSize, int? seed, params Func<int, int, ILayer<T>>[] layers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int inputs = Check.Positive(inputSize);
        ArgumentNullException.ThrowIfNull(layers);

        // Copied, because the functions may change the caller's array.
        Func<int, int, ILayer<T>>[] functions = [.. layers];
        if (functions.Length == 0) throw Check.Shape(nameof(layers), "at least one layer", "none");
        for (int i = 0; i < functions.Length; i++)
        {
            if (functions[i] is null) throw new ArgumentException($"The function that makes layer {i} is null.", nameof(layers));
        }

        Random random = Initializers.Generator(seed);
        var made = new ILayer<T>[functions.Length];
        for (int i = 0; i < made.Length; i++)
        {
            made[i] = functions[i](inputs, random.Next()) ?? throw new ArgumentException($"The function that makes layer {i} returned null.", nameof(layers));
            if (made[i].InputSize != inputs) throw Check.Shape(nameof(layers), $"layer {i} to have {inputs} inputs, as passed to its function", $"{made[i].InputSize}");
            inputs = made[i].OutputSize;
        }

        return new LayerStack<T>(made);
    }
}
