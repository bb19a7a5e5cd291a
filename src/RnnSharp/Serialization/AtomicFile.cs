using System.Security.Cryptography;
using System.Text;

namespace RnnSharp.Serialization;

/// <summary>Replaces a file atomically: a reader sees either the old contents or the new ones, never a part.</summary>
internal static class AtomicFile
{
    // On Windows, a temporary file is closed before it is renamed, so only its age shows that no process is still about to rename it.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Writes a temporary file in the same folder, flushes it to the disk and renames it. If anything fails, the old file is unchanged and the
    /// temporary file is deleted. A temporary file left by a killed process is deleted when the same file is next written.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        // A symbolic link is kept, and the file that it points to is replaced.
        string? linked = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null;
        string target = linked ?? Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(target) ?? target;
        string prefix = TemporaryPrefix(target);
        DeleteLeftovers(folder, prefix);

        // In the same folder, because a rename within a file system is atomic, while a move to another one is a copy.
        UnixFileMode? mode = !OperatingSystem.IsWindows() && File.Exists(target) ? File.GetUnixFileMode(target) : null;
        using FileStream stream = CreateFor(target, folder, prefix, isPrivate: mode is not null);
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

    /// <summary>The prefix of the names of a target's temporary files. It is short, however long the target's name is.</summary>
    private static string TemporaryPrefix(string target)
    {
        const int HashBytes = 8;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(target)));
        return $".rnnsharp-{Convert.ToHexStringLower(hash.AsSpan(0, HashBytes))}-";
    }

    /// <summary>Creates the temporary file of a target. An exception for a missing folder names the target, which is all that the caller knows of.</summary>
    private static FileStream CreateFor(string target, string folder, string prefix, bool isPrivate)
    {
        try
        {
            return Create(folder, prefix, isPrivate);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new DirectoryNotFoundException($"{ErrorText.Path(target)} cannot be written, because its folder does not exist.", exception);
        }
    }

    /// <summary>
    /// Creates the file with a shared lock: until it is closed, no other process mistakes it for a leftover, but a process that opens it by its
    /// final name can already read it.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="prefix">The prefix of its name.</param>
    /// <param name="isPrivate">Whether only its owner may open it until it has the permissions of the file that it replaces.</param>
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
                // Another process mistook it for a leftover between its creation and its locking.
            }
        }
    }

    private static void Replace(FileStream stream, string target)
    {
        if (!OperatingSystem.IsWindows())
        {
            // The file is still locked.
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
            // The folder cannot be listed. If it cannot be written to either, the next call fails.
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

            // An exclusive lock, which fails while the process that writes the file is running.
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
            // The original exception must reach the caller.
        }
    }
}
