namespace RnnSharp.Peers;

/// <summary>A library that does what a cell describes, with the weights and data of <see cref="CellData{T}"/>.</summary>
internal interface IPeer
{
    /// <summary>The library and its version.</summary>
    string Name { get; }

    string Detail { get; }

    /// <summary>Creates everything that a cell needs, or returns null if the library does not support it.</summary>
    PeerCall? Prepare(Cell cell);
}

/// <summary>A cell, ready to run again and again.</summary>
/// <param name="run">Runs the cell once, or <see cref="Cell.StreamSteps"/> steps of a stream.</param>
/// <param name="results">
/// Runs it once from a zero state and returns, as float64 and row by row, what <see cref="CellData{T}.Expected"/> returns; null for a mode
/// whose numbers differ from one library to another, such as a model with an optimizer.
/// </param>
internal sealed class PeerCall(Action run, Func<double[][]>? results, IDisposable? owned = null) : IDisposable
{
    public Action Run { get; } = run;

    public Func<double[][]>? Results { get; } = results;

    public void Dispose() => owned?.Dispose();
}
