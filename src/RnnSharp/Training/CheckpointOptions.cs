using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Where and when a trainer saves checkpoints. Files are named step-0000001000.ckpt; the best one is also kept, as best.ckpt.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Names the folder.</summary>
    /// <param name="folder">It is created if it does not exist.</param>
    /// <exception cref="ArgumentException">The folder is null or empty.</exception>
    public CheckpointOptions(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        Folder = folder;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The steps between checkpoints; at the end of each epoch when null. One is also saved at the end of Fit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public long? EverySteps { get; init => field = value is { } steps ? Check.Positive(steps, nameof(value)) : null; }

    /// <summary>The newest checkpoints to keep; 2 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Set to less than 1.</exception>
    public int KeepLast { get; init => field = Check.Positive(value); } = 2;

    /// <summary>Whether the checkpoint of the best validation is kept as well; true by default.</summary>
    public bool KeepBest { get; init; } = true;
}
