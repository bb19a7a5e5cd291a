using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>z = f(x, y), for <see cref="Elementwise.Zip"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IZipOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>f(x, y) for the elements of one vector. Mark the implementation for aggressive inlining.</summary>
    TVector Invoke<TVector>(TVector x, TVector y)
        where TVector : unmanaged, ISimdVector<TVector, T>;
}
