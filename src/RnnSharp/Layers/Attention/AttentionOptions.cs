namespace RnnSharp.Layers;

/// <summary>The options of an <see cref="AttentionLayer{T}"/>.</summary>
public sealed record AttentionOptions
{
    /// <summary>How steps of the memory are scored.</summary>
    public AttentionScore Score { get; init; } = AttentionScore.General;

    /// <summary>For <see cref="AttentionScore.Additive"/> and <see cref="AttentionScore.MultiHead"/>: the size of the projected queries and memory, over all heads; the size of the memory when null.</summary>
    public int? Units { get; init; }

    /// <summary>For <see cref="AttentionScore.MultiHead"/>: the number of heads, which divides the units.</summary>
    public int Heads { get; init; } = 1;

    /// <summary>Whether the output is the context alone, without the query after it.</summary>
    public bool ContextOnly { get; init; }
}
