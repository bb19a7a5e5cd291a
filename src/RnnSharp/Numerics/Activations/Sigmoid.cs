using System.Numerics;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Numerics;

/// <summary>
/// The logistic function σ(x) = 1 / (1 + e⁻ˣ), computed as eˣ / (1 + eˣ) for x ≤ 0, which keeps full precision for very negative x
/// (the notebook's form does not).
/// </summary>
public static class Sigmoid
{
    /// <summary>Computes σ of every element into a new matrix.</summary>
    /// <exception cref="ArgumentException">The matrix is null or larger than an array can be, or T is neither float nor double.</exception>
    public static Matrix<T> Of<T>(Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(matrix);
        Check.ElementType<T>();
        var values = new T[Check.ArrayLength((long)matrix.RowCount * matrix.ColumnCount, nameof(matrix))];
        MatrixCopy.ToColumns<T>(matrix, values);
        Of<T>(values, values);
        return Matrix<T>.Build.Dense(matrix.RowCount, matrix.ColumnCount, values);
    }

    /// <summary>Computes σ of every element.</summary>
    /// <param name="source">Any values.</param>
    /// <param name="target">Receives the results; as long as the source, and may be the same memory.</param>
    /// <exception cref="ArgumentException">The lengths differ, the spans partially overlap, or T is neither float nor double.</exception>
    public static void Of<T>(ReadOnlySpan<T> source, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        if (source.Length != target.Length) throw Check.Shape(nameof(target), $"{source.Length} values, as many as the source", $"{target.Length}");
        if (source.Overlaps(target, out int offset) && offset != 0) throw new ArgumentException("Expected the memory of the source, or memory that does not overlap the source.", nameof(target));
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
