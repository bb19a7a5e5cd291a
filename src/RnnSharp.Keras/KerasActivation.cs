namespace RnnSharp.Keras;

/// <summary>An activation function of Keras.</summary>
public enum KerasActivation
{
    /// <summary>y = x.</summary>
    Linear,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>σ(x) = 1 / (1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>Exponentials that are divided by their sum over the features.</summary>
    Softmax,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>min(max(x/6 + 1/2, 0), 1): the hard sigmoid of Keras 3 and PyTorch.</summary>
    HardSigmoid,

    /// <summary>min(max(x/5 + 1/2, 0), 1): the hard sigmoid of Keras 2 and TensorFlow.js.</summary>
    LegacyHardSigmoid,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus,

    /// <summary>x above 0, and eˣ - 1 elsewhere.</summary>
    Elu,
}
