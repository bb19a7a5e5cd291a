using System.Numerics;

namespace RnnSharp.Training;

/// <summary>Adam's state for one parameter.</summary>
/// <param name="Steps">The number of steps taken.</param>
/// <param name="First">The decayed mean of the gradient (the notebook's v), column-major like the parameter.</param>
/// <param name="Second">The decayed mean of the squared gradient (the notebook's s).</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record AdamMoments<T>(long Steps, T[] First, T[] Second)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>Adam's complete state for a layer: training that resumes from it continues as if never interrupted.</summary>
/// <param name="Moments">The state of each parameter by its name in the layer, without parameters that have not been updated yet.</param>
/// <typeparam name="T">float or double.</typeparam>
public sealed record AdamState<T>(IReadOnlyDictionary<string, AdamMoments<T>> Moments)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
