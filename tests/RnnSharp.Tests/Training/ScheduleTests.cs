using System.Globalization;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>Learning rates against torch_schedules.py, and what PyTorch does not define.</summary>
public sealed class ScheduleTests
{
    private const double Rate = 0.2;

    private static readonly JsonElement Rates = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_schedules.json"))).RootElement;

    private static readonly Dictionary<string, LearningRateSchedule> Schedules = new(StringComparer.Ordinal)
    {
        ["constant"] = new ConstantSchedule(Rate),
        ["step 7"] = new StepSchedule(Rate, 7),
        ["step 1 0.9"] = new StepSchedule(Rate, 1, 0.9),
        ["step 25 0.5"] = new StepSchedule(Rate, 25, 0.5),
        ["multi-step 5 20 21"] = new MultiStepSchedule(Rate, [5, 20, 21]),
        ["multi-step 1 30 30 50 0.5"] = new MultiStepSchedule(Rate, [1, 30, 30, 50], 0.5),
        ["exponential 0.9"] = new ExponentialSchedule(Rate, 0.9),
        ["exponential 1.01"] = new ExponentialSchedule(Rate, 1.01),
        ["polynomial 40 1"] = new PolynomialSchedule(Rate, 40),
        ["polynomial 50 2"] = new PolynomialSchedule(Rate, 50, 2),
        ["polynomial 30 0.5"] = new PolynomialSchedule(Rate, 30, 0.5),
        ["linear 1 to 0.25 in 30"] = new PolynomialSchedule(Rate, 30, finalRate: Rate / 4),
        ["linear 0.5 to 1 in 20"] = new PolynomialSchedule(Rate / 2, 20, finalRate: Rate),
        ["cosine 60"] = new CosineSchedule(Rate, 60),
        ["cosine 20"] = new CosineSchedule(Rate, 20),
        ["cosine 25 0.01"] = new CosineSchedule(Rate, 25, 0.01),
        ["restarts 10"] = new CosineRestartsSchedule(Rate, 10),
        ["restarts 5 2"] = new CosineRestartsSchedule(Rate, 5, 2),
        ["restarts 1 3 0.02"] = new CosineRestartsSchedule(Rate, 1, 3, 0.02),
        ["warm-up 10 then constant"] = new WarmUpSchedule(10, new ConstantSchedule(Rate), 0.1),
        ["warm-up 10 then cosine"] = new WarmUpSchedule(10, new CosineSchedule(Rate, 50), 0.1),
        ["warm-up 5 then exponential"] = new WarmUpSchedule(5, new ExponentialSchedule(Rate, 0.95), 0.5),
        ["warm-up 8 then step"] = new WarmUpSchedule(8, new StepSchedule(Rate, 10, 0.5), 0.25),
        ["one-cycle 60"] = new OneCycleSchedule(0.5, 60),
        ["one-cycle 60 linear"] = new OneCycleSchedule(0.5, 60, annealing: Annealing.Linear),
        ["one-cycle 60 three phases"] = new OneCycleSchedule(0.5, 60, threePhases: true),
        ["one-cycle 61 linear three phases"] = new OneCycleSchedule(0.5, 61, 0.37, 10, 100, Annealing.Linear, threePhases: true),
        ["one-cycle 63 0.45"] = new OneCycleSchedule(0.5, 63, 0.45, 4, 7),
        ["cyclic 8"] = new CyclicSchedule(0.1, 0.5, 8),
        ["cyclic 4 9"] = new CyclicSchedule(0.1, 0.5, 4, 9),
        ["cyclic 6 halving"] = new CyclicSchedule(0.1, 0.5, 6, scale: CycleScale.Halving),
        ["cyclic 7 3 halving"] = new CyclicSchedule(0.1, 0.5, 7, 3, CycleScale.Halving),
        ["cyclic 5 exponential"] = new CyclicSchedule(0.1, 0.5, 5, scale: CycleScale.Exponential, factor: 0.97),
        ["lambda"] = new LambdaSchedule(Rate, step => 1 / (1.0 + step)),
        ["chained exponential and step"] = new ProductSchedule(new ExponentialSchedule(Rate, 0.97), new StepSchedule(1, 13, 0.5)),
        ["chained cosine and multi-step"] = new ProductSchedule(new CosineSchedule(Rate, 70), new MultiStepSchedule(1, [9, 33], 0.3)),
        ["chained linear, exponential and step"] = new ProductSchedule(new WarmUpSchedule(12, new ConstantSchedule(Rate), 0.2), new ExponentialSchedule(1, 0.99), new StepSchedule(1, 20, 0.7)),
        ["sequential of three"] = new SequentialSchedule([new WarmUpSchedule(6, new ConstantSchedule(Rate), 0.3), new ExponentialSchedule(Rate, 0.9), new CosineSchedule(Rate, 20)], [6, 30]),
        ["sequential polynomial and restarts"] = new SequentialSchedule([new PolynomialSchedule(Rate, 20, 2), new CosineRestartsSchedule(Rate, 4, 2)], [25]),
    };

