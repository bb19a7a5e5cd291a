using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace RnnSharp.Numerics;

/// <summary>
/// softmax(z)ᵢ = e^(zᵢ - m) / Σⱼ e^(zⱼ - m) of each column, where m is the maximum of that column. No column overflows or underflows,
/// whatever the other columns hold. (The notebook subtracts the maximum of the whole matrix: a column about 745 below it becomes NaN.)
/// A column that contains NaN or +∞ becomes NaN.
/// </summary>
public static class Softmax
{
    /// <summary>Computes the softmax of each column into a new matrix.</summary>
    /// <param name="scores">Classes × examples.</param>
    /// <exception cref="ArgumentException">The matrix is null or larger than an array can be, or T is neither float nor double.</exception>
    public static Matrix<T> Columns<T>(Matrix<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map(scores, Column);

    /// <summary>Computes the logarithm of each column's softmax, zᵢ - m - ln Σⱼ e^(zⱼ - m), into a new matrix. It stays accurate even where the softmax underflows to 0.</summary>
    /// <param name="scores">Classes × examples.</param>
    /// <exception cref="ArgumentException">The matrix is null or larger than an array can be, or T is neither float nor double.</exception>
    public static Matrix<T> LogColumns<T>(Matrix<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Map(scores, LogColumn);

    /// <summary>Computes the softmax of one column.</summary>
    /// <param name="scores">One value per class.</param>
    /// <param name="probabilities">Receives one value per class; may be the same memory as the scores.</param>
    /// <exception cref="ArgumentException">The lengths differ, the spans partially overlap, or T is neither float nor double.</exception>
    public static void Column<T>(ReadOnlySpan<T> scores, Span<T> probabilities)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckSpans(scores, probabilities, nameof(probabilities));
        SoftmaxKernel.Softmax(scores, probabilities);
    }

    /// <summary>Computes the logarithm of one column's softmax.</summary>
    /// <param name="scores">One value per class.</param>
    /// <param name="logarithms">Receives one value per class; must not overlap the scores.</param>
    /// <exception cref="ArgumentException">The lengths differ, the spans overlap, or T is neither float nor double.</exception>
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
        if (source.Length != target.Length) throw Check.Shape(name, $"{source.Length} values, as many as the scores", $"{target.Length}");
        if (source.Overlaps(target, out int offset) && offset != 0) throw new ArgumentException("Expected the memory of the scores, or memory that does not overlap the scores.", name);
    }

    private static Matrix<T> Map<T>(Matrix<T> scores, Mapping<T> map)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(scores);
        Check.ElementType<T>();
        int rows = scores.RowCount;
        var source = new T[Check.ArrayLength((long)rows * scores.ColumnCount, nameof(scores))];
        var target = new T[source.Length];
        MatrixCopy.ToColumns<T>(scores, source);
        for (int j = 0; j < scores.ColumnCount; j++) map(source.AsSpan(j * rows, rows), target.AsSpan(j * rows, rows));
        return Matrix<T>.Build.Dense(rows, scores.ColumnCount, target);
    }

    private delegate void Mapping<T>(ReadOnlySpan<T> source, Span<T> target);
}
