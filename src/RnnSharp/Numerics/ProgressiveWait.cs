using System.Diagnostics;

namespace RnnSharp.Numerics;

/// <summary>
/// Waits in a loop: spins at first, because most waits are far shorter than waking a thread takes; then offers the processor to other
/// threads after each check; and past a deadline sleeps, so that a member that lost its processor can run here. Never throws, not
/// even when the thread is interrupted.
/// </summary>
internal struct ProgressiveWait
{
    private const int Spins = 4000;

    private readonly long _deadline;
    private int _spinsLeft;
    private bool _wasInterrupted;

    /// <summary>Starts a wait.</summary>
    /// <param name="spinners">Threads that may spin at the same time. With fewer processors than that, nobody spins.</param>
    /// <param name="deadline">The <see cref="Stopwatch"/> timestamp after which to sleep.</param>
    public ProgressiveWait(int spinners, long deadline)
    {
        _spinsLeft = spinners <= Environment.ProcessorCount ? Spins : 0;
        _deadline = deadline;
    }

    /// <summary>Whether the time to spin is over.</summary>
    public readonly bool IsTired => _spinsLeft == 0;

    /// <summary>Waits a moment before the next check.</summary>
    public void Once()
    {
        if (_spinsLeft > 0)
        {
            _spinsLeft--;
            Thread.SpinWait(1);
        }
        else if (_wasInterrupted || Stopwatch.GetTimestamp() < _deadline)
        {
            Thread.Yield();
        }
        else
        {
            try
            {
                Thread.Sleep(1);
            }
            catch (ThreadInterruptedException)
            {
                _wasInterrupted = true;
            }
        }
    }

    /// <summary>Ends the wait. An interrupt that arrived meanwhile is raised again, for the next blocking call outside the library.</summary>
    public readonly void End()
    {
        if (_wasInterrupted) Thread.CurrentThread.Interrupt();
    }
}
