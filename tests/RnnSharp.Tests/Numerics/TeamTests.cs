using System.Collections.Concurrent;
using FluentAssertions;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>Teams of threads: which members work and wait, and which helpers are used.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class TeamTests : IDisposable
{
    private const double Long = 1e9;
    private readonly ThreadSettings _settings = new();

    public void Dispose() => _settings.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Members_run_once_each_and_meet_at_every_wait(int members)
    {
        Compute.MaxDegreeOfParallelism = members;
        for (int round = 0; round < 25; round++)
        {
            var work = new MeetingWork(new int[members], new int[members], new ConcurrentDictionary<int, bool>());
            Team.Run(ref work, members, Long);
            work.Threads.Should().HaveCount(members, "no other work takes helpers");
            work.Visits.Should().AllBeEquivalentTo(MeetingWork.Waits);
            work.Errors.Should().AllBeEquivalentTo(0);
        }
    }

    [Fact]
    public void Groups_wait_only_for_their_own_members()
    {
        Compute.MaxDegreeOfParallelism = 6;
        var work = new GroupWork(new int[3]);
        Team.Run(ref work, 6, Long);
        work.Visits.Should().AllBeEquivalentTo(2 * GroupWork.Waits);
    }

    [Fact]
    public void A_group_that_finishes_early_does_not_disturb_the_others()
    {
        // The helper of the first group becomes free for another caller only when its whole team has finished.
        Compute.MaxDegreeOfParallelism = 8;
        int errors = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 30; i++)
            {
                var work = new UnevenWork(new int[4]);
                Team.Run(ref work, 6, Long);
                Interlocked.Add(ref errors, work.Visits[^1]);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        errors.Should().Be(0);
    }

    [Fact]
    public void Busy_helpers_are_not_waited_for()
    {
        // While a team of two is working, no helper is free, so work started within it runs on one thread.
        Compute.MaxDegreeOfParallelism = 2;
        var outer = new OuterWork(new int[2]);
        Team.Run(ref outer, 2, Long);
        outer.InnerMembers.Should().Equal(1, 1);

        // Afterwards, helpers are free again.
        long before = Team.Helped;
        var work = new GroupWork(new int[3]);
        Team.Run(ref work, 2, Long);
        (Team.Helped - before).Should().Be(1);
    }

    [Fact]
    public void Concurrent_callers_all_get_their_work_done()
    {
        Compute.MaxDegreeOfParallelism = 4;
        int done = 0;
        var threads = Enumerable.Range(0, 16).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                var work = new MeetingWork(new int[4], new int[4], new ConcurrentDictionary<int, bool>());
                Team.Run(ref work, 4, i % 2 == 0 ? Long : 0);
                if (work.Errors.All(errors => errors == 0) && work.Threads.Keys.Order().SequenceEqual(Enumerable.Range(0, work.Threads.Count))) Interlocked.Increment(ref done);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        done.Should().Be(1600);
    }

    [Fact]
    public void A_warm_team_allocates_nothing()
    {
        Compute.MaxDegreeOfParallelism = 2;
        var work = new GroupWork(new int[3]);
        Team.Run(ref work, 2, Long);
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 10 && least > 0; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++) Team.Run(ref work, 2, Long);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.Should().Be(0);
    }

    [Fact]
    public void A_team_whose_members_sleep_allocates_nothing()
    {
        Compute.MaxDegreeOfParallelism = 2;
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 20 && least > 0; attempt++)
        {
            var work = new SlowWork(slowRank: attempt % 2);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Team.Run(ref work, 2, Long);
            if (attempt > 1) least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        least.Should().Be(0);
    }

    [Fact]
    public void Small_work_stays_on_one_thread()
    {
        Compute.MaxDegreeOfParallelism = 8;
        Team.SizeFor(0).Should().Be(1);
        Team.SizeFor(Team.CyclesPerMember * 1.9).Should().Be(1);
        Team.SizeFor(Team.CyclesPerMember * 2.1).Should().Be(2);
        Team.SizeFor(1e18).Should().Be(8);
    }

    [Fact]
    public void MaxDegreeOfParallelism_defaults_to_the_processors_and_rejects_other_than_1_to_1024()
    {
        int degree = Compute.MaxDegreeOfParallelism;
        degree.Should().Be(Environment.ProcessorCount);
        foreach (int wrong in (int[])[0, -1, 1025, int.MinValue])
        {
            Action set = () => Compute.MaxDegreeOfParallelism = wrong;
            set.Should().Throw<ArgumentOutOfRangeException>().WithMessage($"*1 to 1024 threads, got {wrong}*");
            Compute.MaxDegreeOfParallelism.Should().Be(degree);
        }
    }

    [Fact]
    public void Shares_cover_every_panel_and_column_once()
    {
        foreach (int members in (int[])[1, 2, 3, 4, 7, 8, 16, 17])
        {
            foreach (int panels in (int[])[1, 2, 7, 8, 33])
            {
                foreach (int columns in (int[])[1, 2, 5, 16, 64])
                {
                    foreach (double wait in (double[])[0, 3, 1000])
                    {
                        var grid = TeamGrid.For(members, panels, columns, wait);
                        grid.Members.Should().BeInRange(1, members);
                        var seen = new int[panels, columns];
                        for (int rank = 0; rank < members; rank++)
                        {
                            Share share = grid.Of(rank, panels, columns);
                            for (int p = share.FirstPanel; p < share.EndPanel; p++)
                            {
                                for (int c = share.FirstColumn; c < share.EndColumn; c++) seen[p, c]++;
                            }
                        }

                        seen.Cast<int>().Should().AllBeEquivalentTo(1, "{0} members share {1} x {2}", members, panels, columns);
                    }
                }
            }
        }

        // Of two equal divisions, the one without waiting wins. A single column is divided by panels, unless waiting costs more.
        TeamGrid.For(2, 8, 32, wait: 1).Should().Be(new TeamGrid(1, 2));
        TeamGrid.For(2, 8, 1, wait: 1).Should().Be(new TeamGrid(2, 1));
        TeamGrid.For(2, 8, 1, wait: 1000).Should().Be(new TeamGrid(1, 1));
    }

    private readonly struct MeetingWork(int[] visits, int[] errors, ConcurrentDictionary<int, bool> threads) : ITeamWork
    {
        public const int Waits = 20;

        public int[] Visits => visits;

        public int[] Errors => errors;

        public ConcurrentDictionary<int, bool> Threads => threads;

        public void Run(TeamMember me)
        {
            threads.TryAdd(me.Rank, true);
            for (int i = 1; i <= Waits; i++)
            {
                Volatile.Write(ref visits[me.Rank], i);
                me.WaitForAll();
                for (int other = 0; other < me.Count; other++)
                {
                    if (Volatile.Read(ref visits[other]) < i) errors[me.Rank]++;
                }

                me.WaitForAll();
            }

            if (me.Count < visits.Length && me.Rank == 0) Array.Fill(visits, Waits, me.Count, visits.Length - me.Count);
        }
    }

    private readonly struct GroupWork(int[] visits) : ITeamWork
    {
        public const int Waits = 50;

        public int[] Visits => visits;

        public void Run(TeamMember me)
        {
            int group = me.Rank / 2;
            for (int i = 0; i < Waits; i++)
            {
                Interlocked.Increment(ref visits[group]);
                me.WaitForGroup(group, 2);
            }
        }
    }

    /// <summary>Groups of two, where later groups work longer. The last number counts the members that did not wait for their group.</summary>
    private readonly struct UnevenWork(int[] visits) : ITeamWork
    {
        public int[] Visits => visits;

        public void Run(TeamMember me)
        {
            int group = me.Rank / 2, size = Math.Min(2, me.Count - 2 * group);
            for (int i = 1; i <= 1 + 60 * group; i++)
            {
                Interlocked.Increment(ref visits[group]);
                me.WaitForGroup(group, size);
                if (Volatile.Read(ref visits[group]) < size * i) Interlocked.Increment(ref visits[3]);
                me.WaitForGroup(group, size);
            }
        }
    }

    /// <summary>Makes the other members wait, at a meeting and at the end, until they sleep.</summary>
    private readonly struct SlowWork(int slowRank) : ITeamWork
    {
        public void Run(TeamMember me)
        {
            if (me.Rank == slowRank) Thread.Sleep(5);
            me.WaitForAll();
            if (me.Rank == slowRank) Thread.Sleep(5);
        }
    }

    private readonly struct OuterWork(int[] innerMembers) : ITeamWork
    {
        public int[] InnerMembers => innerMembers;

        public void Run(TeamMember me)
        {
            me.WaitForAll();
            var inner = new CountWork(innerMembers, me.Rank);
            Team.Run(ref inner, 2, Long);
            me.WaitForAll();
        }
    }

    private readonly struct CountWork(int[] members, int at) : ITeamWork
    {
        public void Run(TeamMember me) => members[at] = me.Count;
    }
}
