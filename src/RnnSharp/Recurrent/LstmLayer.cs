using System.Numerics;

namespace RnnSharp.Recurrent;

/// <summary>
/// A long short-term memory layer over a whole sequence (the notebook's lstm_forward and lstm_backward; PyTorch's LSTM of one layer
/// and direction): i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b), c⟨t⟩ = f∘c⟨t-1⟩ + i∘g, h⟨t⟩ = o∘tanh(c⟨t⟩). Rows of the weights
/// are stacked i, f, g, o. Hochreiter and Schmidhuber 1997; forget gate by Gers, Schmidhuber and Cummins 2000.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LstmLayer<T> : RecurrentLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a layer with PyTorch's initial weights, uniform in ±1/√hiddenSize.</summary>
    /// <param name="inputSize">Features of the input, n_x; at least 1.</param>
    /// <param name="hiddenSize">Units, n_a; at least 1.</param>
    /// <param name="seed">Makes the initial weights repeatable; drawn anew when null.</param>
    /// <exception cref="ArgumentException">A size is out of range, or T is neither float nor double.</exception>
    public LstmLayer(int inputSize, int hiddenSize, int? seed = null)
        : base(RecurrentEngine<T>.Create<LstmEquations>(InputWeightsOf(4, inputSize, hiddenSize), RecurrentWeightsOf(4, hiddenSize), BiasOf(4, hiddenSize)), seed)
    {
    }

    /// <summary>
    /// Sets the forget gate's bias, so that a young cell keeps its memory. 1 is the advice of Jozefowicz, Zaremba and Sutskever 2015.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite.</exception>
    public void SetForgetGateBias(T value)
    {
        if (!T.IsFinite(value)) throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected a finite number, got {value}.");
        Bias.Update(value, static (bias, forget) => bias.Slice(bias.Length / 4, bias.Length / 4).Fill(forget));
    }
}
