using System.Diagnostics;
using FluentAssertions;

namespace RnnSharp.Tests;

/// <summary>Runs calls while another thread changes what they read.</summary>
internal static class ConcurrentChange
{
    /// <summary>Repeats the calls for a while beside a thread that repeats the change; calls may throw only what a wrong call may throw.</summary>
    public static void RunBeside(Action<Random> change, Action[] calls)
    {
        using var stop = new CancellationTokenSource();
        int changed = 0;
        var thread = new Thread(() =>
        {
            var random = new Random(1);
            while (!stop.IsCancellationRequested)
            {
                change(random);
                changed++;
            }
        });
        var unexpected = new List<Exception>();
        int finished = 0;
        thread.Start();
        for (var watch = Stopwatch.StartNew(); watch.ElapsedMilliseconds < 300;)
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
                    // What a call may say of a shape that changes under its hands.
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
