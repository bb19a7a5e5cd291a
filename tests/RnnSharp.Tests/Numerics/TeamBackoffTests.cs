using System.Diagnostics;
using FluentAssertions;
using RnnSharp.Numerics;
using Xunit;

namespace RnnSharp.Tests.Numerics;

/// <summary>How many members a team may have, by a clock that the test sets.</summary>
public sealed class TeamBackoffTests
{
    private static readonly long Millisecond = Stopwatch.Frequency / 1000;

    private readonly TeamBackoff _backoff = new();
    private long _now = 1_000_000 * Millisecond;

    [Fact]
    public void Teams_are_as_large_as_wanted_while_little_is_lost()
    {
        for (int i = 0; i < 1000; i++)
        {
            _backoff.Limit(8, _now).Should().Be(8);
            Work(8, milliseconds: 10, lost: 1).Should().BeFalse();
        }
    }

    [Fact]
    public void One_delay_of_a_few_milliseconds_does_not_shrink_a_team()
    {
        Work(2, milliseconds: 20, lost: 4).Should().BeFalse();
        _backoff.Limit(2, _now).Should().Be(2);
        Work(2, milliseconds: 20, lost: 4).Should().BeFalse();
        _backoff.Limit(2, _now).Should().Be(2);
    }

    [Fact]
    public void Teams_shrink_to_half_their_size_while_time_is_lost()
    {
        foreach (int members in (int[])[8, 4, 2])
        {
            _backoff.Limit(8, _now).Should().Be(members);
            Work(members, milliseconds: 20, lost: 20).Should().BeTrue();
            _backoff.Limit(8, _now).Should().Be(members / 2);
        }

        _backoff.Limit(1, _now).Should().Be(1);
    }

    [Fact]
    public void A_larger_team_gets_a_trial_after_some_time_and_stays_if_it_loses_nothing()
    {
        Work(8, milliseconds: 20, lost: 20).Should().BeTrue();
        _backoff.Limit(8, _now).Should().Be(4);
        _now += 1000 * Millisecond;
        _backoff.Limit(8, _now).Should().Be(8);
        for (int i = 0; i < 5; i++) Work(8, milliseconds: 5, lost: 0).Should().BeFalse();
        for (int i = 0; i < 5; i++)
        {
            Work(8, milliseconds: 20, lost: 1).Should().BeFalse();
            _backoff.Limit(8, _now).Should().Be(8);
        }
    }

    [Fact]
    public void Trials_cost_little_on_a_machine_that_stays_busy()
    {
        // Each trial saves 3 ms and then loses 5, and calls of one thread take 1.
        long lost = 0, start = _now;
        int trials = 0;
        while (_now - start < 20_000 * Millisecond)
        {
            if (_backoff.Limit(2, _now) == 1)
            {
                _now += Millisecond;
                continue;
            }

            _now += 5 * Millisecond;
            Work(2, milliseconds: 3, lost: 5);
            lost += 5 * Millisecond;
            trials++;
        }

        trials.Should().BeGreaterThan(20, "the machine may become quiet again");
        ((double)lost / (_now - start)).Should().BeLessThan(0.04);
    }

    [Fact]
    public void The_wait_for_a_member_with_twice_the_work_is_not_lost()
    {
        TeamBackoff.Allowance(2, 10 * Millisecond).Should().BeGreaterThan(11 * Millisecond);
        TeamBackoff.Allowance(4, 10 * Millisecond).Should().BeGreaterThan(30 * Millisecond);
    }

    private bool Work(int members, int milliseconds, int lost)
    {
        _now += milliseconds * Millisecond;
        return _backoff.Count(members, milliseconds * Millisecond, lost * Millisecond, _now);
    }
}
