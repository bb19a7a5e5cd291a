namespace RnnSharp.Serialization;

/// <summary>Opens files for reading, and names them in the exceptions about their contents.</summary>
internal static class OpenedFile
{
    /// <summary>Opens a file and reads it; it is closed if that fails, and otherwise stays open for the result.</summary>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="InvalidDataException">The contents are invalid. The message starts with the path.</exception>
    public static TResult Read<TResult>(string path, Func<FileStream, TResult> read)
    {
        FileStream stream = Open(path);
        try
        {
            return read(stream);
        }
        catch (Exception exception)
        {
            stream.Dispose();
            if (exception is InvalidDataException invalid) throw InFile(path, invalid);
            throw;
        }
    }

    public static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    /// <summary>The same exception with the file in its message.</summary>
    public static InvalidDataException InFile(string path, InvalidDataException exception) => new($"{ErrorText.Path(path)}: {exception.Message}", exception);

    public static void RequireReadable(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("Expected a stream that can be read.", nameof(stream));
    }
}
