using System.Runtime.ExceptionServices;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Serving;

/// <summary>
/// Keeps sessions as files in a folder. A file is named after the hexadecimal digits of the session's name, so that no name leaves the
/// folder. It is written under another name, flushed to the disk and renamed, so that a killed process, or a loss of power, leaves either the old or the new bytes.
/// One process may use a folder at a time.
/// </summary>
public sealed class FolderSessionStore : ISessionStore
{
    private const string Extension = ".session";
    private const string TemporaryExtension = ".partial";

    private readonly long _maxBytes;

    // Held for the rename that ends a save, and from the look at an old file to its deletion, so that a new file is never deleted in its place.
    private readonly Lock _files = new();

    /// <summary>Opens a folder, which is created if it does not exist. Files that a killed process has left half-written are deleted.</summary>
    /// <param name="folder">The folder. Nothing else may be in it that ends in .session or .partial.</param>
    /// <param name="maxBytes">The length of the longest session that is saved or read.</param>
    /// <exception cref="ArgumentException">The path is empty, or the length is below 1.</exception>
    /// <exception cref="IOException">The folder cannot be created; or <see cref="UnauthorizedAccessException"/>.</exception>
    public FolderSessionStore(string folder, long maxBytes = 64 << 20)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _maxBytes = Check.Positive(maxBytes);
        Folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(Folder);
        foreach (string partial in Directory.EnumerateFiles(Folder, $"*{TemporaryExtension}")) File.Delete(partial);
    }

    /// <summary>The full path of the folder.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is not valid, or the session is longer than the store saves.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task SaveAsync(string id, ReadOnlyMemory<byte> session, CancellationToken cancellation = default)
    {
        if (session.Length > _maxBytes) throw Check.Shape(nameof(session), $"at most {_maxBytes} bytes", $"{session.Length}");
        string path = PathOf(id), partial = Path.ChangeExtension(path, TemporaryExtension);
        try
        {
            var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync(session, cancellation).ConfigureAwait(false);
                stream.Flush(flushToDisk: true);
            }

            lock (_files) File.Move(partial, path, overwrite: true);
            FolderFlush.ToDisk(Folder);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="InvalidDataException">The file is longer than the store reads.</exception>
    /// <exception cref="IOException">The file cannot be read; or <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task<byte[]?> LoadAsync(string id, CancellationToken cancellation = default)
    {
        string path = PathOf(id);
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
            await using (stream.ConfigureAwait(false))
            {
                long length = stream.Length;
                if (length > _maxBytes) throw new InvalidDataException($"{path}: expected a session of at most {_maxBytes} bytes, got {length}.");
                byte[] session = new byte[length];
                await stream.ReadExactlyAsync(session, cancellation).ConfigureAwait(false);
                return session;
            }
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    /// <exception cref="IOException">The file cannot be deleted; or <see cref="UnauthorizedAccessException"/>.</exception>
    public Task<bool> DeleteAsync(string id, CancellationToken cancellation = default)
    {
        string path = PathOf(id);
        return Task.Run(
            () =>
            {
                bool exists = File.Exists(path);
                File.Delete(path);
                return exists;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellation = default) => Task.Run<IReadOnlyList<string>>(
        () => [.. Directory.EnumerateFiles(Folder, $"*{Extension}").Select(path => SessionId.Decode(Path.GetFileNameWithoutExtension(path))).OfType<string>()],
        cancellation);

    /// <summary>
    /// Deletes the sessions that were last saved more than <paramref name="age"/> ago; the server never does so by itself. Call it on the server's own
    /// <see cref="ModelServer{T}.Store"/>: a second store on the same folder deletes files that are being written. A session that is in memory is
    /// saved again after its next step; without one, it is lost when it leaves memory.
    /// </summary>
    /// <param name="age">The age, well above the server's <see cref="ModelServerOptions.IdleTimeout"/> and <see cref="ModelServerOptions.SaveInterval"/>.</param>
    /// <param name="cancellation">Cancels the call; what has been deleted stays so.</param>
    /// <returns>The number of deleted sessions.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The age is negative.</exception>
    /// <exception cref="IOException">A file cannot be deleted; or <see cref="UnauthorizedAccessException"/>. The others have been deleted.</exception>
    public Task<int> DeleteUnusedAsync(TimeSpan age, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(age, TimeSpan.Zero);
        return Task.Run(() => DeleteUnused(age, cancellation), cancellation);
    }

    private int DeleteUnused(TimeSpan age, CancellationToken cancellation)
    {
        DateTime now = DateTime.UtcNow;
        ExceptionDispatchInfo? failure = null;
        int deleted = 0;
        foreach (FileInfo file in new DirectoryInfo(Folder).EnumerateFiles($"*{Extension}"))
        {
            cancellation.ThrowIfCancellationRequested();
            if (SessionId.Decode(Path.GetFileNameWithoutExtension(file.Name)) is null) continue;
            try
            {
                lock (_files)
                {
                    file.Refresh();
                    if (!file.Exists || now - file.LastWriteTimeUtc <= age) continue;
                    file.Delete();
                }

                deleted++;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                failure ??= ExceptionDispatchInfo.Capture(exception);
            }
        }

        failure?.Throw();
        return deleted;
    }

    private string PathOf(string id) => Path.Combine(Folder, SessionId.Encode(SessionId.Check(id)) + Extension);
}
