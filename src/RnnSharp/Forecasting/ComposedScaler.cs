using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>Scalers one after another, such as a logarithm and then standard scaling.</summary>
public sealed class ComposedScaler : IScaler
{
    private readonly IScaler[] _scalers;

    /// <summary>Creates a chain of fitted scalers.</summary>
    /// <param name="scalers">At least one, all of the same columns; the first is the first to transform.</param>
    /// <exception cref="ArgumentException">The list is null or empty, a scaler is null, or their columns differ.</exception>
    public ComposedScaler(params IScaler[] scalers)
    {
        ArgumentNullException.ThrowIfNull(scalers);
        if (scalers.Length == 0) throw Check.Shape(nameof(scalers), "at least one scaler", "none");
        for (int i = 0; i < scalers.Length; i++)
        {
            if (scalers[i] is null) throw new ArgumentException($"Scaler {i} is null.", nameof(scalers));
            if (scalers[i].Columns != scalers[0].Columns) throw Check.Shape(nameof(scalers), $"{scalers[0].Columns} columns in scaler {i}, as in the first", $"{scalers[i].Columns}");
        }

        _scalers = [.. scalers];
    }

    /// <summary>The scalers, in the order in which they transform.</summary>
    public IReadOnlyList<IScaler> Scalers => _scalers;

    /// <inheritdoc/>
    public int Columns => _scalers[0].Columns;

    /// <inheritdoc/>
    public void Transform(ReadOnlySpan<double> values, Span<double> scaled)
    {
        _scalers[0].Transform(values, scaled);
        foreach (IScaler scaler in _scalers.AsSpan(1)) scaler.Transform(scaled, scaled);
    }

    /// <inheritdoc/>
    public void InverseTransform(ReadOnlySpan<double> scaled, Span<double> values)
    {
        _scalers[^1].InverseTransform(scaled, values);
        for (int i = _scalers.Length - 2; i >= 0; i--) _scalers[i].InverseTransform(values, values);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> ToNumbers()
    {
        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        for (int i = 0; i < _scalers.Length; i++)
        {
            foreach ((string name, double number) in _scalers[i].ToNumbers()) numbers.Add(string.Create(CultureInfo.InvariantCulture, $"{i}.{name}"), number);
        }

        return numbers;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", then ", _scalers.Select(scaler => scaler.ToString()));
}
