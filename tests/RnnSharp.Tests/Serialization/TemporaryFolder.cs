namespace RnnSharp.Tests.Serialization;

/// <summary>A folder that is deleted after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rnnsharp-tests-");

    public string FullName => _folder.FullName;

    public string this[string name] => Path.Combine(FullName, name);

    public string[] Names => [.. _folder.EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, ReadOnlySpan<byte> contents)
    {
        File.WriteAllBytes(this[name], contents);
        return this[name];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
