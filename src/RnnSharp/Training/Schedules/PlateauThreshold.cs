namespace RnnSharp.Training;

/// <summary>When a loss counts as better than the best so far.</summary>
public enum PlateauThreshold
{
    /// <summary>Below best · (1 - threshold). For losses above 0.</summary>
    Relative,

    /// <summary>Below best - threshold.</summary>
    Absolute,
}
