using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>
/// How a <see cref="Sampler"/> chooses the next token from a model's scores. Its parts are applied in this order, that of Hugging Face's
/// transformers, each to what the one before left: repetition penalty, allowed tokens, temperature, top-k, top-p, min-p. By default a
/// token is drawn with the probability that the model gives it.
/// </summary>
public record SamplingOptions
{
    internal static readonly SamplingOptions Default = new();

    /// <summary>
    /// The divisor of the scores: below 1 prefers likely tokens, above 1 evens them out; 1 by default. At 0 the choice is greedy: the token of
    /// the highest score, and of equal ones that of the lowest number.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative or non-finite number.</exception>
    public double Temperature { get; init => field = Check.NotNegative(value); } = 1;

    /// <summary>Keeps the k tokens of the highest scores, and those whose score equals the k-th (Fan, Lewis and Dauphin 2018); all when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? TopK { get; init => field = value is { } count ? Check.Positive(count, nameof(value)) : null; }

    /// <summary>
    /// Keeps the fewest of the most likely tokens whose probabilities sum up to at least p, but no less than one (nucleus sampling, Holtzman et
    /// al. 2020); 0 to 1. Equally likely ones count in the order of their numbers. All at 1, the default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a number that is not 0 to 1.</exception>
    public double TopP { get; init => field = Fraction(value); } = 1;

    /// <summary>Keeps the tokens whose probability is at least this fraction of the highest (Nguyen et al. 2024); 0 to 1. All at 0, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a number that is not 0 to 1.</exception>
    public double MinP { get; init => field = Fraction(value); }

    /// <summary>
    /// Divides the scores above 0 of tokens that have occurred, and multiplies those below 0 (Keskar et al. 2019, as in Hugging Face's
    /// transformers): above 1 avoids repetition. None at 1, the default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a number that is not finite and above 0.</exception>
    public double RepetitionPenalty { get; init => field = Check.Positive(value); } = 1;

    /// <summary>The number of most recent tokens that the penalty applies to; all when null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int? RepetitionWindow { get; init => field = value is { } count ? Check.Positive(count, nameof(value)) : null; }

    /// <summary>The only tokens that may be chosen; all when null.</summary>
    /// <exception cref="ArgumentException">Set to a list that is empty or has a negative number.</exception>
    public IReadOnlyList<int>? AllowedTokens { get; init => field = Tokens(value, allowNone: false); }

    /// <summary>Is asked at every step which of <see cref="AllowedTokens"/> may be chosen, and may allow others.</summary>
    public TokenFilter? Filter { get; init; }

    /// <summary>The seed of the draws; 0 by default. The same seed gives the same choices.</summary>
    public ulong Seed { get; init; }

    /// <summary>Returns a copy of token numbers.</summary>
    internal static IReadOnlyList<int>? Tokens(IReadOnlyList<int>? value, bool allowNone)
    {
        if (value is null) return null;
        if (value.Count == 0 && !allowNone) throw Check.Shape(nameof(value), "at least one token, or null", "none");
        foreach (int token in value) Check.NotNegative(token, nameof(value));
        return [.. value];
    }

    private static double Fraction(double value) => value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected 0 to 1, got {value}.");
}
