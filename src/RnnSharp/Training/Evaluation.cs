namespace RnnSharp.Training;

/// <summary>The result of an evaluation.</summary>
/// <param name="Loss">The loss, added over all batches.</param>
/// <param name="Metrics">The metrics by name.</param>
public sealed record Evaluation(LossValue Loss, IReadOnlyDictionary<string, double> Metrics);
