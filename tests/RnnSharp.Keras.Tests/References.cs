using System.IO.Compression;
using System.Text.Json;

namespace RnnSharp.Keras.Tests;

/// <summary>Opens the files of the folder References.</summary>
internal static class References
{
    /// <summary>A compressed JSON file.</summary>
    public static JsonElement Json(string name)
    {
        using var stream = new GZipStream(Open(name), CompressionMode.Decompress);
        return JsonDocument.Parse(stream).RootElement;
    }

    /// <summary>The files in an archive.</summary>
    public static Dictionary<string, byte[]> Files(string name)
    {
        using var archive = new ZipArchive(Open(name));
        return archive.Entries.ToDictionary(entry => entry.Name, entry =>
        {
            using var copy = new MemoryStream();
            using Stream source = entry.Open();
            source.CopyTo(copy);
            return copy.ToArray();
        });
    }

    private static Stream Open(string name) => typeof(References).Assembly.GetManifestResourceStream($"RnnSharp.Keras.Tests.References.{name}") ?? throw new FileNotFoundException(name);
}
