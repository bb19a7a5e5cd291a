namespace RnnSharp.Results;

/// <summary>A published result and the program that repeats it: one command.</summary>
/// <param name="Name">The command, such as adding-gru.</param>
/// <param name="Title">What is learned, and by which model.</param>
internal sealed record ResultRow(string Name, string Title)
{
    /// <summary>The published figures; the program reports a result for each.</summary>
    public required IReadOnlyList<Figure> Figures { get; init; }

    /// <summary>Data, model, training and measure, and where they differ from the source.</summary>
    public required string Protocol { get; init; }

    /// <summary>Where the figures were published.</summary>
    public required string Source { get; init; }

    /// <summary>What --data names; null for a row that generates its data.</summary>
    public string? Data { get; init; }

    /// <summary>Whether the row saves checkpoints; a row of a few seconds does not.</summary>
    public bool IsResumable { get; init; } = true;

    /// <summary>Trains, tests and reports.</summary>
    public required Action<RowRun> Run { get; init; }
}
