namespace RnnSharp.Recurrent;

/// <summary>The activation function of a plain recurrent unit.</summary>
public enum RnnActivation
{
    /// <summary>tanh, as in the notebook.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,
}
