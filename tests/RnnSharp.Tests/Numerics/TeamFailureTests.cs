using System.Diagnostics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>Members that throw, threads that are interrupted, and helpers that lose their processor.</summary>
[Collection(nameof(ThreadSettings))]
public sealed class TeamFailureTests : IDisposable
{
    private const double Long = 1e9;
    private readonly ThreadSettings _settings = new();

    public void Dispose() => _settings.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void An_exception_of_any_member_reaches_the_caller_after_all_members_have_left(int members)
    {
        Compute.MaxDegreeOfParallelism = members;
        var random = new Random(members);
        for (int round = 0; round < 60; round++)
        {
            // Some members fail, each at a different meeting: before the first, between two, or after the last.
            int?[] failsAt = [.. Enumerable.Range(0, members).Select(_ => random.Next(2) == 0 ? (int?)random.Next(FailingWork.Meetings + 1) : null)];
            failsAt[random.Next(members)] ??= random.Next(FailingWork.Meetings + 1);
            var inside = new int[1];
            var work = new FailingWork(failsAt, inside, usesGroups: round % 2 == 0);
            long helped = Team.Helped;
            Exception? thrown = null;
            try
            {
                Team.Run(ref work, members, Long);
            }
            catch (FailureException exception)
            {
                thrown = exception;
            }

            inside[0].Should().Be(0, "no member may use the caller's stack any longer");
            thrown.Should().NotBeNull();
            thrown!.StackTrace.Should().Contain(nameof(FailingWork), "the stack trace is that of the member");
            (Team.Helped - helped).Should().Be(members - 1, "the failure before left no helper behind");
        }
    }

    [Fact]
    public void An_exception_inside_a_nested_team_passes_through_both()
    {
        Compute.MaxDegreeOfParallelism = 4;
        for (int round = 0; round < 20; round++)
        {
            var outer = new NestingWork(round % 2);
            FluentActions.Invoking(() => Team.Run(ref outer, 2, Long)).Should().Throw<FailureException>();
        }

        long helped = Team.Helped;
        var work = new MeetingWork();
        Team.Run(ref work, 4, Long);
        (Team.Helped - helped).Should().Be(3);
    }

    [Fact]
    public void An_interrupt_of_the_caller_waits_until_the_work_is_done()
    {
        Compute.MaxDegreeOfParallelism = 2;
        int done = 0, interrupted = 0;
        long helped = Team.Helped;
        OnThread(() =>
        {
            for (int round = 0; round < 10; round++)
            {
                // Interrupted when it first blocks: while waiting for the helper at a meeting or at the end.
                Thread.CurrentThread.Interrupt();
                var work = new SlowHelperWork(meets: round % 2 == 0);
                Team.Run(ref work, 2, Long);
                done++;
                try
                {
                    Thread.Sleep(1);
                }
                catch (ThreadInterruptedException)
                {
                    interrupted++;
                }
            }
        });
        (done, interrupted).Should().Be((10, 10));
        (Team.Helped - helped).Should().Be(10);
    }

    [Fact]
    public void Interrupts_from_another_thread_lose_no_helper()
    {
        Compute.MaxDegreeOfParallelism = 3;
        int done = 0;
        bool isOver = false;
        var caller = new Thread(() =>
        {
            for (int round = 0; round < 200; round++)
            {
                var work = new MeetingWork();
                Team.Run(ref work, 3, Long);
                done++;
            }

            Volatile.Write(ref isOver, true);
        });
        long helped = Team.Helped;
        caller.Start();
        while (!Volatile.Read(ref isOver))
        {
            caller.Interrupt();
            Thread.Sleep(1);
        }

        caller.Join();
        done.Should().Be(200);
        (Team.Helped - helped).Should().Be(400);
    }

