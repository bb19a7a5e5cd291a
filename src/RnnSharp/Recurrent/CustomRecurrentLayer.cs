using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A recurrent layer of the user's own kind: its equations of one step, forward and backward, run in the same engine as the
/// library's, and with the same speed. It has all that those have: sequences, lengths, tokens, streaming, threads, directions, stacks
/// and <see cref="RecurrentOptions"/>. It is not known to model files.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TEquations">The kind.</typeparam>
public sealed class CustomRecurrentLayer<T, TEquations> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TEquations : struct, IRecurrentEquations
{
    /// <summary>Makes a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">Makes the initial weights repeatable; drawn anew when null.</param>
    /// <param name="options">Zoneout and so on; none when null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    /// <exception cref="InvalidOperationException">The kind has not 1 to 4 slots, as many as gates or one more.</exception>
    public CustomRecurrentLayer(int inputSize, int hiddenSize, int? seed = null, CustomRecurrentOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, options), seed) => Options = options ?? new CustomRecurrentOptions();

    /// <summary>What the layer does besides its equations.</summary>
    public CustomRecurrentOptions Options { get; }

    /// <summary>The bias of the recurrent side of the last gate, HiddenSize × 1; null where no gate's products are kept apart.</summary>
    public Parameter<T>? CandidateBias => EngineParameters.CandidateBias;

    private protected override IEnumerable<string> Words => Options.Words().Prepend(typeof(TEquations).Name);

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, CustomRecurrentOptions? options)
    {
        int gates = TEquations.Gates;
        int slots = TEquations.Slots;
        if (gates < 1 || slots is < 1 or > 4 || (slots != gates && slots != gates + 1))
            throw new InvalidOperationException($"Expected a kind of 1 to 4 slots, as many as gates or one more, got {slots} slots and {gates} gates in {typeof(TEquations).Name}.");
        RecurrentParameters<T> parameters = ParametersOf(gates, inputSize, hiddenSize, options, sums: slots);
        if (slots > gates) parameters = parameters with { CandidateBias = new Parameter<T>("bias_hn", hiddenSize, 1) };
        return EngineOf<TEquations>(parameters, seed, options);
    }
}
