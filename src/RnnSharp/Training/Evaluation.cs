namespace RnnSharp.Training;

/// <summary>The result of an evaluation.</summary>
/// <param name="Loss">The loss over all batches; its Value is the mean, or the sum if the loss is reduced by its sum.</param>
/// <param name="Metrics">The metrics by name.</param>
public sealed record Evaluation(LossValue Loss, IReadOnlyDictionary<string, double> Metrics);
