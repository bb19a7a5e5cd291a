using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A plain recurrent layer over a whole sequence (the notebook's rnn_forward and rnn_backward; Elman 1990):
/// h⟨t⟩ = tanh(W x⟨t⟩ + U h⟨t-1⟩ + b), or the rectifier in place of tanh.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RnnLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input, n_x; at least 1.</param>
    /// <param name="hiddenSize">Units, n_a; at least 1.</param>
    /// <param name="seed">Makes the initial weights repeatable; drawn anew when null.</param>
    /// <param name="activation">tanh or the rectifier.</param>
    /// <exception cref="ArgumentException">A size or the activation is out of range, or T is neither float nor double.</exception>
    public RnnLayer(int inputSize, int hiddenSize, int? seed = null, RnnActivation activation = RnnActivation.Tanh)
        : base(CreateEngine(inputSize, hiddenSize, activation), seed) => Activation = activation;

    /// <summary>tanh or the rectifier.</summary>
    public RnnActivation Activation { get; }

    private static RecurrentEngine<T> CreateEngine(int inputSize, int hiddenSize, RnnActivation activation)
    {
        Parameter<T> input = InputWeightsOf(1, inputSize, hiddenSize);
        Parameter<T> recurrent = RecurrentWeightsOf(1, hiddenSize);
        Parameter<T> bias = BiasOf(1, hiddenSize);
        return activation switch
        {
            RnnActivation.Tanh => RecurrentEngine<T>.Create<RnnEquations<TanhEquations>>(input, recurrent, bias),
            RnnActivation.Relu => RecurrentEngine<T>.Create<RnnEquations<ReluEquations>>(input, recurrent, bias),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, $"Expected Tanh or Relu, got {activation}."),
        };
    }
}
