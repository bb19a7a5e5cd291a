using System.Numerics;
using RnnSharp.Numerics;
using RnnSharp.Training;

namespace RnnSharp.Data;

/// <summary>Changes a batch that a source has filled: noise, scaling, masks.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="batch">The batch.</param>
/// <param name="random">A generator whose numbers depend on the seed and the number of the batch alone. Valid during the call.</param>
public delegate void BatchTransform<T>(Batch<T> batch, FastRandom random)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
