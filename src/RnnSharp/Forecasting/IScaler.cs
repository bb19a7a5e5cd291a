namespace RnnSharp.Forecasting;

/// <summary>
/// Brings the columns of a series to the range in which networks learn, and back. A scaler is fitted once, on training values only (see
/// <see cref="Scaling"/>), and never changes. NaN, a missing value, stays NaN.
/// </summary>
public interface IScaler
{
    /// <summary>The number of columns, at least 1. Each has numbers of its own.</summary>
    int Columns { get; }

    /// <summary>Scales values.</summary>
    /// <param name="values">[step][column].</param>
    /// <param name="scaled">Receives as many values; may be the same memory.</param>
    /// <exception cref="ArgumentException">The values are not whole steps, the lengths differ, or a value is outside the function's domain (not positive, for a logarithm).</exception>
    void Transform(ReadOnlySpan<double> values, Span<double> scaled);

    /// <summary>Reverses the scaling.</summary>
    /// <param name="scaled">[step][column].</param>
    /// <param name="values">Receives as many values; may be the same memory.</param>
    /// <exception cref="ArgumentException">The values are not whole steps, or the lengths differ.</exception>
    void InverseTransform(ReadOnlySpan<double> scaled, Span<double> values);

    /// <summary>The scaler as named numbers, such as "affine.center.0", from which <see cref="Scaling.Restore"/> creates an equal one.</summary>
    IReadOnlyDictionary<string, double> ToNumbers();
}
