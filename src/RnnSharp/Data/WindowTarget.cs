namespace RnnSharp.Data;

/// <summary>What the target of a window of a series is.</summary>
public enum WindowTarget
{
    /// <summary>For each step of the window, the step that lies the horizon later: as many steps as the window.</summary>
    EachStep,

    /// <summary>The step that lies the horizon after the last step of the window: one step.</summary>
    LastStep,

    /// <summary>The steps after the window, as many as the horizon.</summary>
    FollowingSteps,

    /// <summary>The same values as <see cref="FollowingSteps"/>, [step][column], as the features of a single step.</summary>
    FollowingFeatures,
}
