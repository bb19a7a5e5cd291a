namespace RnnSharp.Recurrent;

/// <summary>The functions of an <see cref="Activation"/>, which are those of ONNX's recurrent operators and the identity.</summary>
public enum ActivationKind
{
    /// <summary>1 / (1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>tanh x.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,

    /// <summary>x.</summary>
    Linear,

    /// <summary>max(0, min(1, αx + β)).</summary>
    HardSigmoid,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus,

    /// <summary>x above 0, and α(eˣ - 1) elsewhere.</summary>
    Elu,

    /// <summary>x above 0, and αx elsewhere.</summary>
    LeakyRelu,

    /// <summary>x from α on, and 0 below.</summary>
    ThresholdedRelu,

    /// <summary>α·tanh(βx).</summary>
    ScaledTanh,

    /// <summary>αx + β.</summary>
    Affine,
}
