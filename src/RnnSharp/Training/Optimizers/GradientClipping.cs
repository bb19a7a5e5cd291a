using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Keeps gradients from exploding through time (Pascanu, Mikolov and Bengio 2013).</summary>
public static class GradientClipping
{
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
    /// Scales all gradients by one factor so that their global norm is at most <paramref name="maxNorm"/>; their direction is preserved.
    /// </summary>
    /// <returns>The norm before clipping.</returns>
    /// <exception cref="ArgumentException">The limit is not above 0, or the norm is not finite (an exploded or invalid gradient). Nothing is changed in that case.</exception>
    public static double ByNorm<T>(Gradients<T> gradients, double maxNorm)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Check.Positive(maxNorm);
        double norm = gradients.Norm();
        if (!double.IsFinite(norm)) throw new ArgumentException($"Expected gradients with a finite norm, got {norm}; nothing was changed.", nameof(gradients));
        if (norm <= maxNorm) return norm;
        T factor = T.CreateChecked(maxNorm / norm);
        if (T.IsZero(factor)) throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm, $"Expected a limit whose scale factor is above 0 when converted to {typeof(T).Name}, got {maxNorm} for a norm of {norm}; nothing was changed.");
        gradients.Scale(factor);
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
}
