using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RnnSharp.Numerics;

/// <summary>
/// Work that several threads do together: <see cref="Run"/> is called once for each member. It must neither throw nor allocate, and
/// its result must not depend on the number of members.
/// </summary>
internal interface ITeamWork
{
    void Run(TeamMember me);
}

/// <summary>One member of a team at work.</summary>
internal readonly struct TeamMember
{
    private readonly TeamBarrier? _barrier;

    public TeamMember(int rank, int count, TeamBarrier? barrier)
    {
        Rank = rank;
        Count = count;
        _barrier = barrier;
    }

    /// <summary>A caller without helpers.</summary>
    public static TeamMember Alone => new(0, 1, null);

    /// <summary>0 for the caller's own thread.</summary>
    public int Rank { get; }

    public int Count { get; }

    /// <summary>Waits until all members are here.</summary>
    public void WaitForAll()
    {
        if (Count > 1) _barrier!.Wait(0, Count);
    }

    /// <summary>Waits until the members of one group are here.</summary>
    /// <param name="group">0 to Count - 1.</param>
    /// <param name="size">Members of the group.</param>
    public void WaitForGroup(int group, int size)
    {
        if (size > 1) _barrier!.Wait(1 + group, size);
    }
}

/// <summary>Where the members of a team wait for each other, spinning: a time step is far shorter than waking a thread takes.</summary>
internal sealed class TeamBarrier
{
    // Two lines of memory a group, so that those who spin are not disturbed by those who arrive.
    private const int Line = 32;
    private int[] _lines = [];

    /// <summary>Makes room for the groups of so many members. Nobody may be waiting.</summary>
    public void Prepare(int members)
    {
        int length = (2 * (members + 1) + 1) * Line;
        if (_lines.Length < length) _lines = new int[length];
    }

    public void Wait(int group, int size)
    {
        ref int arrived = ref _lines[(2 * group + 1) * Line];
        ref int round = ref _lines[(2 * group + 2) * Line];
        int mine = Volatile.Read(ref round);
        if (Interlocked.Increment(ref arrived) == size)
        {
            Volatile.Write(ref arrived, 0);
            Volatile.Write(ref round, mine + 1);
            return;
        }

        var spin = new TeamSpin(size);
        while (Volatile.Read(ref round) == mine) spin.Once();
    }
}

/// <summary>Spinning that gives the processor away after a while, and at once where there are fewer processors than spinners.</summary>
internal struct TeamSpin(int spinners)
{
    private const int Patience = 4000;
    private int _left = spinners <= Environment.ProcessorCount ? Patience : 0;

    /// <summary>Whether it has begun to give the processor away.</summary>
    public readonly bool IsTired => _left == 0;

    public void Once()
    {
        if (_left > 0)
        {
            _left--;
            Thread.SpinWait(1);
        }
        else
        {
            Thread.Yield();
        }
    }
}

/// <summary>
/// The helper threads of the process. A call takes those that are free, up to what its work is worth, and never waits for one: with
/// as many callers as processors each runs alone, and nobody spins against another.
/// </summary>
internal static class Team
{
    /// <summary>Cycles of work that a member should have at least.</summary>
    public const long CyclesPerMember = 16_000;

    private static readonly Lock Growing = new();
    private static int _degree = Environment.ProcessorCount;
    private static Helper[] _helpers = [];

    private static long _helped;

    // Threads at work: callers whose work is worth dividing, and the helpers that they took.
    private static int _busy;

    /// <summary>Threads that work at the same time at most, 1 or more.</summary>
    public static int Degree
    {
        get => Volatile.Read(ref _degree);
        set => Volatile.Write(ref _degree, value);
    }

    /// <summary>Cycles of work worth waking a thread for; below, only threads that are still awake from the last work help.</summary>
    public static double CyclesToWake { get; set; } = 400_000;

    /// <summary>How often a helper thread took part since the process began.</summary>
    public static long Helped => Interlocked.Read(ref _helped);

    /// <summary>Members worth having for work of so many cycles of one thread.</summary>
    public static int SizeFor(double cycles) => (int)Math.Clamp(cycles / CyclesPerMember, 1, Degree);

