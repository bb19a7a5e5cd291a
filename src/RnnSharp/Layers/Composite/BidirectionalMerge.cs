namespace RnnSharp.Layers;

/// <summary>How a bidirectional layer makes one output of its two (the merge modes of Keras' Bidirectional).</summary>
public enum BidirectionalMerge
{
    /// <summary>The forward direction's features, then the backward direction's: PyTorch's only way, and Keras' "concat".</summary>
    Concatenate,

    /// <summary>y = f + b; Keras' "sum".</summary>
    Sum,

    /// <summary>y = (f + b) / 2; Keras' "ave".</summary>
    Average,

    /// <summary>y = f ∘ b, element by element; Keras' "mul".</summary>
    Multiply,
}
