using System.Numerics;
using RnnSharp.Tests.Recurrent;

namespace RnnSharp.Tests.Numerics;

/// <summary>
/// Spans of every length up to a few vectors at different offsets of a larger array, whose other elements reveal writes past the ends of a
/// span.
/// </summary>
internal static class OffsetSpans
{
    /// <summary>The elements after a span; there are about as many before it.</summary>
    public const int Margin = 67;

    public const int Longest = 130;

    /// <summary>Calls an action with every length, several offsets, and a random number generator.</summary>
    public static void ForEach(Action<int, int, Random> check)
    {
        for (int length = 0; length <= Longest; length++)
        {
            for (int offset = Margin - 3; offset < Margin; offset++) check(length, offset, new Random(length + 1000 * offset));
        }
    }

    /// <summary>An array with room for a span of the given length at the offset, filled with random numbers from -1 to 1.</summary>
    public static T[] Draw<T>(int length, int offset, Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new T[offset + length + Margin];
        Make.Fill(values, random);
        return values;
    }

    /// <summary>A plain comparison, because an assertion for each of a million elements would take seconds.</summary>
    public static bool Near<T>(T actual, double expected, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Math.Abs(double.CreateChecked(actual) - expected) <= tolerance;
}
