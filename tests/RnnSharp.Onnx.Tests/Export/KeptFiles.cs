using System.Globalization;

namespace RnnSharp.Onnx.Tests.Export;

/// <summary>Keeps every exported file in the folder that RNNSHARP_ONNX_FOLDER names, for check_files.py.</summary>
internal static class KeptFiles
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("RNNSHARP_ONNX_FOLDER");

    private static int _count;

    public static void Keep(byte[] file)
    {
        if (string.IsNullOrEmpty(Folder)) return;
        Directory.CreateDirectory(Folder);
        File.WriteAllBytes(Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref _count):d5}.onnx")), file);
    }
}
