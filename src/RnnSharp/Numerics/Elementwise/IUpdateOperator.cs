using System.Numerics;

namespace RnnSharp.Numerics;

/// <summary>A step of an optimizer that keeps one number per weight, for <see cref="Elementwise.Update{T, TOperator}(Span{T}, ReadOnlySpan{T}, Span{T}, TOperator)"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IUpdateOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Updates the elements of one vector. The result for an element depends on that element alone: several threads update the parts of a long
    /// span at the same time, each with its own copy of the operator. Mark the implementation for aggressive inlining.
    /// </summary>
    void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector state)
        where TVector : unmanaged, ISimdVector<TVector, T>;
}

/// <summary>A step of an optimizer that keeps two numbers per weight, for <see cref="Elementwise.Update{T, TOperator}(Span{T}, ReadOnlySpan{T}, Span{T}, Span{T}, TOperator)"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IUpdateOperator2<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Updates the elements of one vector. The result for an element depends on that element alone: several threads update the parts of a long
    /// span at the same time, each with its own copy of the operator. Mark the implementation for aggressive inlining.
    /// </summary>
    void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second)
        where TVector : unmanaged, ISimdVector<TVector, T>;
}

/// <summary>A step of an optimizer that keeps three numbers per weight, for <see cref="Elementwise.Update{T, TOperator}(Span{T}, ReadOnlySpan{T}, Span{T}, Span{T}, Span{T}, TOperator)"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IUpdateOperator3<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Updates the elements of one vector. The result for an element depends on that element alone: several threads update the parts of a long
    /// span at the same time, each with its own copy of the operator. Mark the implementation for aggressive inlining.
    /// </summary>
    void Invoke<TVector>(ref TVector weights, TVector gradient, ref TVector first, ref TVector second, ref TVector third)
        where TVector : unmanaged, ISimdVector<TVector, T>;
}
