namespace RnnSharp.Data;

/// <summary>The parts of a data set, each in the order of the whole.</summary>
/// <param name="Train">What a model learns from.</param>
/// <param name="Validation">What decides about settings and when to stop.</param>
/// <param name="Test">What tells how good the chosen model is.</param>
public sealed record SplitParts<TItem>(IReadOnlyList<TItem> Train, IReadOnlyList<TItem> Validation, IReadOnlyList<TItem> Test);
