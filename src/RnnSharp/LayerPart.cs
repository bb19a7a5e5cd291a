using System.Numerics;

namespace RnnSharp;

/// <summary>A layer that another layer is made of.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Name">
/// What the names of its parameters and state leaves begin with in the whole: "0" gives 0.weight_ih. They keep their own names where it
/// is empty.
/// </param>
/// <param name="Layer">The part.</param>
public readonly record struct LayerPart<T>(string Name, ILayer<T> Layer)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
