namespace RnnSharp.Layers;

/// <summary>How an <see cref="AttentionLayer{T}"/> scores a step of the memory m for a query q.</summary>
public enum AttentionScore
{
    /// <summary>q·m, for queries and memory of one size (Luong, Pham and Manning 2015).</summary>
    Dot,

    /// <summary>(W q + b)·m (Luong, Pham and Manning 2015, who have no b).</summary>
    General,

    /// <summary>v·tanh(W q + U m + b) (Bahdanau, Cho and Bengio 2015).</summary>
    Additive,

    /// <summary>Several heads of scaled dot products of projected queries and memory (Vaswani et al. 2017): PyTorch's MultiheadAttention.</summary>
    MultiHead,
}
