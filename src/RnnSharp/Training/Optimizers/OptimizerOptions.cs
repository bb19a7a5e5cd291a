using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Checks of options that several optimizers have.</summary>
internal static class OptimizerOptions
{
    /// <summary>Validates a decay or momentum.</summary>
    public static double BelowOne(double value, [CallerArgumentExpression(nameof(value))] string name = "") => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Expected at least 0 and below 1, got {value}.");

    /// <summary>Validates an ε that a T can hold.</summary>
    public static double Epsilon<T>(double value, [CallerArgumentExpression(nameof(value))] string name = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.FiniteAs<T>(Check.Positive(value, name), name);
        return !T.IsZero(T.CreateChecked(value))
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"Expected a number that is above 0 when converted to {typeof(T).Name}, got {value}.");
    }
}
