using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Keeps gradients from exploding through time (Pascanu, Mikolov and Bengio 2013).</summary>
public static class GradientClipping
{
    /// <summary>PyTorch's, against a division by zero.</summary>
    private const double Epsilon = 1e-6;

    /// <summary>Limits every element to ±<paramref name="limit"/> (the notebook's clip).</summary>
    /// <exception cref="ArgumentException">The limit is not above 0, or a gradient is NaN. Nothing is changed in that case.</exception>
    public static void ByValue<T>(Gradients<T> gradients, double limit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradients);
        T bound = T.CreateChecked(Check.Positive(limit));
        if (T.IsZero(bound)) throw new ArgumentOutOfRangeException(nameof(limit), limit, $"Expected a number that is above 0 when converted to {typeof(T).Name}, got {limit}.");
        for (int p = 0; p < gradients.Parameters.Count; p++)
        {
            if (Elementwise.AnyNaN(gradients.Values(p)))
                throw new ArgumentException($"Expected gradients without NaN, got NaN in {gradients.Names[p]}; nothing was changed.", nameof(gradients));
        }

        for (int p = 0; p < gradients.Parameters.Count; p++) Elementwise.Clamp(gradients.Values(p), bound);
    }

    /// <summary>
    /// Scales gradients whose norm is too large, as PyTorch's clip_grad_norm_: by maxNorm / (norm + 10⁻⁶) where that is below 1. Their
    /// direction is preserved.
    /// </summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="maxNorm">The limit, above 0.</param>
    /// <param name="order">p of the norm (Σ|g|ᵖ)^(1/p): 1 or more, or infinity for the largest magnitude.</param>
    /// <param name="perParameter">Whether each parameter's gradient is scaled by its own norm, or all by one factor.</param>
    /// <returns>The norm of all gradients before clipping.</returns>
    /// <exception cref="ArgumentException">The limit is not above 0, the order is below 1, or the norm is not finite (an exploded or invalid gradient). Nothing is changed in that case.</exception>
    public static double ByNorm<T>(Gradients<T> gradients, double maxNorm, double order = 2, bool perParameter = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Check.Positive(maxNorm);
        if (!(order >= 1)) throw new ArgumentOutOfRangeException(nameof(order), order, $"Expected 1 or more, or infinity, got {order}.");
        double norm = Norm(gradients, 0, gradients.Parameters.Count, order);
        if (!double.IsFinite(norm)) throw new ArgumentException($"Expected gradients with a finite norm, got {norm}; nothing was changed.", nameof(gradients));

        // No parameter's norm is above that of all of them.
        if (Factor(maxNorm, norm) is not { } factor) return norm;
        if (T.IsZero(T.CreateChecked(factor))) throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, $"Expected a limit whose scale factor is above 0 when converted to {typeof(T).Name}, got {maxNorm} for a norm of {norm}; nothing was changed.");
        if (!perParameter)
        {
            gradients.Scale(T.CreateChecked(factor));
            return norm;
        }

        for (int p = 0; p < gradients.Parameters.Count; p++)
        {
            if (Factor(maxNorm, Norm(gradients, p, 1, order)) is { } own) Elementwise.Scale(gradients.Values(p), T.CreateChecked(own));
        }

        return norm;
    }

    /// <summary>The first element that is not finite, or null.</summary>
    internal static int? FirstNotFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Elementwise.AllFinite(values)) return null;
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i])) return i;
        }

        return null;
    }

    private static double? Factor(double maxNorm, double norm) => maxNorm / (norm + Epsilon) is < 1 and var factor ? factor : null;

    /// <summary>The norm of the gradients of some parameters, in double precision; NaN or infinity if it is not finite.</summary>
    private static double Norm<T>(Gradients<T> gradients, int first, int count, double order)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = 0, largest = 0;
        if (order is 1 or 2)
        {
            for (int p = first; p < first + count; p++) sum += order is 1 ? Elementwise.SumOfMagnitudes<T>(gradients.Values(p)) : Elementwise.SumOfSquares<T>(gradients.Values(p));
            return order is 1 ? sum : Math.Sqrt(sum);
        }

        for (int p = first; p < first + count; p++)
        {
            if (Elementwise.AnyNaN<T>(gradients.Values(p))) return double.NaN;
            largest = Math.Max(largest, double.CreateChecked(Elementwise.LargestMagnitude<T>(gradients.Values(p))));
        }

        if (double.IsPositiveInfinity(order) || largest == 0 || !double.IsFinite(largest)) return largest;

        // Relative to the largest magnitude, so that no power overflows. A subnormal one has no reciprocal.
        double scale = Math.Min(1 / largest, double.MaxValue);
        for (int p = first; p < first + count; p++) sum += Elementwise.SumOfPowers<T>(gradients.Values(p), scale, order);
        return Math.Pow(sum, 1 / order) / scale;
    }
}
