using System.Numerics;

namespace RnnSharp.Training;

/// <summary>What Adam remembers of one parameter.</summary>
/// <param name="Steps">Steps made.</param>
/// <param name="First">The decayed mean of the gradient (the notebook's v), column-major like the parameter.</param>
/// <param name="Second">The decayed mean of its square (the notebook's s).</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record AdamMoments<T>(long Steps, T[] First, T[] Second)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>All that Adam remembers, to go on later as if never interrupted.</summary>
/// <param name="Moments">By the parameter's name in its layer; parameters that were never stepped are left out.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record AdamState<T>(IReadOnlyDictionary<string, AdamMoments<T>> Moments)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
