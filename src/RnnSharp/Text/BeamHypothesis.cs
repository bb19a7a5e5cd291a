namespace RnnSharp.Text;

/// <summary>A continuation that a beam search has found.</summary>
/// <param name="Tokens">Its tokens, without the prompt and the stop token.</param>
/// <param name="Text">Their text.</param>
/// <param name="LogProbability">The natural logarithm of its probability after the prompt, with that of the stop token.</param>
/// <param name="Score">The logarithm after length normalization, by which continuations are ranked.</param>
/// <param name="IsEnded">Whether a stop token ended it, and not the limit of tokens.</param>
public sealed record BeamHypothesis(IReadOnlyList<int> Tokens, string Text, double LogProbability, double Score, bool IsEnded);
