using System.Numerics;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Numerics;

/// <summary>
/// The logistic function σ(x) = 1 / (1 + e⁻ˣ), computed as eˣ / (1 + eˣ) for x ≤ 0, so that the negative tail keeps its digits down
/// to the smallest numbers (the notebook's form loses it).
/// </summary>
public static class Sigmoid
{
    /// <summary>σ of every element, as a new matrix.</summary>
    public static Matrix<T> Of<T>(Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix);
        var values = new T[matrix.RowCount * matrix.ColumnCount];
        MatrixCopy.ToColumns<T>(matrix, values);
        Of<T>(values, values);
        return Matrix<T>.Build.Dense(matrix.RowCount, matrix.ColumnCount, values);
    }

    /// <summary>σ of every element.</summary>
    /// <param name="source">Any numbers.</param>
    /// <param name="target">As many; may be the same memory.</param>
    /// <exception cref="ArgumentException">The lengths differ, or T is neither float nor double.</exception>
    public static void Of<T>(ReadOnlySpan<T> source, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        if (source.Length != target.Length) throw Check.Shape(nameof(target), $"{source.Length} values (as many as the source)", $"{target.Length}");
        if (source.Overlaps(target, out int offset) && offset != 0) throw new ArgumentException("Expected the very memory of the source or such that does not overlap it.", nameof(target));
        Elementwise.Map(source, target, default(SigmoidOperator<T>));
    }

    private readonly struct SigmoidOperator<T> : IMapOperator<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x)
            where TVector : unmanaged, ISimdVector<TVector, T> => TVector.Sigmoid(x);
    }
}