    private static readonly Dictionary<string, Func<PlateauSchedule>> Plateaus = new(StringComparer.Ordinal)
    {
        ["plateau"] = () => new(Rate),
        ["plateau patience 3"] = () => new(Rate, 0.5, 3),
        ["plateau cooldown 4"] = () => new(Rate, 0.3, 2, cooldown: 4),
        ["plateau absolute"] = () => new(Rate, 0.9, 1, 0.03, PlateauThreshold.Absolute),
        ["plateau relative"] = () => new(Rate, 0.2, 4, 0.05),
        ["plateau minimum"] = () => new(Rate, 0.5, 0, minimumRate: 0.03),
    };

    public static TheoryData<string> Names => [.. Schedules.Keys];

    public static TheoryData<string> PlateauNames => [.. Plateaus.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rates_equal_PyTorch(string name)
    {
        double[] expected = Rates.Values(name);
        expected.Should().HaveCount(60);

        // In any order: a schedule is a function of the step.
        for (int step = expected.Length - 1; step >= 0; step--) ShouldBe(Schedules[name].GetRate(step), expected[step], step);
        ShouldBe(Schedules[name].GetRate(5), expected[5], 5);
    }

    [Theory]
    [MemberData(nameof(PlateauNames))]
    public void Rates_on_a_plateau_equal_PyTorch_also_when_resumed(string name)
    {
        double[] expected = Rates.Values(name);
        expected.Distinct().Should().HaveCountGreaterThan(1);
        PlateauSchedule schedule = Plateaus[name]();
        for (int step = 0; step < expected.Length; step++)
        {
            ShouldBe(schedule.GetRate(step), expected[step], step);
            schedule.Observe(Loss(step));
            StateDictionary state = schedule.GetState();
            schedule = Plateaus[name]();
            if (step % 3 == 0) schedule.Observe(1);
            schedule.SetState(state);
            States.ShouldBeSame(schedule.GetState(), state);
        }
    }

    [Fact]
    public void Every_case_is_tested() => Rates.EnumerateObject().Select(item => item.Name).Should().BeEquivalentTo(Schedules.Keys.Concat(Plateaus.Keys));

    [Theory]
    [MemberData(nameof(Names))]
    public void Rates_far_away_are_finite_and_cost_no_memory(string name)
    {
        LearningRateSchedule schedule = Schedules[name];
        foreach (long step in (long[])[0, 61, 1000, int.MaxValue, 1L << 53, long.MaxValue])
        {
            if (step > 61 && name is "exponential 1.01") continue; // it grows
            schedule.GetRate(step).Should().BeInRange(0, 1, "step {0}", step);
        }

        double sum = 0;
        Warm.Allocated(() => sum += schedule.GetRate(17)).Should().Be(0);
        sum.Should().BePositive();
    }

    [Fact]
    public void A_warm_up_from_nothing_reaches_the_rate_of_the_next_schedule()
    {
        var schedule = new WarmUpSchedule(4, new ExponentialSchedule(0.8, 0.5));
        Enumerable.Range(0, 7).Select(step => schedule.GetRate(step)).Should().Equal(0, 0.2, 0.4, 0.6000000000000001, 0.8, 0.4, 0.2);
    }

    [Fact]
    public void A_cycle_of_any_length_ends_at_its_last_rate()
    {
        for (long steps = 1; steps <= 12; steps++)
        {
            foreach (double share in (double[])[0, 0.1, 0.25, 0.5])
            {
                foreach (bool threePhases in (bool[])[false, true])
                {
                    var schedule = new OneCycleSchedule(0.5, steps, share, 5, 10, threePhases: threePhases);
                    for (long step = 0; step < steps; step++) schedule.GetRate(step).Should().BeInRange(0.01 - 1e-15, 0.5 + 1e-15);
                    schedule.GetRate(steps).Should().BeApproximately(0.01, 1e-15);
                    schedule.GetRate(steps + 1000).Should().Be(schedule.GetRate(steps));
                    if (steps > 4) schedule.GetRate(steps - 1).Should().BeApproximately(0.01, 1e-15);
                }
            }
        }
    }

    [Fact]
    public void Losses_reach_a_plateau_through_other_schedules_and_so_does_its_state()
    {
        LearningRateSchedule schedule = Create(), resumed = Create();
        foreach (double loss in (double[])[1, 2, 3, 2]) schedule.Observe(loss);
        schedule.GetRate(10).Should().BeApproximately(0.05 * 0.5, 1e-15);
        schedule.GetRate(1).Should().BeApproximately(0.05 * 0.5 / 4, 1e-15, "the warm-up has the reduced rate as its aim");
        resumed.SetState(schedule.GetState());
        foreach (LearningRateSchedule both in (LearningRateSchedule[])[schedule, resumed])
        {
            both.Observe(5);
            both.Observe(6);
            both.Observe(7);
        }

        resumed.GetRate(10).Should().Be(schedule.GetRate(10)).And.BeLessThan(0.05 * 0.5);
        States.ShouldBeSame(resumed.GetState(), schedule.GetState());

        static LearningRateSchedule Create() => new WarmUpSchedule(4, new ProductSchedule(new PlateauSchedule(0.1, 0.5, 2), new SequentialSchedule([new ConstantSchedule(0.5), new PlateauSchedule(1, 0.9, 100)], [50])));
    }

    [Theory]
    [InlineData("rate", -0.1)]
    [InlineData("rate", 0.3)]
    [InlineData("rate", double.NaN)]
    [InlineData("rate", null)]
    [InlineData("best", double.NaN)]
    [InlineData("best", "1")]
    [InlineData("bad", -1L)]
    [InlineData("bad", 4L)]
    [InlineData("cooling", 6L)]
    [InlineData("cooling", null)]
    public void A_state_that_does_not_fit_is_refused_and_changes_nothing(string name, object? value)
    {
        var first = new PlateauSchedule(0.2, patience: 3, cooldown: 5);
        var second = new PlateauSchedule(0.2, patience: 3, cooldown: 5);
        var schedule = new ProductSchedule(first, second);
        for (int i = 0; i < 6; i++) schedule.Observe(1);
        StateDictionary before = schedule.GetState(), other = new ProductSchedule(new PlateauSchedule(0.2, patience: 3, cooldown: 5), new PlateauSchedule(0.2, patience: 3, cooldown: 5)).GetState();
        schedule.Invoking(it => it.SetState(other.With($"1.{name}", value))).Should().Throw<InvalidDataException>();
        States.ShouldBeSame(schedule.GetState(), before);
        schedule.SetState(other);
        States.ShouldBeSame(schedule.GetState(), other);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-0.5)]
    [InlineData(double.PositiveInfinity)]
    public void A_function_that_gives_no_rate_is_refused(double factor) =>
        new LambdaSchedule(0.1, _ => factor).Invoking(it => it.GetRate(3)).Should().Throw<InvalidOperationException>().WithMessage($"*step 3, got {factor.ToString(CultureInfo.InvariantCulture)}*");

    [Fact]
    public void NaN_is_no_improvement()
    {
        var schedule = new PlateauSchedule(0.1, 0.5, 1);
        schedule.Observe(double.NaN);
        schedule.Observe(double.NaN);
        schedule.GetRate(0).Should().Be(0.05);
        schedule.Observe(3);
        schedule.GetState().GetDouble("best").Should().Be(3);
    }

    /// <summary>The script's.</summary>
    private static double Loss(int t) => 2 - 0.05 * Math.Min(t, 15) + (t is >= 25 and < 30 ? 0.25 : 0) - 0.00001 * t - (t >= 50 ? 0.5 : 0);

    private static void ShouldBe(double rate, double expected, int step) => rate.Should().BeApproximately(expected, 1e-12, "step {0}", step);
}