    [Fact]
    public void A_helper_that_interrupts_itself_helps_again()
    {
        Compute.MaxDegreeOfParallelism = 2;
        long helped = Team.Helped;
        for (int round = 0; round < 20; round++)
        {
            var work = new InterruptingWork();
            Team.Run(ref work, 2, Long);

            // Long enough for the helper to go to sleep, so that the interrupt hits it there.
            Thread.Sleep(2);
        }

        (Team.Helped - helped).Should().Be(20);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_team_that_waits_too_long_disbands_and_its_first_member_does_the_rest(int slowRank)
    {
        // On the test's own threads, because a busy machine may leave the helper out.
        Team.Backoff = new TeamBackoff();
        var barrier = new TeamBarrier();
        barrier.Begin(2, Stopwatch.GetTimestamp());
        barrier.SetSleeper(1, new Sleeper());
        var work = new SteppedWork(slowRank, new int[SteppedWork.Steps, SteppedWork.Panels], new int[SteppedWork.Steps, SteppedWork.Panels]);
        var other = new Thread(() => work.Run(new TeamMember(1, 2, barrier)));
        other.Start();
        work.Run(new TeamMember(0, 2, barrier));
        other.Join();
        barrier.End(Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp()).Should().BeNull();
        work.Done.Cast<int>().Should().AllBeEquivalentTo(1, "each panel of each step belongs to one member");
        for (int step = SteppedWork.SlowStep + 1; step < SteppedWork.Steps; step++)
        {
            for (int panel = 0; panel < SteppedWork.Panels; panel++) work.DoneBy[step, panel].Should().Be(0);
        }

        Team.Backoff.Limit(2, now: 0).Should().Be(1, "the calls that follow run alone for a while");
    }

    private static void OnThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        failure.Should().BeNull();
    }

    private sealed class FailureException : Exception;

    private readonly struct FailingWork(int?[] failsAt, int[] inside, bool usesGroups) : ITeamWork
    {
        public const int Meetings = 5;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Run(TeamMember me)
        {
            Interlocked.Increment(ref inside[0]);
            try
            {
                for (int i = 0; i <= Meetings; i++)
                {
                    if (failsAt[me.Rank] == i) throw new FailureException();
                    if (i == Meetings) break;
                    if (usesGroups) me.WaitForGroup(0, me.Count);
                    else me.WaitForAll();
                }
            }
            finally
            {
                Interlocked.Decrement(ref inside[0]);
            }
        }
    }

    private readonly struct NestingWork(int failingRank) : ITeamWork
    {
        public void Run(TeamMember me)
        {
            if (me.Rank == failingRank % me.Count)
            {
                var inner = new FailingWork([0, 0], new int[1], usesGroups: false);
                Team.Run(ref inner, 2, Long);
            }

            me.WaitForAll();
        }
    }

    private readonly struct MeetingWork : ITeamWork
    {
        public void Run(TeamMember me)
        {
            for (int i = 0; i < 5; i++) me.WaitForAll();
        }
    }

    private readonly struct SlowHelperWork(bool meets) : ITeamWork
    {
        public void Run(TeamMember me)
        {
            if (me.Rank > 0) Thread.Sleep(10);
            if (meets) me.WaitForAll();
        }
    }

    private readonly struct InterruptingWork : ITeamWork
    {
        public void Run(TeamMember me)
        {
            if (me.Rank > 0) Thread.CurrentThread.Interrupt();
        }
    }

    /// <summary>Steps of panels, divided as the engine divides them. One member sleeps at one step.</summary>
    private readonly struct SteppedWork(int slowRank, int[,] doneBy, int[,] done) : ITeamWork
    {
        public const int Steps = 12;

        public const int SlowStep = 3;

        public const int Panels = 4;

        public int[,] DoneBy => doneBy;

        public int[,] Done => done;

        public void Run(TeamMember me)
        {
            var grid = new TeamGrid(me.Count, 1);
            Share share = grid.Of(me.Rank, Panels, 1);
            for (int step = 0; step < Steps; step++)
            {
                for (int panel = share.FirstPanel; panel < share.EndPanel; panel++)
                {
                    doneBy[step, panel] = me.Rank;
                    Interlocked.Increment(ref done[step, panel]);
                }

                if (step == SlowStep && me.Rank == slowRank) Thread.Sleep(100);
                share = grid.Wait(me, Panels, share);
            }
        }
    }
}
