using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A gated recurrent unit layer over a whole sequence, in PyTorch's form with the reset gate after the product:
/// r, z = σ(W x + U h + b), n = tanh(W x + b + r∘(U h + b_hn)), h⟨t⟩ = (1 - z)∘n + z∘h⟨t-1⟩. Rows of the weights are stacked r, z, n.
/// Cho et al. 2014.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class GruLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">Makes the initial weights repeatable; drawn anew when null.</param>
    /// <param name="options">The other form, zoneout and so on; none when null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    public GruLayer(int inputSize, int hiddenSize, int? seed = null, GruOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, options), seed) => Options = options ?? new GruOptions();

    /// <summary>What the layer does besides the plain equations.</summary>
    public GruOptions Options { get; }

    /// <summary>The candidate's recurrent bias b_hn, HiddenSize × 1: it is inside the product with the reset gate. Null in the form that resets before.</summary>
    public Parameter<T>? CandidateBias => EngineParameters.CandidateBias;

    private protected override IEnumerable<string> Words => Options.Words();

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, GruOptions? options)
    {
        RecurrentParameters<T> parameters = ParametersOf(3, inputSize, hiddenSize, options, sums: 4);
        if (options is { ResetBefore: true }) return StagedEngine.Create<T, ResetBeforeGruEquations>(parameters, options.Stages(seed));
        parameters = parameters with { CandidateBias = new Parameter<T>("bias_hn", hiddenSize, 1) };
        return EngineOf<GruEquations>(parameters, seed, options);
    }
}
