namespace RnnSharp.Training;

/// <summary>A label sequence that <see cref="CtcDecoder.Beam"/> found.</summary>
/// <param name="Labels">The labels, without blanks.</param>
/// <param name="LogProbability">The logarithm of their probability, over the alignments that the search kept.</param>
public sealed record CtcHypothesis(IReadOnlyList<int> Labels, double LogProbability);
