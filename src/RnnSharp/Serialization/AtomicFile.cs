namespace RnnSharp.Serialization;

/// <summary>Replaces a file as a whole: a reader finds the old contents or the new, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes beside the file, flushes to the disk and renames over it. When anything fails, the old file stays and nothing is left
    /// beside it.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        // What a link names is replaced, not the link.
        string? linked = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null;
        string target = linked ?? Path.GetFullPath(path);
        // In the same folder, because a rename within a file system is atomic and a move across is a copy.
        string temporary = Path.Combine(Path.GetDirectoryName(target) ?? target, $".rnnsharp-{Path.GetRandomFileName()}.tmp");
        bool created = false;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                created = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            if (created) DeleteIfPossible(temporary);
            throw;
        }
    }

    private static void DeleteIfPossible(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What failed first is what the caller must hear of.
        }
    }
}
