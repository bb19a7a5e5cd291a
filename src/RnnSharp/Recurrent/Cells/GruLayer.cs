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
    /// <summary>Creates a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input; at least 1.</param>
    /// <param name="hiddenSize">Units; at least 1.</param>
    /// <param name="seed">The seed of the initial weights and of masks; random when null.</param>
    /// <param name="options">Options such as ResetBefore and zoneout; the defaults if null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    public GruLayer(int inputSize, int hiddenSize, int? seed = null, GruOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, options ??= new GruOptions()), seed) => Options = options;

    /// <summary>The layer's options.</summary>
    public override GruOptions Options { get; }

    private protected override IEnumerable<string> Words => Options.Words();

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, GruOptions options) => options switch
    {
        { IsConfigured: true, ResetBefore: true } => CreateEngine<ConfiguredResetBeforeGruEquations>(inputSize, hiddenSize, seed, options),
        { IsConfigured: true } => CreateEngine<ConfiguredGruEquations>(inputSize, hiddenSize, seed, options),
        { ResetBefore: true } => CreateEngine<ResetBeforeGruEquations>(inputSize, hiddenSize, seed, options),
        _ => CreateEngine<GruEquations>(inputSize, hiddenSize, seed, options),
    };
}
