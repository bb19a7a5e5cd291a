using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace RnnSharp.Numerics;

/// <summary>
/// Shares work among the calling thread and the process's helper threads. A call takes the helpers that are free, up to what its work is
/// worth, and never waits for one that is not: with as many callers as processors each runs alone. A helper without a processor,
/// because other programs keep the machine busy, is left out; <see cref="TeamBackoff"/> then keeps teams small for a while.
/// </summary>
internal static class Team
{
    /// <summary>Processor cycles of work that each member should have at least.</summary>
    public const long CyclesPerMember = 16_000;

    private static readonly Lock Growing = new();
    private static int _degree = Environment.ProcessorCount;
    private static HelperThread[] _helpers = [];
    private static long _helped;

    // Threads at work: callers whose work is worth sharing, and the helpers that they took.
    private static int _busy;

    /// <summary>Threads that may work at the same time, 1 or more.</summary>
    public static int Degree
    {
        get => Volatile.Read(ref _degree);
        set => Volatile.Write(ref _degree, value);
    }

    /// <summary>Cycles of work for which a sleeping helper is woken. Less work is shared only with helpers that are still awake.</summary>
    public static double CyclesToWake { get; set; } = 400_000;

    /// <summary>Limits teams on a busy machine. Null for tests: no limit, and each helper is waited for as long as it takes.</summary>
    public static TeamBackoff? Backoff { get; set; } = new();

    /// <summary>How many times a helper joined a team since the process began.</summary>
    public static long Helped => Interlocked.Read(ref _helped);

    /// <summary>Members that work of so many cycles is worth.</summary>
    public static int SizeFor(double cycles) => (int)Math.Clamp(cycles / CyclesPerMember, 1, Degree);

    /// <summary>Runs work in a team. Returns, or throws, only when no member works on it any longer.</summary>
    /// <param name="work">A local variable of the caller: helpers access it by its address.</param>
    /// <param name="most">Members at most, the caller included.</param>
    /// <param name="cycles">Cycles that one thread would take, which decides whether sleeping helpers are woken.</param>
    /// <exception cref="Exception">The first exception that a member threw.</exception>
    public static void Run<TWork>(ref TWork work, int most, double cycles)
        where TWork : struct, ITeamWork
    {
        most = Math.Min(most, Degree);
        if (most > 1 && Backoff is { } backoff) most = backoff.Limit(most, Stopwatch.GetTimestamp());
        if (most <= 1)
        {
            work.Run(TeamMember.Alone);
            return;
        }

        int helpers = Reserve(most - 1);
        try
        {
            if (helpers == 0) work.Run(TeamMember.Alone);
            else RunTogether(ref work, ref helpers, wake: cycles >= CyclesToWake);
        }
        finally
        {
            Interlocked.Add(ref _busy, -1 - helpers);
        }
    }

    /// <summary>Counts the caller as busy, and as many helpers as the degree leaves room for.</summary>
    private static int Reserve(int wanted)
    {
        while (true)
        {
            int busy = Volatile.Read(ref _busy);
            int helpers = Math.Clamp(Degree - busy - 1, 0, wanted);
            if (Interlocked.CompareExchange(ref _busy, busy + 1 + helpers, busy) == busy) return helpers;
        }
    }

    private static unsafe void RunTogether<TWork>(ref TWork work, ref int helpers, bool wake)
        where TWork : struct, ITeamWork
    {
        int wanted = helpers;
        HelperThread[] all = Volatile.Read(ref _helpers);
        if (all.Length < wanted && wake) all = Grow(wanted);
        Span<int> taken = stackalloc int[Math.Min(wanted, all.Length)];
        int count = Gather(all, taken, wake);

        // Helpers that could not be had are left to other callers.
        Interlocked.Add(ref _busy, count - wanted);
        helpers = count;
        if (count == 0)
        {
            work.Run(TeamMember.Alone);
            return;
        }

        Interlocked.Add(ref _helped, count);
        int members = count + 1;
        TeamBarrier barrier = all[taken[0]].Barrier;
        barrier.Begin(members, Stopwatch.GetTimestamp());
        for (int i = 0; i < count; i++) barrier.SetSleeper(i + 1, all[taken[i]].Sleeper);
        nint address = (nint)Unsafe.AsPointer(ref work);
        for (int i = 0; i < count; i++) all[taken[i]].Start(Invoker<TWork>.Invoke, address, new TeamMember(i + 1, members, barrier));
        try
        {
            work.Run(new TeamMember(0, members, barrier));
        }
        catch (Exception failure)
        {
            barrier.Abort(failure);
        }

        // The work lies on this thread's stack, and the barrier is one helper's: both must stay until all have finished.
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
    /// Calls free helpers and waits a moment until they answer. Left out are those that do not answer, because they have no processor,
    /// and those that answer from the caller's own.
    /// </summary>
    /// <param name="all">The helpers there are.</param>
    /// <param name="taken">The numbers of those that take part.</param>
    /// <param name="wake">Whether to wake sleeping ones.</param>
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
        // Whoever comes while another grows makes do with what there is. Waiting for the lock could throw, if interrupted.
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
                // The system has no thread left: the work goes on with the helpers that there are.
            }

            Volatile.Write(ref _helpers, all);
            return all;
        }
        finally
        {
            Growing.Exit();
        }
    }

    /// <summary>Calls a kind of work by its address. The delegate is made once per kind, so that starting work allocates nothing.</summary>
    private static class Invoker<TWork>
        where TWork : struct, ITeamWork
    {
        public static readonly unsafe Action<nint, TeamMember> Invoke = static (address, member) => Unsafe.AsRef<TWork>((void*)address).Run(member);
    }
}
