using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>How a <see cref="LanguageModel{T}"/> generates text: how tokens are chosen, and when it ends.</summary>
public sealed record GenerationOptions : SamplingOptions
{
    internal static new readonly GenerationOptions Default = new();

    /// <summary>The most tokens to generate; 256 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 0.</exception>
    public int MaxTokens { get; init => field = Check.NotNegative(value); } = 256;

    /// <summary>Tokens that end the text and are not part of it.</summary>
    /// <exception cref="ArgumentException">Set to null, or a number is negative.</exception>
    public IReadOnlyList<int> StopTokens { get; init => field = Tokens(Check.NotNull(value), allowNone: true)!; } = [];

    /// <summary>
    /// Texts that end the text and are not part of it, wherever they are divided into tokens; case counts. The one that is completed first ends it.
    /// </summary>
    /// <exception cref="ArgumentException">Set to null, or a text is null or empty.</exception>
    public IReadOnlyList<string> StopSequences
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (string text in value)
            {
                if (string.IsNullOrEmpty(text)) throw Check.Shape(nameof(value), "texts of at least one character", text is null ? "null" : "an empty one");
            }

            field = [.. value];
        }
    } = [];
}
