namespace RnnSharp.Layers;

/// <summary>How a bidirectional layer merges its two outputs (the merge modes of Keras's Bidirectional).</summary>
public enum BidirectionalMerge
{
    /// <summary>The forward direction's features, then the backward direction's: PyTorch's only mode, and Keras's "concat".</summary>
    Concatenate,

    /// <summary>y = f + b; Keras's "sum".</summary>
    Sum,

    /// <summary>y = (f + b) / 2; Keras's "ave".</summary>
    Average,

    /// <summary>y = f ∘ b, element by element; Keras's "mul".</summary>
    Multiply,
}
