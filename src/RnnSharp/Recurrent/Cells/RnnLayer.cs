using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A plain recurrent layer over a whole sequence (the notebook's rnn_forward and rnn_backward; Elman 1990):
/// h⟨t⟩ = tanh(W x⟨t⟩ + U h⟨t-1⟩ + b), or another activation in place of tanh.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input, n_x; at least 1.</param>
    /// <param name="hiddenSize">Units, n_a; at least 1.</param>
    /// <param name="seed">The seed of the initial weights and of masks; random when null.</param>
    /// <param name="activation">The activation; tanh if null. tanh and ReLU are the fastest.</param>
    /// <param name="options">Options such as zoneout; the defaults if null.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range, or T is neither float nor double.</exception>
    public RnnLayer(int inputSize, int hiddenSize, int? seed = null, Activation? activation = null, RnnOptions? options = null)
        : base(CreateEngine(inputSize, hiddenSize, seed, activation ?? Activation.Tanh, options ??= new RnnOptions()), seed)
    {
        Activation = activation ?? Activation.Tanh;
        Options = options;
    }

    /// <summary>The activation.</summary>
    public Activation Activation { get; }

    /// <summary>The layer's options.</summary>
    public override RnnOptions Options { get; }

    private protected override IEnumerable<string> Words => Activation == Activation.Tanh ? Options.Words() : Options.Words().Prepend(Activation.ToString());

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, int? seed, Activation activation, RnnOptions options) => activation.Kind switch
    {
        ActivationKind.Tanh when !options.IsConfigured => CreateEngine<RnnEquations<TanhActivation>>(inputSize, hiddenSize, seed, options),
        ActivationKind.Relu when !options.IsConfigured => CreateEngine<RnnEquations<ReluActivation>>(inputSize, hiddenSize, seed, options),
        _ => CreateEngine<ConfiguredRnnEquations>(inputSize, hiddenSize, seed, options, activation),
    };
}
