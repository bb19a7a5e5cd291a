using System.Runtime.InteropServices;

namespace RnnSharp.Serialization;

/// <summary>Flushes a folder to the disk, so that a rename in it survives a loss of power. .NET cannot open folders, so this calls the C library.</summary>
internal static partial class FolderFlush
{
    private const int ReadOnly = 0;

    /// <summary>Does nothing on Windows, whose file systems need no such call, or if the system refuses.</summary>
    public static void ToDisk(string folder)
    {
        if (OperatingSystem.IsWindows() || OperatingSystem.IsBrowser() || OperatingSystem.IsWasi()) return;
        try
        {
            int descriptor = Open(folder, ReadOnly);
            if (descriptor < 0) return;
            _ = Flush(descriptor);
            _ = Close(descriptor);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // The file itself has been flushed.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
