using RnnSharp.Numerics;

namespace RnnSharp.Text;

/// <summary>How <see cref="LanguageModel{T}.BeamSearch(string, BeamSearchOptions, CancellationToken)"/> looks for likely continuations.</summary>
public sealed record BeamSearchOptions
{
    internal static readonly BeamSearchOptions Default = new();

    /// <summary>Number of unfinished continuations that are followed at each step, the likeliest ones; 4 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Width { get; init => field = Check.Positive(value); } = 4;

    /// <summary>The most continuations to return; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int Results { get; init => field = Check.Positive(value); } = 1;

    /// <summary>The most tokens of a continuation, with the stop token; 64 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int MaxTokens { get; init => field = Check.Positive(value); } = 64;

    /// <summary>
    /// The exponent α of the length normalization of Wu et al. 2016: a continuation of n tokens, the stop token included, is ranked by its
    /// log-probability divided by ((5 + n) / 6)^α. 0 ranks by probability, which prefers short ones; 0.6 by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to a negative or non-finite number.</exception>
    public double LengthPenalty { get; init => field = Check.NotNegative(value); } = 0.6;

    /// <summary>Tokens that end a continuation. Without one, all continuations have the maximum of tokens.</summary>
    /// <exception cref="ArgumentException">Set to null, or a number is negative.</exception>
    public IReadOnlyList<int> StopTokens { get; init => field = SamplingOptions.Tokens(Check.NotNull(value), allowNone: true)!; } = [];

    /// <summary>The only tokens that may be chosen; all when null. Probabilities stay those of the model.</summary>
    /// <exception cref="ArgumentException">Set to a list that is empty or has a negative number.</exception>
    public IReadOnlyList<int>? AllowedTokens { get; init => field = SamplingOptions.Tokens(value, allowNone: false); }

    /// <summary>Is asked for every continuation which of <see cref="AllowedTokens"/> may come next, and may allow others.</summary>
    public TokenFilter? Filter { get; init; }
}
