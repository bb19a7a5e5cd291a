using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>Learning-rate schedules.</summary>
public sealed partial class BadArgumentTests
{
    private static IEnumerable<Row> Schedules()
    {
        const string NewStep = "StepSchedule.new(initialRate, interval, factor)", NewMultiStep = "MultiStepSchedule.new(initialRate, milestones, factor)", NewExponential = "ExponentialSchedule.new(initialRate, factor)";
        const string NewPolynomial = "PolynomialSchedule.new(initialRate, steps, power, finalRate)", NewCosine = "CosineSchedule.new(initialRate, steps, minimumRate)";
        const string NewRestarts = "CosineRestartsSchedule.new(initialRate, firstSteps, factor, minimumRate)", NewWarmUp = "WarmUpSchedule.new(steps, next, startFactor)";
        const string NewOneCycle = "OneCycleSchedule.new(maximumRate, steps, risingShare, initialDivisor, finalDivisor, annealing, threePhases)";
        const string NewCyclic = "CyclicSchedule.new(lowestRate, highestRate, risingSteps, fallingSteps, scale, factor)", NewLambda = "LambdaSchedule.new(initialRate, factor)";
        const string NewProduct = "ProductSchedule.new(schedules)", NewSequential = "SequentialSchedule.new(schedules, milestones)";
        const string NewPlateau = "PlateauSchedule.new(initialRate, factor, patience, threshold, thresholdKind, cooldown, minimumRate)";
        Row[] rows =
        [
            Bad("ConstantSchedule.new(rate)", "rate", "0 or more", "got -1", f => _ = new ConstantSchedule(-1)),
            Bad(NewStep, "initialRate", "0 or more", "got NaN", f => _ = new StepSchedule(double.NaN, 1)),
            Bad(NewStep, "interval", "at least 1", "got 0", f => _ = new StepSchedule(1, 0)),
            Bad(NewStep, "factor", "0 or more", "got -1", f => _ = new StepSchedule(1, 1, -1)),
            Bad(NewMultiStep, "initialRate", "0 or more", "got -1", f => _ = new MultiStepSchedule(-1, [])),
            Null(NewMultiStep, "milestones", f => _ = new MultiStepSchedule(1, null!)),
            Bad(NewMultiStep, "milestones", "0 or more in ascending order", "got -1 at 0", f => _ = new MultiStepSchedule(1, [-1])),
            Bad(NewMultiStep, "milestones", "0 or more in ascending order", "got 4 at 1", f => _ = new MultiStepSchedule(1, [5, 4])),
            Bad(NewMultiStep, "factor", "0 or more", "got -1", f => _ = new MultiStepSchedule(1, [1], -1)),
            Bad(NewExponential, "initialRate", "0 or more", "got -1", f => _ = new ExponentialSchedule(-1, 1)),
            Bad(NewExponential, "factor", "0 or more", "got -1", f => _ = new ExponentialSchedule(1, -1)),
            Bad(NewPolynomial, "initialRate", "0 or more", "got -1", f => _ = new PolynomialSchedule(-1, 1)),
            Bad(NewPolynomial, "steps", "at least 1", "got 0", f => _ = new PolynomialSchedule(1, 0)),
            Bad(NewPolynomial, "power", "0 or more", "got -1", f => _ = new PolynomialSchedule(1, 1, -1)),
            Bad(NewPolynomial, "finalRate", "0 or more", "got -1", f => _ = new PolynomialSchedule(1, 1, 1, -1)),
            Bad(NewCosine, "initialRate", "0 or more", "got -1", f => _ = new CosineSchedule(-1, 1)),
            Bad(NewCosine, "steps", "at least 1", "got 0", f => _ = new CosineSchedule(1, 0)),
            Bad(NewCosine, "minimumRate", "0 or more", "got -1", f => _ = new CosineSchedule(1, 1, -1)),
            Bad(NewRestarts, "initialRate", "0 or more", "got -1", f => _ = new CosineRestartsSchedule(-1, 1)),
            Bad(NewRestarts, "firstSteps", "at least 1", "got 0", f => _ = new CosineRestartsSchedule(1, 0)),
            Bad(NewRestarts, "factor", "at least 1", "got 0", f => _ = new CosineRestartsSchedule(1, 1, 0)),
            Bad(NewRestarts, "minimumRate", "0 or more", "got -1", f => _ = new CosineRestartsSchedule(1, 1, 1, -1)),
            Bad(NewWarmUp, "steps", "at least 1", "got 0", f => _ = new WarmUpSchedule(0, new ConstantSchedule(1))),
            Null(NewWarmUp, "next", f => _ = new WarmUpSchedule(1, null!)),
            Bad(NewWarmUp, "startFactor", "0 to 1", "got 2", f => _ = new WarmUpSchedule(1, new ConstantSchedule(1), 2)),
            Bad(NewOneCycle, "maximumRate", "0 or more", "got -1", f => _ = new OneCycleSchedule(-1, 1)),
            Bad(NewOneCycle, "steps", "at least 1", "got 0", f => _ = new OneCycleSchedule(1, 0)),
            Bad(NewOneCycle, "risingShare", "0 to 1", "got 2", f => _ = new OneCycleSchedule(1, 1, 2)),
            Bad(NewOneCycle, "risingShare", "0 to 0.5", "got 0.75", f => _ = new OneCycleSchedule(1, 1, 0.75, threePhases: true)),
            Bad(NewOneCycle, "initialDivisor", "above 0", "got 0", f => _ = new OneCycleSchedule(1, 1, initialDivisor: 0)),
            Bad(NewOneCycle, "finalDivisor", "above 0", "got 0", f => _ = new OneCycleSchedule(1, 1, finalDivisor: 0)),
            Bad(NewOneCycle, "annealing", "Cosine or Linear", "got 5", f => _ = new OneCycleSchedule(1, 1, annealing: (Annealing)5)),
            Bad(NewCyclic, "lowestRate", "0 or more", "got -1", f => _ = new CyclicSchedule(-1, 1, 1)),
            Bad(NewCyclic, "highestRate", "at least the lowest rate, 2", "got 1", f => _ = new CyclicSchedule(2, 1, 1)),
            Bad(NewCyclic, "risingSteps", "at least 1", "got 0", f => _ = new CyclicSchedule(1, 1, 0)),
            Bad(NewCyclic, "fallingSteps", "at least 1", "got 0", f => _ = new CyclicSchedule(1, 1, 1, 0)),
            Bad(NewCyclic, "scale", "Constant, Halving or Exponential", "got 5", f => _ = new CyclicSchedule(1, 1, 1, scale: (CycleScale)5)),
            Bad(NewCyclic, "factor", "above 0 and 1 or less", "got 2", f => _ = new CyclicSchedule(1, 1, 1, factor: 2)),
            Bad(NewLambda, "initialRate", "0 or more", "got -1", f => _ = new LambdaSchedule(-1, _ => 1)),
            Null(NewLambda, "factor", f => _ = new LambdaSchedule(1, null!)),
            Null(NewProduct, "schedules", f => _ = new ProductSchedule(null!)),
            Bad(NewProduct, "schedules", "at least 1 schedule", "got none", f => _ = new ProductSchedule()),
            Bad(NewProduct, "schedules", "Schedule 1", "null", f => _ = new ProductSchedule(new ConstantSchedule(1), null!)),
            Null(NewSequential, "schedules", f => _ = new SequentialSchedule(null!, [])),
            Bad(NewSequential, "schedules", "at least 1 schedule", "got none", f => _ = new SequentialSchedule([], [])),
            Null(NewSequential, "milestones", f => _ = new SequentialSchedule([new ConstantSchedule(1)], null!)),
            Bad(NewSequential, "milestones", "1 milestones (one between two schedules)", "got 0", f => _ = new SequentialSchedule([new ConstantSchedule(1), new ConstantSchedule(1)], [])),
            Bad(NewSequential, "milestones", "at least 1 in ascending order", "got 0 at 0", f => _ = new SequentialSchedule([new ConstantSchedule(1), new ConstantSchedule(1)], [0])),
            Bad(NewPlateau, "initialRate", "0 or more", "got -1", f => _ = new PlateauSchedule(-1)),
            Bad(NewPlateau, "factor", "above 0 and below 1", "got 1", f => _ = new PlateauSchedule(1, 1)),
            Bad(NewPlateau, "patience", "0 or more", "got -1", f => _ = new PlateauSchedule(1, patience: -1)),
            Bad(NewPlateau, "threshold", "0 or more", "got NaN", f => _ = new PlateauSchedule(1, threshold: double.NaN)),
            Bad(NewPlateau, "threshold", "relative threshold below 1", "got 1", f => _ = new PlateauSchedule(1, threshold: 1)),
            Bad(NewPlateau, "thresholdKind", "Relative or Absolute", "got 5", f => _ = new PlateauSchedule(1, thresholdKind: (PlateauThreshold)5)),
            Bad(NewPlateau, "cooldown", "0 or more", "got -1", f => _ = new PlateauSchedule(1, cooldown: -1)),
            Bad(NewPlateau, "minimumRate", "0 or more", "got -1", f => _ = new PlateauSchedule(1, minimumRate: -1)),
            Null("LearningRateSchedule.SetState(state)", "state", f => new ConstantSchedule(1).SetState(null!)),
        ];
        foreach (Row row in rows) yield return row;
        var constant = new ConstantSchedule(1);
        LearningRateSchedule[] schedules =
        [
            constant, new StepSchedule(1, 1), new MultiStepSchedule(1, []), new ExponentialSchedule(1, 1), new PolynomialSchedule(1, 1), new CosineSchedule(1, 1), new CosineRestartsSchedule(1, 1), new WarmUpSchedule(1, constant),
            new OneCycleSchedule(1, 1), new CyclicSchedule(1, 1, 1), new LambdaSchedule(1, _ => 1), new ProductSchedule(constant), new SequentialSchedule([constant], []), new PlateauSchedule(1),
        ];
        foreach (LearningRateSchedule schedule in schedules)
        {
            yield return Bad($"{schedule.GetType().Name}.GetRate(step)", "step", "0 or more", "got -1", _ => schedule.GetRate(-1));
            if (schedule is WarmUpSchedule or ProductSchedule or SequentialSchedule or PlateauSchedule) yield return Null($"{schedule.GetType().Name}.SetState(state)", "state", _ => schedule.SetState(null!));
        }
    }
}
