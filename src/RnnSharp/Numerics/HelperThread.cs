using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>
/// A background thread that joins teams. A caller calls it; it answers if it has a processor; and only then does it get a share of the
/// work. Between two teams it stays awake for a moment and then sleeps.
/// </summary>
internal sealed class HelperThread
{
    private const int Free = 0;
    private const int Called = 1;
    private const int Present = 2;
    private const int Working = 3;
    private const int Finished = 4;

    // How long a helper stays awake after its work: the next call often follows at once.
    private static readonly long AwakeTime = Stopwatch.Frequency / 2000;

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

    /// <summary>What the helper sleeps on, between teams and in them.</summary>
    public Sleeper Sleeper { get; } = new();

    /// <summary>Whether the helper has answered a call and waits for <see cref="Start"/>.</summary>
    public bool IsPresent => Volatile.Read(ref _state.Phase) == Present;

    /// <summary>Whether the helper has finished its share.</summary>
    public bool IsFinished => Volatile.Read(ref _state.Phase) == Finished;

    /// <summary>The processor that the helper answered on.</summary>
    public int ProcessorId { get; private set; }

    /// <summary>When the helper finished its share, a timestamp of <see cref="Stopwatch"/>.</summary>
    public long FinishedAt { get; private set; }

    /// <summary>Calls the helper if it is free and, unless it may be woken, awake.</summary>
    public bool TryCall(bool wake)
    {
        if (Volatile.Read(ref _state.Phase) != Free || (!wake && Sleeper.IsAsleep)) return false;
        if (Interlocked.CompareExchange(ref _state.Phase, Called, Free) != Free) return false;
        Sleeper.Wake();
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

    /// <summary>Frees the helper, which has finished its work or is only present, for the next call.</summary>
    public void Release() => Volatile.Write(ref _state.Phase, Free);

    private void Loop()
    {
        while (true)
        {
            WaitForCall();
            ProcessorId = Thread.GetCurrentProcessorId();
            if (Interlocked.CompareExchange(ref _state.Phase, Present, Called) != Called) continue;

            var wait = new ProgressiveWait(spinners: 1, Stopwatch.GetTimestamp(), long.MaxValue);
            while (Volatile.Read(ref _state.Phase) == Present) wait.Once();
            if (Volatile.Read(ref _state.Phase) != Working) continue;
            TeamMember member = _member;
            try
            {
                _invoke!(_work, member);
            }
            catch (Exception failure)
            {
                member.Abort(failure);
            }

            FinishedAt = Stopwatch.GetTimestamp();
            Interlocked.Exchange(ref _state.Phase, Finished);
            member.WakeSleepers();
        }
    }

    /// <summary>Waits until <see cref="TryCall"/>, which the caller may have taken back when this returns.</summary>
    private void WaitForCall()
    {
        while (true)
        {
            long now = Stopwatch.GetTimestamp();
            var wait = new ProgressiveWait(spinners: 1, now, now + AwakeTime);
            do
            {
                if (Volatile.Read(ref _state.Phase) == Called) return;
            }
            while (wait.Once());

            // An interrupt can only come from the equations of a user's cell that ran here, and is no reason to end the thread.
            Sleeper.Announce();
            if (Volatile.Read(ref _state.Phase) == Called) Sleeper.Cancel();
            else Sleeper.Sleep();
        }
    }

    /// <summary>What both sides spin on, on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Signal
    {
        [FieldOffset(128)]
        public int Phase;
    }
}
