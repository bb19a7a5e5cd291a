using System.Diagnostics;

namespace RnnSharp.Peers;

internal static class Clock
{
    /// <summary>The median time of a warm call in milliseconds, measured as protocol.py does.</summary>
    public static (double Milliseconds, int Runs) MedianTime(Action call, double seconds)
    {
        Repeat(call, 3, Math.Min(0.5, seconds), static _ => { });
        var times = new List<double>();
        Repeat(call, 5, seconds, times.Add);
        times.Sort();
        return (times[times.Count / 2], times.Count);
    }

    private static void Repeat(Action call, int atLeast, double seconds, Action<double> record)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < atLeast || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            call();
            record(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
    }
}
