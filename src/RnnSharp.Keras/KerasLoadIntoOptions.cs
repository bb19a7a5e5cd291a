namespace RnnSharp.Keras;

/// <summary>How weights are copied into an existing model.</summary>
public sealed record KerasLoadIntoOptions : KerasFileOptions
{
    internal static readonly KerasLoadIntoOptions Default = new();

    /// <summary>
    /// The names of the file's layers whose weights are loaded, in the order of the model's layers with weights; those that Keras gives them by
    /// class, such as lstm, lstm_1 and dense, when null. Needed if the file has both Dense and TimeDistributed layers, or layers that the model
    /// does not have.
    /// </summary>
    public IReadOnlyList<string>? LayerNames { get; init; }
}
