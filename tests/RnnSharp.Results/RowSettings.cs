namespace RnnSharp.Results;

/// <summary>The options of a command.</summary>
/// <param name="Seed">The seed of weights, masks and data.</param>
internal sealed record RowSettings(int Seed)
{
    /// <summary>The file or folder of the data; empty for a row that needs none.</summary>
    public string Data { get; init; } = "";

    /// <summary>The folder of checkpoints, from which an interrupted run continues; null for none.</summary>
    public string? Checkpoints { get; init; }

    /// <summary>Whether to run only a few steps on a part of the data, without judging the figures.</summary>
    public bool Quick { get; init; }
}
