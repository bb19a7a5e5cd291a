using System.Numerics;

namespace RnnSharp.Serving;

/// <summary>Looks for NaN and infinity.</summary>
internal static class Finite
{
    /// <summary>Whether no value is NaN or infinite.</summary>
    public static bool All<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // x · 0 is 0 for a finite x, and NaN otherwise.
        Vector<T> sums = Vector<T>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count) sums += new Vector<T>(values[i..]) * Vector<T>.Zero;
        T sum = Vector.Sum(sums);
        for (; i < values.Length; i++) sum += values[i] * T.Zero;
        return sum == T.Zero;
    }
}
