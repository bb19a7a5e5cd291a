using System.Globalization;
using FluentAssertions;

namespace RnnSharp.Tests.Layers;

/// <summary>Calls that allocate nothing once they have run.</summary>
internal static class Warm
{
    /// <summary>
    /// Makes the calls and runs them in turn, three rounds. A collection that another thread causes can count the unused rest of this
    /// thread's allocation block as allocated; what the calls themselves allocate would come back at every attempt.
    /// </summary>
    public static void ShouldAllocateNothing(Func<(string What, Action Call)[]> make)
    {
        string? found = "";
        for (int attempt = 0; attempt < 10 && found is not null; attempt++)
        {
            found = null;
            (string What, Action Call)[] calls = make();
            for (int round = 0; round < 3; round++)
            {
                foreach ((string what, Action call) in calls)
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    call();
                    long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                    if (round > 0 && allocated > 0) found ??= string.Create(CultureInfo.InvariantCulture, $"{what} allocates {allocated} bytes in round {round}");
                }
            }
        }

        found.Should().BeNull();
    }
}
