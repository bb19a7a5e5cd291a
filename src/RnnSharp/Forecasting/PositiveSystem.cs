using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>Linear equations of a positive definite matrix, solved by Cholesky's decomposition A = L Lᵀ in one fixed order of summation.</summary>
internal sealed class PositiveSystem
{
    private readonly double[] _lower;
    private readonly int _size;
    private readonly double[] _scratch;

    /// <summary>Decomposes a matrix, [row][column], of which the lower triangle is read and replaced by L.</summary>
    public PositiveSystem(double[] matrix, int size)
    {
        _lower = matrix;
        _size = size;
        _scratch = new double[size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double rest = matrix[i * size + j] - Dot(Row(i)[..j], Row(j)[..j]);
                matrix[i * size + j] = i == j ? Math.Sqrt(rest) : rest / matrix[j * size + j];
            }
        }
    }

    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>target += factor x.</summary>
    public static void AddScaled(double factor, ReadOnlySpan<double> x, Span<double> target) => Elementwise.Zip<double, AddScaledOperator>(x, target, target, new(factor));

    /// <summary>Replaces b by the solution of A x = b.</summary>
    public void Solve(Span<double> b)
    {
        SolveLower(b);
        for (int i = _size - 1; i >= 0; i--)
        {
            b[i] /= _lower[i * _size + i];
            AddScaled(-b[i], Row(i)[..i], b[..i]);
        }
    }

    /// <summary>xᵀ A⁻¹ x.</summary>
    public double InverseSquare(ReadOnlySpan<double> x)
    {
        x.CopyTo(_scratch);
        SolveLower(_scratch);
        return Dot(_scratch, _scratch);
    }

    private void SolveLower(Span<double> b)
    {
        for (int i = 0; i < _size; i++) b[i] = (b[i] - Dot(b[..i], Row(i)[..i])) / _lower[i * _size + i];
    }

    private ReadOnlySpan<double> Row(int row) => _lower.AsSpan(row * _size, _size);

    private readonly struct AddScaledOperator(double factor) : IZipOperator<double>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector x, TVector y)
            where TVector : unmanaged, ISimdVector<TVector, double> => TVector.MultiplyAdd(TVector.Broadcast(factor), x, y);
    }
}
