using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A plain recurrent layer over a whole sequence (the notebook's rnn_forward and rnn_backward; Elman 1990):
/// h⟨t⟩ = tanh(W x⟨t⟩ + U h⟨t-1⟩ + b), or ReLU in place of tanh.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input, n_x; at least 1.</param>
    /// <param name="hiddenSize">Units, n_a; at least 1.</param>
    /// <param name="seed">The seed of the initial weights and of masks; random when null.</param>
    /// <param name="activation">tanh or ReLU.</param>
    /// <param name="options">Options such as zoneout; the defaults if null.</param>
    /// <exception cref="ArgumentException">A size, the activation or an option is out of range, or T is neither float nor double.</exception>
    public RnnLayer(int inputSize, int hiddenSize, int? seed = null, RnnActivation activation = RnnActivation.Tanh, RnnOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, activation, options ??= new RnnOptions()), seed)
    {
        Activation = activation;
        Options = options;
    }

    /// <summary>tanh or ReLU.</summary>
    public RnnActivation Activation { get; }

    /// <summary>The layer's options.</summary>
    public override RnnOptions Options { get; }

    private protected override IEnumerable<string> Words => Activation == RnnActivation.Relu ? Options.Words().Prepend("relu") : Options.Words();

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, RnnActivation activation, RnnOptions options) => activation switch
    {
        RnnActivation.Tanh => CreateEngine<RnnEquations<TanhActivation>>(inputSize, hiddenSize, seed, options),
        RnnActivation.Relu => CreateEngine<RnnEquations<ReluActivation>>(inputSize, hiddenSize, seed, options),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, $"Expected Tanh or Relu, got {activation}."),
    };
}
