namespace RnnSharp.Numerics;

/// <summary>A sum of f(x) in double precision, for <see cref="Elementwise.Sum"/>.</summary>
public interface ISumOperator
{
    /// <summary>sum + f(x) for the elements of one vector. Mark the implementation for aggressive inlining.</summary>
    TVector Add<TVector>(TVector sum, TVector x)
        where TVector : unmanaged, ISimdVector<TVector, double>;
}
