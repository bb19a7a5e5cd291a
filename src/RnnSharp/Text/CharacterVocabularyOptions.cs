namespace RnnSharp.Text;

/// <summary>How a <see cref="CharacterVocabulary"/> is built. By default, unknown characters are refused.</summary>
public sealed record CharacterVocabularyOptions : VocabularyOptions
{
    internal static readonly CharacterVocabularyOptions Default = new();

    /// <summary>Creates options with the default values.</summary>
    public CharacterVocabularyOptions()
        : base(unknownToken: false)
    {
    }
}
