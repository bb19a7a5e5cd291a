using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>y = f(x), for <see cref="Elementwise.Map"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IMapOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>f(x) for the elements of one vector. Mark the implementation for aggressive inlining.</summary>
    TVector Invoke<TVector>(TVector x)
        where TVector : unmanaged, ISimdVector<TVector, T>;
}
