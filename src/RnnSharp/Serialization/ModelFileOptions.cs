using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>The options common to saving and loading: <see cref="ModelSaveOptions"/>, <see cref="ModelLoadOptions"/> and <see cref="ModelLoadIntoOptions"/>.</summary>
public abstract record ModelFileOptions
{
    private protected ModelFileOptions()
    {
    }

    /// <summary>The kinds of layers; the built-in ones by default. Add formats for layers of your own.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public LayerFormats Formats { get; init => field = Check.NotNull(value); } = LayerFormats.BuiltIn;

    /// <summary>Whether parameters may hold NaN and infinities. False by default, because such a model is unusable.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>The limits for models.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public ModelLimits Limits { get; init => field = Check.NotNull(value); } = new();
}
