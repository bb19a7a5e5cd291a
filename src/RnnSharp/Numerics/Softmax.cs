using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Numerics;

/// <summary>
/// softmax(z)ᵢ = e^(zᵢ - m) / Σⱼ e^(zⱼ - m) over each column, with m the column's own maximum, so that no column overflows or vanishes
/// whatever stands beside it (the notebook subtracts one maximum of the whole matrix, and a column about 745 below it becomes NaN).
/// A column with NaN or +∞ gives NaN throughout.
/// </summary>
public static class Softmax
{
    /// <summary>The softmax of each column, as a new matrix.</summary>
    /// <param name="scores">Classes × examples.</param>
    public static Matrix<T> Columns<T>(Matrix<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map(scores, Column);

    /// <summary>The logarithm of each column's softmax, zᵢ - m - ln Σⱼ e^(zⱼ - m), as a new matrix: exact where the softmax itself is 0.</summary>
    /// <param name="scores">Classes × examples.</param>
    public static Matrix<T> LogColumns<T>(Matrix<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map(scores, LogColumn);

    /// <summary>The softmax of one column.</summary>
    /// <param name="scores">One number a class.</param>
    /// <param name="probabilities">As many; may be the same memory.</param>
    /// <exception cref="ArgumentException">The lengths differ, or T is neither float nor double.</exception>
    public static void Column<T>(ReadOnlySpan<T> scores, Span<T> probabilities)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckSpans(scores, probabilities, nameof(probabilities));
        SoftmaxKernel.Softmax(scores, probabilities);
    }

    /// <summary>The logarithm of one column's softmax.</summary>
    /// <param name="scores">One number a class.</param>
    /// <param name="logarithms">As many; not the same memory.</param>
    /// <exception cref="ArgumentException">The lengths differ, the memory overlaps, or T is neither float nor double.</exception>
    public static void LogColumn<T>(ReadOnlySpan<T> scores, Span<T> logarithms)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckSpans(scores, logarithms, nameof(logarithms));
        if (scores.Overlaps(logarithms)) throw new ArgumentException("Expected memory that does not overlap the scores.", nameof(logarithms));
        SoftmaxKernel.LogSoftmax(scores, logarithms);
    }

    private static void CheckSpans<T>(ReadOnlySpan<T> source, Span<T> target, string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        if (source.Length != target.Length) throw Check.Shape(name, $"{source.Length} values (as many as the scores)", $"{target.Length}");
        if (source.Overlaps(target, out int offset) && offset != 0) throw new ArgumentException("Expected the very memory of the scores or such that does not overlap it.", name);
    }

    private static Matrix<T> Map<T>(Matrix<T> scores, Mapping<T> map)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(scores);
        int rows = scores.RowCount;
        var source = new T[rows * scores.ColumnCount];
        var target = new T[source.Length];
        MatrixCopy.ToColumns<T>(scores, source);
        for (int j = 0; j < scores.ColumnCount; j++) map(source.AsSpan(j * rows, rows), target.AsSpan(j * rows, rows));
        return Matrix<T>.Build.Dense(rows, scores.ColumnCount, target);
    }

    private delegate void Mapping<T>(ReadOnlySpan<T> source, Span<T> target);
}
