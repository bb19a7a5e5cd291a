using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace RnnSharp.Numerics;

/// <summary>
/// Divides work among the calling thread and the process's helper threads. A call takes as many free helpers as its work is worth, and never
/// waits for a busy one: with as many callers as processors, each runs alone. A helper without a processor, because other programs keep the
/// machine busy, is left out; <see cref="TeamBackoff"/> then keeps teams small for a while.
/// </summary>
internal static class Team
{
    /// <summary>The least work of a member, in processor cycles.</summary>
    public const long CyclesPerMember = 16_000;

    private static readonly Lock Growing = new();
    private static int _degree = Environment.ProcessorCount;
    private static HelperThread[] _helpers = [];
    private static long _helped;

    // Busy threads: callers whose work is worth sharing, and the helpers that they took.
    private static int _busy;

    /// <summary>The number of threads that may work at the same time, at least 1.</summary>
    public static int Degree
    {
        get => Volatile.Read(ref _degree);
        set => Volatile.Write(ref _degree, value);
    }

    /// <summary>The least work, in cycles, for which a sleeping helper is woken. Less work is shared only with helpers that are still awake.</summary>
    public static double CyclesToWake { get; set; } = 400_000;

    /// <summary>Limits teams on a busy machine. Null in tests: there is no limit, and calls wait for each helper as long as it takes.</summary>
    public static TeamBackoff? Backoff { get; set; } = new();

    /// <summary>How many times a helper has joined a team since the process started.</summary>
    public static long Helped => Interlocked.Read(ref _helped);

    /// <summary>The number of members that work of the given cycles is worth.</summary>
    public static int SizeFor(double cycles) => (int)Math.Clamp(cycles / CyclesPerMember, 1, Degree);

    /// <summary>Runs work in a team of as many members as it is worth.</summary>
    /// <param name="work">A local variable of the caller: helpers access it by its address.</param>
    /// <param name="parts">How many members can have a share.</param>
    /// <param name="cycles">The cycles that one thread would take.</param>
    /// <exception cref="Exception">The first exception that a member threw.</exception>
    public static void Share<TWork>(ref TWork work, int parts, double cycles)
        where TWork : struct, ITeamWork
    {
        // Work for one thread does not compile what a team needs, which would take longer than the work at the first call.
        int members = Math.Min(SizeFor(cycles), parts);
        if (members <= 1) work.Run(TeamMember.Alone);
        else Run(ref work, members, cycles);
    }

    /// <summary>Runs work in a team. Returns, or throws, only when all members have stopped working on it.</summary>
    /// <param name="work">A local variable of the caller: helpers access it by its address.</param>
    /// <param name="maxMembers">The most members, including the caller.</param>
    /// <param name="cycles">The cycles that one thread would take, which decide whether sleeping helpers are woken.</param>
    /// <exception cref="Exception">The first exception that a member threw.</exception>
    public static unsafe void Run<TWork>(ref TWork work, int maxMembers, double cycles)
        where TWork : struct, ITeamWork
    {
        maxMembers = Math.Min(maxMembers, Degree);
        if (maxMembers > 1 && Backoff is { } backoff) maxMembers = backoff.Limit(maxMembers, Stopwatch.GetTimestamp());
        if (maxMembers <= 1)
        {
            work.Run(TeamMember.Alone);
            return;
        }

        int helpers = Reserve(maxMembers - 1);
        try
        {
            if (helpers == 0) work.Run(TeamMember.Alone);
            else RunWithHelpers(Invoker<TWork>.Invoke, (nint)Unsafe.AsPointer(ref work), ref helpers, wake: cycles >= CyclesToWake);
        }
        finally
        {
            Interlocked.Add(ref _busy, -1 - helpers);
        }
    }

    /// <summary>Counts the caller as busy, and as many helpers as <see cref="Degree"/> allows.</summary>
    private static int Reserve(int wanted)
    {
        while (true)
        {
            int busy = Volatile.Read(ref _busy);
            int helpers = Math.Clamp(Degree - busy - 1, 0, wanted);
            if (Interlocked.CompareExchange(ref _busy, busy + 1 + helpers, busy) == busy) return helpers;
        }
    }

