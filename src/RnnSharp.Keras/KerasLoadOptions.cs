namespace RnnSharp.Keras;

/// <summary>How whole models are loaded.</summary>
public sealed record KerasLoadOptions : KerasFileOptions
{
    internal static readonly KerasLoadOptions Default = new();

    /// <summary>
    /// Accepts models that mask steps: Masking, and Embedding with mask_zero, whose token 0 becomes the padding token. RnnSharp has no masks
    /// within a sequence. Set this if masked steps are only padding at the ends, and give each example its length
    /// (<see cref="Sequence{T}.SetLengths"/>) in place of the padding. Off by default, so that such a model is refused.
    /// </summary>
    public bool MasksAreLengths { get; init; }
}
