using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>
/// A background thread that joins teams. When called, it answers as soon as it has a processor, and only then gets a share of the work.
/// Between teams it stays awake for a moment and then sleeps.
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
    /// <exception cref="OutOfMemoryException">The system cannot create another thread.</exception>
    /// <exception cref="ThreadStartException">The system cannot create another thread.</exception>
    public HelperThread(int number)
    {
        var thread = new Thread(Loop) { IsBackground = true, Name = $"RnnSharp helper {number}" };
        thread.UnsafeStart();
    }

    /// <summary>The barrier of the teams in which this is the first helper.</summary>
    public TeamBarrier Barrier { get; } = new();

    /// <summary>What the helper sleeps on, between teams and within them.</summary>
    public Sleeper Sleeper { get; } = new();

    /// <summary>Whether the helper has answered a call and waits for <see cref="Start"/>.</summary>
    public bool IsPresent => Volatile.Read(ref _state.Phase) == Present;

    /// <summary>Whether the helper has finished its share.</summary>
    public bool IsFinished => Volatile.Read(ref _state.Phase) == Finished;

    /// <summary>The processor that the helper answered on.</summary>
    public int ProcessorId { get; private set; }

    /// <summary>When the helper finished its share, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long FinishedAt { get; private set; }

    /// <summary>Calls the helper if it is free, and awake unless it may be woken.</summary>
    public bool TryCall(bool wake)
    {
        if (Volatile.Read(ref _state.Phase) != Free || (!wake && Sleeper.IsAsleep)) return false;
        if (Interlocked.CompareExchange(ref _state.Phase, Called, Free) != Free) return false;
        Sleeper.Wake();
        return true;
    }

    /// <summary>Cancels a call.</summary>
    /// <returns>False if the helper has already answered.</returns>
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

    /// <summary>Waits for <see cref="TryCall"/>. The caller may already have canceled the call when this returns.</summary>
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

            // An interrupt can only come from a custom cell's equations that ran here, and must not end the thread.
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
