using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>(x - center) / scale for each column: standard, min-max and robust scaling, which differ only in how they are fitted.</summary>
public sealed class AffineScaler : IScaler
{
    internal const string Kind = "affine";

    private readonly double[] _centers;
    private readonly double[] _scales;

    /// <summary>Creates a scaler of given numbers.</summary>
    /// <param name="centers">One finite number for each column, at least one.</param>
    /// <param name="scales">One finite number above 0 for each column.</param>
    /// <exception cref="ArgumentException">A list is null, there is no column, their lengths differ, or a number is out of range.</exception>
    public AffineScaler(IReadOnlyList<double> centers, IReadOnlyList<double> scales)
    {
        _centers = ScalerNumbers.Copy(centers, nameof(centers), "finite numbers", double.IsFinite);
        _scales = ScalerNumbers.Copy(scales, nameof(scales), "finite numbers above 0", scale => scale > 0 && double.IsFinite(scale));
        if (_scales.Length != _centers.Length) throw Check.Shape(nameof(scales), $"{_centers.Length} scales, one for each center", $"{_scales.Length}");
    }

    /// <summary>The centers, one for each column.</summary>
    public IReadOnlyList<double> Centers => _centers;

    /// <summary>The scales, one for each column.</summary>
    public IReadOnlyList<double> Scales => _scales;

    /// <inheritdoc/>
    public int Columns => _centers.Length;

    /// <inheritdoc/>
    public void Transform(ReadOnlySpan<double> values, Span<double> scaled)
    {
        ScalerNumbers.CheckSteps(values, scaled, Columns, nameof(values), nameof(scaled));
        for (int i = 0; i < values.Length; i++) scaled[i] = (values[i] - _centers[i % Columns]) / _scales[i % Columns];
    }

    /// <inheritdoc/>
    public void InverseTransform(ReadOnlySpan<double> scaled, Span<double> values)
    {
        ScalerNumbers.CheckSteps(scaled, values, Columns, nameof(scaled), nameof(values));
        for (int i = 0; i < scaled.Length; i++) values[i] = scaled[i] * _scales[i % Columns] + _centers[i % Columns];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> ToNumbers() => ScalerNumbers.Write(Kind, ("center", _centers), ("scale", _scales));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"(x - {_centers[0]:G4}) / {_scales[0]:G4}{(Columns == 1 ? "" : $" and {Columns - 1} more columns")}");
}
