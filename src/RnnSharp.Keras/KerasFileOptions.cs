using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>The options common to <see cref="KerasLoadOptions"/> and <see cref="KerasLoadIntoOptions"/>.</summary>
public abstract record KerasFileOptions
{
    private protected KerasFileOptions()
    {
    }

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
