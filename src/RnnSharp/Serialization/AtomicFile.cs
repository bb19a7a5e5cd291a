using System.Security.Cryptography;
using System.Text;

namespace RnnSharp.Serialization;

/// <summary>Replaces a file as a whole: a reader finds the old contents or the new, never a part.</summary>
internal static class AtomicFile
{
    // On Windows a temporary file is closed before it is renamed, so only its age tells that it is not about to be.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Writes a temporary file in the same folder, flushes it to the disk and renames it. When anything fails, the old file stays as it
    /// was and the temporary file is deleted. One that a killed process left is deleted when the same file is next written.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        // A link stays, and the file that it names is replaced.
        string? linked = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null;
        string target = linked ?? Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(target) ?? target;
        string prefix = TemporaryPrefix(target);
        DeleteLeftovers(folder, prefix);

        // In the same folder, because a rename within a file system is atomic and a move across is a copy.
        UnixFileMode? mode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : null;
        using FileStream stream = Create(folder, prefix, isPrivate: mode is not null);
        try
        {
            write(stream);
            if (!OperatingSystem.IsWindows() && mode is { } old) File.SetUnixFileMode(stream.SafeFileHandle, old);
            stream.Flush(flushToDisk: true);
            Replace(stream, target);
        }
        catch
        {
            stream.Dispose();
            DeleteIfPossible(stream.Name);
            throw;
        }

        FolderFlush.ToDisk(folder);
    }

    /// <summary>What the names of the temporary files of one target begin with. It is short, whatever the target's name is.</summary>
    private static string TemporaryPrefix(string target)
    {
        const int HashBytes = 8;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(target)));
        return $".rnnsharp-{Convert.ToHexStringLower(hash.AsSpan(0, HashBytes))}-";
    }

    /// <summary>
    /// Creates the file with a shared lock: until it is closed, nobody else takes it for a leftover, and who opens it under its final
    /// name already can read it.
    /// </summary>
    /// <param name="folder">Where.</param>
    /// <param name="prefix">What its name begins with.</param>
    /// <param name="isPrivate">Whether nobody but its owner may open it until it has the permissions of the file that it replaces.</param>
    private static FileStream Create(string folder, string prefix, bool isPrivate)
    {
        const int Tries = 10;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read };
        if (!OperatingSystem.IsWindows() && isPrivate) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        for (int i = 1; ; i++)
        {
            string path = Path.Combine(folder, $"{prefix}{Path.GetRandomFileName()}");
            try
            {
                var stream = new FileStream(path, options);
                if (i == Tries || File.Exists(path)) return stream;
                stream.Dispose();
            }
            catch (IOException exception) when (i < Tries && exception.GetType() == typeof(IOException))
            {
                // Another process took it for a leftover between its creation and its locking.
            }
        }
    }

    private static void Replace(FileStream stream, string target)
    {
        if (!OperatingSystem.IsWindows())
        {
            // While it is locked.
            File.Move(stream.Name, target, overwrite: true);
            return;
        }

        // Windows does not rename open files; Replace keeps attributes and access rights.
        stream.Dispose();
        if (File.Exists(target)) File.Replace(stream.Name, target, destinationBackupFileName: null, ignoreMetadataErrors: true);
        else File.Move(stream.Name, target);
    }

    private static void DeleteLeftovers(string folder, string prefix)
    {
        try
        {
            foreach (string path in Directory.EnumerateFiles(folder, $"{prefix}*"))
            {
                DeleteLeftover(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder cannot be listed. If it cannot be written either, that shows next.
        }
    }

    private static void DeleteLeftover(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) > LeftoverAge) File.Delete(path);
                return;
            }

            // An exclusive lock, which fails while the process that writes the file lives.
            using var locked = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // In use, or another process is deleting it.
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
            // The caller has to hear of what failed first.
        }
    }
}
