namespace RnnSharp.Recurrent;

/// <summary>Which bias parameters a recurrent layer has.</summary>
public enum RecurrentBias
{
    /// <summary>
    /// One parameter <c>bias</c> instead of the sum of PyTorch's two. A cell that splits its last gate, such as the GRU, also has
    /// <c>bias_hn</c>, the bias of that gate's recurrent side.
    /// </summary>
    Merged,

    /// <summary>
    /// PyTorch's two parameters <c>bias_ih</c> and <c>bias_hh</c>, (gates·HiddenSize) × 1 each. They give the same outputs as one bias, but train
    /// differently: under Adam, for example, their sum moves twice as far.
    /// </summary>
    Separate,

    /// <summary>No bias, as PyTorch's bias=False.</summary>
    None,
}
