using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>The windows of a series.</summary>
public sealed class WindowOptions
{
    /// <summary>Steps from an input to its target, at least 1; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Horizon { get; init => field = Check.Positive(value, nameof(value)); } = 1;

    /// <summary>Steps from the start of a window to that of the next, at least 1; 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Stride { get; init => field = Check.Positive(value, nameof(value)); } = 1;

    /// <summary>What the target of a window is; <see cref="WindowTarget.EachStep"/> by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public WindowTarget Target
    {
        get;
        init => field = value is >= WindowTarget.EachStep and <= WindowTarget.FollowingFeatures ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"Expected EachStep, LastStep, FollowingSteps or FollowingFeatures, got {value}.");
    }

    /// <summary>The features of the series that are the input; all when null.</summary>
    public IReadOnlyList<int>? InputColumns { get; init; }

    /// <summary>The features of the series that are the target; all when null.</summary>
    public IReadOnlyList<int>? TargetColumns { get; init; }

    /// <summary>Whether windows with a value that is NaN, in their input or target, are left out, so that gaps of a series are not trained on; false by default.</summary>
    public bool SkipMissing { get; init; }

    /// <summary>Whether <see cref="SkipMissing"/> keeps windows whose target has a value among missing ones, for a loss that leaves those out.</summary>
    internal bool KeepPartialTargets { get; init; }
}
