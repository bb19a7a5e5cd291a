using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>
/// A background thread that joins teams. A caller calls it; it answers if it has a processor; and only then does it get a share of the
/// work. Between two teams it spins for a moment and then sleeps.
/// </summary>
internal sealed class HelperThread
{
    private const int Free = 0;
    private const int Called = 1;
    private const int Present = 2;
    private const int Working = 3;
    private const int Finished = 4;

    private readonly AutoResetEvent _wake = new(false);
    private Signal _state;
    private Action<nint, TeamMember>? _invoke;
    private nint _work;
    private TeamMember _member;

    /// <summary>Starts the thread.</summary>
    /// <param name="number">A number for its name.</param>
    /// <exception cref="OutOfMemoryException">The system has no thread left.</exception>
    /// <exception cref="ThreadStartException">The system has no thread left.</exception>
    public HelperThread(int number)
    {
        var thread = new Thread(Loop) { IsBackground = true, Name = $"RnnSharp helper {number}" };
        thread.UnsafeStart();
    }

    /// <summary>The barrier of a team whose first helper this is.</summary>
    public TeamBarrier Barrier { get; } = new();

    /// <summary>Whether the helper has answered a call and waits for <see cref="Start"/>.</summary>
    public bool IsPresent => Volatile.Read(ref _state.Phase) == Present;

    /// <summary>When the helper finished its share, a timestamp of <see cref="Stopwatch"/>.</summary>
    public long FinishedAt { get; private set; }

    /// <summary>Calls the helper if it is free and, unless it may be woken, awake.</summary>
    public bool TryCall(bool wake)
    {
        if (Volatile.Read(ref _state.Phase) != Free || (!wake && Volatile.Read(ref _state.IsAsleep) != 0)) return false;
        if (Interlocked.CompareExchange(ref _state.Phase, Called, Free) != Free) return false;
        if (Interlocked.Exchange(ref _state.IsAsleep, 0) != 0) _wake.Set();
        return true;
    }

    /// <summary>Takes a call back.</summary>
    /// <returns>False if the helper has answered meanwhile.</returns>
    public bool TryCancel() => Interlocked.CompareExchange(ref _state.Phase, Free, Called) == Called;

    /// <summary>Starts the work of a helper that is present.</summary>
    public void Start(Action<nint, TeamMember> invoke, nint work, TeamMember member)
    {
        _invoke = invoke;
        _work = work;
        _member = member;
        Volatile.Write(ref _state.Phase, Working);
    }

    /// <summary>Waits until the helper has finished its work. Not interruptible: the work lies on the caller's stack.</summary>
    /// <param name="members">Members of the team.</param>
    /// <param name="deadline">When to stop spinning and sleep.</param>
    public void WaitUntilFinished(int members, long deadline)
    {
        var wait = new ProgressiveWait(members, deadline);
        while (Volatile.Read(ref _state.Phase) != Finished) wait.Once();
        wait.End();
    }

    /// <summary>Frees the helper for the next call.</summary>
    public void Release() => Volatile.Write(ref _state.Phase, Free);

    private void Loop()
    {
        while (true)
        {
            WaitForCall();
            if (Interlocked.CompareExchange(ref _state.Phase, Present, Called) != Called) continue;

            var wait = new ProgressiveWait(spinners: 1, Stopwatch.GetTimestamp() + Stopwatch.Frequency / 1000);
            while (Volatile.Read(ref _state.Phase) != Working) wait.Once();
            try
            {
                _invoke!(_work, _member);
            }
            catch (Exception failure)
            {
                _member.Abort(failure);
            }

            FinishedAt = Stopwatch.GetTimestamp();
            Volatile.Write(ref _state.Phase, Finished);
        }
    }

    /// <summary>Waits until <see cref="TryCall"/>, which the caller may have taken back when this returns.</summary>
    private void WaitForCall()
    {
        var wait = new ProgressiveWait(spinners: 1, long.MaxValue);
        while (Volatile.Read(ref _state.Phase) != Called)
        {
            if (!wait.IsTired)
            {
                wait.Once();
                continue;
            }

            // A caller that comes after this line sees that the thread is asleep, and the call of one that came before is seen here.
            Interlocked.Exchange(ref _state.IsAsleep, 1);
            if (Volatile.Read(ref _state.Phase) != Called || Interlocked.Exchange(ref _state.IsAsleep, 0) == 0) Sleep();
            wait = new ProgressiveWait(spinners: 1, long.MaxValue);
        }
    }

    private void Sleep()
    {
        try
        {
            _wake.WaitOne();
        }
        catch (ThreadInterruptedException)
        {
            // Equations of a user's cell that ran here may have interrupted the thread, which is no reason to end it.
            Volatile.Write(ref _state.IsAsleep, 0);
        }
    }

    /// <summary>What both sides spin on, on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Signal
    {
        [FieldOffset(128)]
        public int Phase;

        [FieldOffset(132)]
        public int IsAsleep;
    }
}
