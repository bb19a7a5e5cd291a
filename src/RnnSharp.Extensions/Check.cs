using System.Runtime.CompilerServices;

namespace RnnSharp.Serving;

/// <summary>Argument checks with messages like the library's.</summary>
internal static class Check
{
    public static int Positive(int value, [CallerArgumentExpression(nameof(value))] string name = "") => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"Expected at least 1, got {value}.");

    public static ArgumentException Shape(string name, string expected, string actual) => new($"Expected {expected}, got {actual}.", name);
}
