using System.Diagnostics;
using FluentAssertions;

namespace RnnSharp.Tests;

/// <summary>Runs calls while another thread changes what they read.</summary>
internal static class ConcurrentChange
{
    /// <summary>Repeats the calls for a while beside a thread that repeats the change; calls may throw only what a wrong call may throw.</summary>
    public static void RunBeside(Action<Random> change, Action[] calls)
    {
        var watch = Stopwatch.StartNew();
        RunBeside(change, calls, (_, _) => watch.ElapsedMilliseconds < 300);
    }

    /// <summary>The same for a number of rounds of all calls, or more where no call has fit what the other thread left.</summary>
    public static void RunBeside(Action<Random> change, Action[] calls, int rounds) => RunBeside(change, calls, (round, finished) => round < (finished > 0 ? rounds : 1000 * rounds));

    private static void RunBeside(Action<Random> change, Action[] calls, Func<int, int, bool> goesOn)
    {
        using var stop = new CancellationTokenSource();
        using var started = new ManualResetEventSlim();
        int changed = 0;
        var thread = new Thread(() =>
        {
            var random = new Random(1);
            while (!stop.IsCancellationRequested)
            {
                change(random);
                changed++;
                started.Set();
            }
        });
        var unexpected = new List<Exception>();
        int finished = 0;
        thread.Start();
        started.Wait();
        for (int round = 0; goesOn(round, finished); round++)
        {
            foreach (Action call in calls)
            {
                try
                {
                    call();
                    finished++;
                }
                catch (Exception error) when (error is ArgumentException or InvalidOperationException)
                {
                    // Allowed: the shape changed during the call.
                }
                catch (Exception error)
                {
                    unexpected.Add(error);
                }
            }
        }

        stop.Cancel();
        thread.Join();
        unexpected.Should().BeEmpty();
        changed.Should().BePositive();
        finished.Should().BePositive();
    }
}
