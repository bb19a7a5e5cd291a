namespace RnnSharp.TensorBoard.Tests;

/// <summary>A folder that is deleted with its files.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rnnsharp-").FullName;

    /// <summary>The files in the order in which TensorBoard reads them.</summary>
    public string[] Files => [.. Directory.GetFiles(Path).Order(StringComparer.Ordinal)];

    /// <summary>The events of all files.</summary>
    public LoggedEvent[] Events => [.. Files.SelectMany(EventFile.Read)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