    /// <summary>Runs the work with up to <paramref name="most"/> members, the caller among them.</summary>
    /// <param name="work">A local variable of the caller's: helpers know it by its address.</param>
    /// <param name="most">Members at most.</param>
    /// <param name="cycles">What the work takes one thread, of which it depends whether sleeping helpers are woken.</param>
    public static void Run<TWork>(ref TWork work, int most, double cycles)
        where TWork : struct, ITeamWork
    {
        most = Math.Min(most, Degree);
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
        Helper[] all = Volatile.Read(ref _helpers);
        if (all.Length < wanted && wake) all = Grow(wanted);
        Span<int> taken = stackalloc int[Math.Min(wanted, all.Length)];
        int count = 0;
        for (int i = 0; i < all.Length && count < taken.Length; i++)
        {
            if (all[i].TryTake(wake)) taken[count++] = i;
        }

        // Those that were not to be had are left to other callers.
        Interlocked.Add(ref _busy, count - wanted);
        helpers = count;
        if (count == 0)
        {
            work.Run(TeamMember.Alone);
            return;
        }

        Interlocked.Add(ref _helped, count);

        // The work lies on this thread's stack, where it stays until all helpers are done.
        TeamBarrier barrier = all[taken[0]].Barrier;
        barrier.Prepare(count + 1);
        nint address = (nint)Unsafe.AsPointer(ref work);
        for (int i = 0; i < count; i++) all[taken[i]].Start(Invoker<TWork>.Invoke, address, new TeamMember(i + 1, count + 1, barrier));
        work.Run(new TeamMember(0, count + 1, barrier));

        // None is free before all are done: the barrier is one helper's, and members of other groups may still wait there.
        for (int i = 0; i < count; i++) all[taken[i]].WaitUntilDone(count + 1);
        for (int i = 0; i < count; i++) all[taken[i]].Release();
    }

    private static Helper[] Grow(int count)
    {
        lock (Growing)
        {
            Helper[] all = _helpers;
            try
            {
                while (all.Length < count) all = [.. all, new Helper(all.Length)];
            }
            catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
            {
                // The system gives no more threads: the work goes on with those that there are.
            }

            Volatile.Write(ref _helpers, all);
            return all;
        }
    }

    /// <summary>The call of a kind of work, made once a kind so that starting one allocates nothing.</summary>
    private static class Invoker<TWork>
        where TWork : struct, ITeamWork
    {
        public static readonly unsafe Action<nint, TeamMember> Invoke = static (address, member) => Unsafe.AsRef<TWork>((void*)address).Run(member);
    }

    private sealed class Helper
    {
        private const int Free = 0;
        private const int Taken = 1;
        private const int Started = 2;
        private const int Done = 3;

        private readonly SemaphoreSlim _wake = new(0);
        private Signal _state;
        private Action<nint, TeamMember>? _invoke;
        private nint _work;
        private TeamMember _member;

        public Helper(int number)
        {
            var thread = new Thread(Loop) { IsBackground = true, Name = $"RnnSharp helper {number}" };
            thread.UnsafeStart();
        }

        public TeamBarrier Barrier { get; } = new();

        /// <summary>Takes the thread if it is free and, unless it may be woken, awake.</summary>
        public bool TryTake(bool wake) =>
            Volatile.Read(ref _state.Phase) == Free
            && (wake || Volatile.Read(ref _state.Asleep) == 0)
            && Interlocked.CompareExchange(ref _state.Phase, Taken, Free) == Free;

        public void Start(Action<nint, TeamMember> invoke, nint work, TeamMember member)
        {
            _invoke = invoke;
            _work = work;
            _member = member;
            Interlocked.Exchange(ref _state.Phase, Started);
            if (Interlocked.Exchange(ref _state.Asleep, 0) != 0) _wake.Release();
        }

        public void WaitUntilDone(int members)
        {
            var spin = new TeamSpin(members);
            while (Volatile.Read(ref _state.Phase) != Done) spin.Once();
        }

        public void Release() => Volatile.Write(ref _state.Phase, Free);

        private void Loop()
        {
            while (true)
            {
                var spin = new TeamSpin(1);
                while (Volatile.Read(ref _state.Phase) != Started)
                {
                    if (!spin.IsTired)
                    {
                        spin.Once();
                        continue;
                    }

                    // Whoever starts it from here on sees that it sleeps; whoever did before is seen here.
                    Interlocked.Exchange(ref _state.Asleep, 1);
                    if (Volatile.Read(ref _state.Phase) != Started || Interlocked.Exchange(ref _state.Asleep, 0) == 0) _wake.Wait();
                    spin = new TeamSpin(1);
                }

                _invoke!(_work, _member);
                Interlocked.Exchange(ref _state.Phase, Done);
            }
        }

        /// <summary>On a line of its own, because both sides spin on it.</summary>
        [StructLayout(LayoutKind.Explicit, Size = 256)]
        private struct Signal
        {
            [FieldOffset(128)]
            public int Phase;

            [FieldOffset(132)]
            public int Asleep;
        }
    }
}
