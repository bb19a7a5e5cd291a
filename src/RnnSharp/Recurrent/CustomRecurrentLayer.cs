using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A recurrent layer for a cell of your own. The equations of one step, forward and backward, run in the engine of the built-in cells, at the
/// same speed and with everything that those support: sequences, lengths, tokens, streaming, threads, composites, options and, with a
/// registered format, model files.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TEquations">The cell.</typeparam>
public sealed class CustomRecurrentLayer<T, TEquations> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TEquations : struct, IRecurrentEquations
{
    /// <summary>Creates a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">The seed of the initial weights and of masks; random when null.</param>
    /// <param name="options">Options such as zoneout; the defaults if null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, the cell has no recurrent weights to apply recurrent dropout to, or T is neither float nor double.</exception>
    /// <exception cref="InvalidOperationException">TEquations does not describe a valid cell; see the members of <see cref="IRecurrentEquations"/>.</exception>
    public CustomRecurrentLayer(int inputSize, int hiddenSize, int? seed = null, CustomRecurrentOptions? options = null)
        : base(CreateEngine<TEquations>(inputSize, hiddenSize, seed, options ??= new CustomRecurrentOptions()), seed) => Options = options;

    /// <summary>The layer's options.</summary>
    public override CustomRecurrentOptions Options { get; }

    private protected override IEnumerable<string> Words => Options.Words().Prepend(typeof(TEquations).Name);
}
