using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>How Keras models are loaded.</summary>
public sealed record KerasLoadOptions
{
    internal static readonly KerasLoadOptions Default = new();

    /// <summary>
    /// Accepts models that mask steps: Masking, and Embedding with mask_zero, whose token 0 becomes the padding token. RnnSharp has no masks
    /// within a sequence. Set this if masked steps are only padding at the ends, and give each example its length
    /// (<see cref="Sequence{T}.SetLengths"/>) in place of the padding. Off by default, so that such a model is refused.
    /// </summary>
    public bool MasksAreLengths { get; init; }

    /// <summary>Whether weights may be NaN or infinite. False by default, because such a model is unusable.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>The limits for models. <see cref="ModelLimits.HeaderBytes"/> limits configurations and the text of model.json.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public ModelLimits Limits
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = new();
}
