using FluentAssertions;

namespace RnnSharp.Tests.Layers;

/// <summary>
/// Calls that allocate nothing once they have run. A collection that another thread causes can count the unused rest of this thread's
/// allocation block as allocated; what a call itself allocates comes back at every attempt, so the least of several is the call's own.
/// </summary>
internal static class Warm
{
    private const int Attempts = 10;
    private const int Rounds = 3;

    /// <summary>Makes the calls and runs them in turn, three rounds, of which the first warms up.</summary>
    public static void ShouldAllocateNothing(Func<(string What, Action Call)[]> make)
    {
        var least = new Dictionary<(int Round, int Call), long>();
        var found = new List<string>();
        for (int attempt = 0; attempt < Attempts && (attempt == 0 || found.Count > 0); attempt++)
        {
            found.Clear();
            (string What, Action Call)[] calls = make();
            for (int round = 0; round < Rounds; round++)
            {
                for (int i = 0; i < calls.Length; i++)
                {
                    long allocated = Math.Min(Measure(calls[i].Call), least.GetValueOrDefault((round, i), long.MaxValue));
                    least[(round, i)] = allocated;
                    if (round > 0 && allocated > 0) found.Add($"{calls[i].What} allocates {allocated} bytes in round {round}");
                }
            }
        }

        found.Should().BeEmpty();
    }

    /// <summary>The bytes that a warm call allocates every time.</summary>
    public static long Allocated(Action call)
    {
        call();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < Attempts && least > 0; attempt++) least = Math.Min(least, Measure(call));
        return least;
    }

    private static long Measure(Action call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        call();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
