using RnnSharp.Tests.Numerics;

namespace RnnSharp.Tests.Fuzz;

/// <summary>How much the fuzz tests run.</summary>
internal static class FuzzSettings
{
    /// <summary>RNNSHARP_FUZZ_RUNS gives any other number.</summary>
    public static int Runs(int normal, int exhaustive) =>
        int.TryParse(Environment.GetEnvironmentVariable("RNNSHARP_FUZZ_RUNS"), System.Globalization.CultureInfo.InvariantCulture, out int runs) ? runs : VectorFunctions.Exhaustive ? exhaustive : normal;
}
