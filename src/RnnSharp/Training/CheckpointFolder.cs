using System.Globalization;
using RnnSharp.Serialization;

namespace RnnSharp.Training;

/// <summary>The checkpoints in a folder.</summary>
public static class CheckpointFolder
{
    internal const string BestName = "best.ckpt";
    private const string Prefix = "step-";
    private const string Suffix = ".ckpt";

    /// <summary>The path of the newest checkpoint in a folder; null if there is none or no such folder.</summary>
    /// <exception cref="ArgumentException">The folder is null or empty.</exception>
    public static string? Latest(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        return List(folder).LastOrDefault().Path;
    }

    /// <summary>The path of the checkpoint of the best validation in a folder; null if there is none.</summary>
    /// <exception cref="ArgumentException">The folder is null or empty.</exception>
    public static string? Best(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        string path = Path.Combine(folder, BestName);
        return File.Exists(path) ? path : null;
    }

    /// <summary>Saves a checkpoint, and deletes old ones only when it is complete.</summary>
    internal static string Save(CheckpointOptions options, StateDictionary state, long step)
    {
        Directory.CreateDirectory(options.Folder);
        string path = Path.Combine(options.Folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D10}{Suffix}"));
        StateFile.Save(state, path);
        (long Step, string Path)[] all = [.. List(options.Folder)];

        // Those of later steps are of a run that was continued from an earlier checkpoint than its last.
        foreach ((_, string old) in all.Where(saved => saved.Step <= step).SkipLast(options.KeepLast).Concat(all.Where(saved => saved.Step > step)))
        {
            // A checkpoint that cannot be deleted only takes space.
            try
            {
                File.Delete(old);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }

        return path;
    }

    /// <summary>Saves the checkpoint of the best validation.</summary>
    internal static string SaveBest(CheckpointOptions options, StateDictionary state)
    {
        Directory.CreateDirectory(options.Folder);
        string path = Path.Combine(options.Folder, BestName);
        StateFile.Save(state, path);
        return path;
    }

    private static List<(long Step, string Path)> List(string folder)
    {
        var found = new List<(long Step, string Path)>();
        if (!Directory.Exists(folder)) return found;
        foreach (string path in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}"))
        {
            ReadOnlySpan<char> digits = Path.GetFileName(path.AsSpan())[Prefix.Length..^Suffix.Length];
            if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long step)) found.Add((step, path));
        }

        found.Sort();
        return found;
    }
}
