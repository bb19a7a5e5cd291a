using System.Globalization;

namespace StepByStep;

/// <summary>A number as NumPy prints it.</summary>
internal sealed record PrintedValue(string Text, double Value, int Decimals)
{
    public static PrintedValue Parse(string text) => new(text, double.Parse(text, CultureInfo.InvariantCulture), text.Contains('.') ? text.Length - text.IndexOf('.') - 1 : 0);

    /// <summary>A number with as many decimals as this one.</summary>
    public string Format(double value) => value.ToString($"F{Decimals}", CultureInfo.InvariantCulture);

    /// <summary>
    /// Whether a number would be printed like this one. The last digits of numbers with 16 or 17 of them are rounding errors, which depend on the order
    /// of the sums: 2e-15 more is allowed, relative to the number where it is above 1.
    /// </summary>
    public bool Is(double value) => double.IsNaN(Value) ? double.IsNaN(value) : Math.Abs(value - Value) <= 0.5 * Math.Pow(10, -Decimals) + 2e-15 * Math.Max(1, Math.Abs(Value));
}
