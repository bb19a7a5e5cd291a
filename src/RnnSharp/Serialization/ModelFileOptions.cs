using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>What saving and loading have in common: <see cref="ModelSaveOptions"/>, <see cref="ModelLoadOptions"/> and <see cref="ModelLoadIntoOptions"/>.</summary>
public abstract record ModelFileOptions
{
    private protected ModelFileOptions()
    {
    }

    /// <summary>The kinds of layers; the library's own by default. Add formats for layers of your own.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public LayerFormats Formats { get; init => field = Check.NotNull(value); } = LayerFormats.BuiltIn;

    /// <summary>Whether parameters may hold NaN and infinities. False by default: such a model has been ruined in training.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>What a model may ask for at most.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public ModelLimits Limits { get; init => field = Check.NotNull(value); } = new();
}