    // Not generic, because the JIT compiles it with full optimization: at the first call, once is much cheaper than once per type of work.
    private static void RunWithHelpers(Action<nint, TeamMember> invoke, nint work, ref int helpers, bool wake)
    {
        int wanted = helpers;
        HelperThread[] all = Volatile.Read(ref _helpers);
        if (all.Length < wanted && wake) all = Grow(wanted);
        Span<int> taken = stackalloc int[Math.Min(wanted, all.Length)];
        int count = Gather(all, taken, wake);

        // Leave the helpers that did not join to other callers.
        Interlocked.Add(ref _busy, count - wanted);
        helpers = count;
        if (count == 0)
        {
            invoke(work, TeamMember.Alone);
            return;
        }

        Interlocked.Add(ref _helped, count);
        int members = count + 1;
        TeamBarrier barrier = all[taken[0]].Barrier;
        barrier.Begin(members, Stopwatch.GetTimestamp());
        for (int i = 0; i < count; i++) barrier.SetSleeper(i + 1, all[taken[i]].Sleeper);
        for (int i = 0; i < count; i++) all[taken[i]].Start(invoke, work, new TeamMember(i + 1, members, barrier));
        try
        {
            invoke(work, new TeamMember(0, members, barrier));
        }
        catch (Exception failure)
        {
            barrier.Abort(failure);
        }

        // The work is on this thread's stack and the barrier belongs to a helper: both must stay valid until all members have finished.
        long finishedAt = Stopwatch.GetTimestamp(), first = finishedAt;
        for (int i = 0; i < count; i++)
        {
            HelperThread helper = all[taken[i]];
            barrier.WaitForHelper(helper, finishedAt);
            first = Math.Min(first, helper.FinishedAt);
        }

        ExceptionDispatchInfo? exception = barrier.End(first, Stopwatch.GetTimestamp());
        for (int i = 0; i < count; i++) all[taken[i]].Release();
        exception?.Throw();
    }

    /// <summary>
    /// Calls free helpers and waits a moment for their answers. Helpers that do not answer, because they have no processor, are left out, and so
    /// are those that answer from the caller's own processor.
    /// </summary>
    /// <param name="all">All helpers.</param>
    /// <param name="taken">Receives the indices of those that take part.</param>
    /// <param name="wake">Whether to wake sleeping helpers.</param>
    /// <returns>How many take part.</returns>
    private static int Gather(HelperThread[] all, Span<int> taken, bool wake)
    {
        int called = 0;
        for (int i = 0; i < all.Length && called < taken.Length; i++)
        {
            if (all[i].TryCall(wake)) taken[called++] = i;
        }

        if (called == 0) return 0;
        TeamBackoff? backoff = Backoff;
        long start = Stopwatch.GetTimestamp();
        int present = 0;
        for (int i = 0; i < called; i++)
        {
            HelperThread helper = all[taken[i]];
            while (!helper.IsPresent && (backoff is null || Stopwatch.GetTimestamp() - start < TeamBackoff.AnswerTime))
            {
                if (backoff is null) Thread.Yield();
                else Thread.SpinWait(1);
            }

            if (!helper.IsPresent && helper.TryCancel()) continue;
            if (backoff is not null && helper.ProcessorId == Thread.GetCurrentProcessorId()) helper.Release();
            else taken[present++] = taken[i];
        }

        if (present < called) backoff?.Count(called + 1, saved: 0, lost: TeamBackoff.AnswerTime, Stopwatch.GetTimestamp());
        return present;
    }

    private static HelperThread[] Grow(int count)
    {
        // A caller that arrives while another adds helpers uses the existing ones. It does not wait for the lock, which could throw if interrupted.
        if (!Growing.TryEnter()) return Volatile.Read(ref _helpers);
        try
        {
            HelperThread[] all = _helpers;
            try
            {
                while (all.Length < count) all = [.. all, new HelperThread(all.Length)];
            }
            catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
            {
                // The system cannot create another thread: the existing helpers have to do.
            }

            Volatile.Write(ref _helpers, all);
            return all;
        }
        finally
        {
            Growing.Exit();
        }
    }

    /// <summary>Runs work by its address. The delegate is created once per type of work, so that starting work allocates nothing.</summary>
    private static class Invoker<TWork>
        where TWork : struct, ITeamWork
    {
        public static readonly unsafe Action<nint, TeamMember> Invoke = static (address, member) => Unsafe.AsRef<TWork>((void*)address).Run(member);
    }
}
