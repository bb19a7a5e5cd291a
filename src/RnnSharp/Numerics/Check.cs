using System.Numerics;
using System.Runtime.CompilerServices;

namespace RnnSharp.Numerics;

/// <summary>Argument checks that several types share, so that their messages are consistent.</summary>
internal static class Check
{
    /// <summary>Throws unless the element type is float or double.</summary>
    public static void ElementType<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
#pragma warning disable MA0015 // The invalid argument is the type argument.
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
            throw new ArgumentException($"Expected float (System.Single) or double (System.Double) as the type argument T, got {typeof(T)}.", nameof(T));
#pragma warning restore MA0015
    }

    /// <summary>Returns a value that must not be null, for use in an expression such as a base constructor's argument.</summary>
    public static TValue NotNull<TValue>(TValue value, [CallerArgumentExpression(nameof(value))] string name = "")
        where TValue : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    public static int Positive(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 1) throw new ArgumentOutOfRangeException(name, value, $"Expected at least 1, got {value}.");
        return value;
    }

    public static long Positive(long value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 1) throw new ArgumentOutOfRangeException(name, value, $"Expected at least 1, got {value}.");
        return value;
    }

    public static int NotNegative(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 0) throw new ArgumentOutOfRangeException(name, value, $"Expected 0 or more, got {value}.");
        return value;
    }

    public static long NotNegative(long value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 0) throw new ArgumentOutOfRangeException(name, value, $"Expected 0 or more, got {value}.");
        return value;
    }

    public static double Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0) || !double.IsFinite(value)) throw new ArgumentOutOfRangeException(name, value, $"Expected a finite number above 0, got {value}.");
        return value;
    }

    public static double NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0) || !double.IsFinite(value)) throw new ArgumentOutOfRangeException(name, value, $"Expected a finite number of 0 or more, got {value}.");
        return value;
    }

    /// <summary>Throws if an array would have more elements than .NET allows, before it is allocated.</summary>
    public static int ArrayLength(long length, string name)
    {
        if (length > Array.MaxLength)
            throw new ArgumentOutOfRangeException(name, length, $"Expected at most {Array.MaxLength} elements in total, got {length}.");
        return (int)length;
    }

    /// <summary>Throws unless a part of a layer, possibly a custom one, returned the object that it was given for reuse: its results would be lost silently.</summary>
    public static void Reused(object returned, object given, object layer)
    {
        if (!ReferenceEquals(returned, given))
            throw new InvalidOperationException($"A part of the layer, a {layer.GetType().Name}, did not return the object that it was given for reuse, as ILayer requires.");
    }

    /// <summary>Creates the exception for an argument that does not have the expected shape, size or kind.</summary>
    public static ArgumentException Shape(string name, string expected, string actual) =>
        new($"Expected {expected}, got {actual}.", name);

    /// <summary>Validates a number that is converted to T: finite in both types, and not negative.</summary>
    public static double FiniteAs<T>(double value, [CallerArgumentExpression(nameof(value))] string name = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        NotNegative(value, name);
        if (!T.IsFinite(T.CreateChecked(value))) throw new ArgumentOutOfRangeException(name, value, $"Expected a number within {typeof(T).Name}'s range, got {value}.");
        return value;
    }
}
