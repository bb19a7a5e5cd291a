using System.Numerics;

namespace RnnSharp;

/// <summary>A layer that is part of another layer.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Name">
/// The prefix of its parameters and state leaves in the whole layer: "0" gives 0.weight_ih. If it is empty, they keep their own names.
/// </param>
/// <param name="Layer">The part.</param>
public readonly record struct LayerPart<T>(string Name, ILayer<T> Layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
