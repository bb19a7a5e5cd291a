using System.Globalization;

namespace RnnSharp.Onnx.Import;

/// <summary>Reads what a file writes as a float where a decimal number is meant.</summary>
internal static class Decimal
{
    /// <summary>The shortest decimal number that rounds to a float: 0.1 for 0.100000001490116.</summary>
    public static double Shortest(float number) => double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>The same for a number that may have been a float.</summary>
    public static double Shortest(double number) => (double)(float)number == number ? Shortest((float)number) : number;
}
