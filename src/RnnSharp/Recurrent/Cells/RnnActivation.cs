namespace RnnSharp.Recurrent;

/// <summary>The activation of a plain recurrent unit.</summary>
public enum RnnActivation
{
    /// <summary>tanh, the notebook's.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,
}
