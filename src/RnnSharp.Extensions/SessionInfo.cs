using System.Numerics;

namespace RnnSharp.Serving;

/// <summary>What is known of a session.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Steps">The time steps that it has made.</param>
/// <param name="LastOutput">The output of the last, OutputSize values; zeros before the first.</param>
public sealed record SessionInfo<T>(long Steps, IReadOnlyList<T> LastOutput)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
