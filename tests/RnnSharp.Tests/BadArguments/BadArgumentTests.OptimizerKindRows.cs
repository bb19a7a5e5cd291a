using RnnSharp.Recurrent;
using RnnSharp.Training;

namespace RnnSharp.Tests;

/// <summary>The base class of optimizers and the kinds beside Adam, parameter groups and weight averages.</summary>
public sealed partial class BadArgumentTests
{
    private static Row[] OptimizerKinds()
    {
        const string NewOptimizer = "Optimizer.new(learningRate, weightDecay, slots, groups)", NewSlot = "OptimizerSlot.new(name, notNegative, initial)", NewGroup = "ParameterGroup.new(contains, learningRateFactor, weightDecay)";
        const string StepLayer = "Optimizer.Step(parameters, gradients)", StepOne = "Optimizer.Step(parameter, gradient)", GetState = "Optimizer.GetState(parameters, names)", SetState = "Optimizer.SetState(parameters, names, state)";
        const string NewSgd = "Sgd.new(learningRate, momentum, dampening, weightDecay, nesterov, groups)", NewAdamW = "AdamW.new(learningRate, beta1, beta2, epsilon, weightDecay, amsGrad, groups)";
        const string NewRmsProp = "RmsProp.new(learningRate, alpha, epsilon, weightDecay, momentum, centered, groups)", NewLion = "Lion.new(learningRate, beta1, beta2, weightDecay, groups)";
        const string NewAdagrad = "Adagrad.new(learningRate, learningRateDecay, weightDecay, initialAccumulator, epsilon, groups)";
        const string NewAverage = "WeightAverage.new(layer, decay, recency)";
        return
        [
            Bad(NewOptimizer, "learningRate", "0 or more", "got -1", f => _ = new BareOptimizer(-1, 0, [], null)),
            Bad(NewOptimizer, "weightDecay", "0 or more", "got NaN", f => _ = new BareOptimizer(1, double.NaN, [], null)),
            Bad(NewOptimizer, "weightDecay", "product is finite", "1E+200", f => _ = new BareOptimizer(1e200, 1e200, [], null)),
            Null(NewOptimizer, "slots", f => _ = new BareOptimizer(1, 0, null!, null)),
            Bad(NewOptimizer, "slots", "Slot 0", "null", f => _ = new BareOptimizer(1, 0, [null!], null)),
            Bad(NewOptimizer, "slots", "names once each", "got a", f => _ = new BareOptimizer(1, 0, [new("a"), new("a")], null)),
            Bad(NewOptimizer, "slots", "other than step", "got step", f => _ = new BareOptimizer(1, 0, [new("step")], null)),
            Bad(NewOptimizer, "groups", "Group 0", "null", f => _ = new BareOptimizer(1, 0, [], [null!])),
            Bad(NewOptimizer, "groups", "product is finite", "got Infinity", f => _ = new BareOptimizer(1e200, 0, [], [new(_ => true, 1e200)])),
            Bad("ParameterState.Slot(index)", "index", "0 to 0", "got 1", f => new BareOptimizer(1, 0, [new("a")], null).Step(f.Lstm.Parameters, f.Gradients)),
            Bad(NewSlot, "name", "whitespace", "empty", f => _ = new OptimizerSlot(" ")),
            Bad(NewSlot, "name", "without a dot", "got a.b", f => _ = new OptimizerSlot("a.b")),
            Bad(NewSlot, "initial", "0 or more", "got -1", f => _ = new OptimizerSlot("a", initial: -1)),
            Null(NewGroup, "contains", f => _ = new ParameterGroup<double>(null!)),
            Bad(NewGroup, "learningRateFactor", "0 or more", "got -1", f => _ = new ParameterGroup<double>(_ => true, -1)),
            Bad(NewGroup, "weightDecay", "0 or more", "got NaN", f => _ = new ParameterGroup<double>(_ => true, 1, double.NaN)),
            Null("ParameterGroup.Contains(parameter)", "parameter", _ => ParameterGroup<double>.WithoutDecay().Contains(null!)),
            Null(StepLayer, "parameters", f => f.Adam.Step(null!, f.Gradients)),
            Null(StepLayer, "gradients", f => f.Adam.Step(f.Lstm.Parameters, null!)),
            Bad(StepLayer, "parameters", "Parameter 1", "null", f => f.Adam.Step([f.Lstm.Bias, null!], f.Gradients)),
            Bad(StepLayer, "gradients", "every parameter", "weight_ih (parameter 0) has none", f => f.Adam.Step(f.OtherLstm.Parameters, f.Gradients)),
            Bad(StepLayer, "gradients", "finite", "got NaN at 3 of bias", f =>
            {
                f.Gradients.Values(2)[3] = double.NaN;
                f.Adam.Step(f.Lstm.Parameters, f.Gradients);
            }),
            Null(StepOne, "parameter", f => f.Adam.Step((Parameter<double>)null!, new double[1])),
            Bad(StepOne, "gradient", "16 values (16 x 1, column-major) for bias", "got 15", f => f.Adam.Step(f.Lstm.Bias, new double[15])),
            Bad(StepOne, "gradient", "does not overlap", "bias", f => f.Adam.Step(f.Lstm.Bias, f.Lstm.Bias.Values)),
            Bad(StepOne, "gradient", "finite gradient", "got NaN at 15", f => f.Adam.Step(f.Lstm.Bias, [.. new double[15], double.NaN])),
            Null(GetState, "parameters", f => f.Adam.GetState(null!, f.Lstm.ParameterNames)),
            Bad(GetState, "names", "3 names", "got 1", f => f.Adam.GetState(f.Lstm.Parameters, ["a"])),
            Null(SetState, "parameters", f => f.Adam.SetState(null!, f.Lstm.ParameterNames, f.Adam.GetState(f.Lstm))),
            Bad(SetState, "names", "3 names", "got 1", f => f.Adam.SetState(f.Lstm.Parameters, ["a"], f.Adam.GetState(f.Lstm))),
            Null(SetState, "state", f => f.Adam.SetState(f.Lstm.Parameters, f.Lstm.ParameterNames, null!)),
            Null("OptimizerExtensions.Step(optimizer, layer, gradients)", "optimizer", f => ((IOptimizer<double>)null!).Step(f.Lstm, f.Gradients)),
            Null("OptimizerExtensions.Step(optimizer, layer, gradients)", "layer", f => f.Adam.Step((ILayer<double>)null!, f.Gradients)),
            Null("OptimizerExtensions.Step(optimizer, layer, gradients)", "gradients", f => f.Adam.Step(f.Lstm, null!)),
            Null("OptimizerExtensions.GetState(optimizer, layer)", "optimizer", f => ((IOptimizer<double>)null!).GetState(f.Lstm)),
            Null("OptimizerExtensions.GetState(optimizer, layer)", "layer", f => f.Adam.GetState(null!)),
            Null("OptimizerExtensions.SetState(optimizer, layer, state)", "optimizer", f => ((IOptimizer<double>)null!).SetState(f.Lstm, new StateDictionary())),
            Null("OptimizerExtensions.SetState(optimizer, layer, state)", "layer", f => f.Adam.SetState(null!, new StateDictionary())),
            Null("OptimizerExtensions.SetState(optimizer, layer, state)", "state", f => f.Adam.SetState(f.Lstm, null!)),
            Bad(NewSgd, "learningRate", "0 or more", "got -1", f => _ = new Sgd<double>(-1)),
            Bad(NewSgd, "momentum", "at least 0 and below 1", "got 1", f => _ = new Sgd<double>(0.1, momentum: 1)),
            Bad(NewSgd, "dampening", "0 to 1", "got 2", f => _ = new Sgd<double>(0.1, dampening: 2)),
            Bad(NewSgd, "nesterov", "momentum above 0", "got 0 and 0", f => _ = new Sgd<double>(0.1, nesterov: true)),
            Bad(NewAdamW, "weightDecay", "0 or more", "got -1", f => _ = new AdamW<double>(weightDecay: -1)),
            Bad(NewAdamW, "beta1", "at least 0 and below 1", "got 1", f => _ = new AdamW<double>(beta1: 1)),
            Bad(NewRmsProp, "learningRate", "0 or more", "got NaN", f => _ = new RmsProp<double>(double.NaN)),
            Bad(NewRmsProp, "alpha", "at least 0 and below 1", "got 1", f => _ = new RmsProp<double>(alpha: 1)),
            Bad(NewRmsProp, "epsilon", "above 0", "got 0", f => _ = new RmsProp<double>(epsilon: 0)),
            Bad(NewRmsProp, "weightDecay", "0 or more", "got -1", f => _ = new RmsProp<double>(weightDecay: -1)),
            Bad(NewRmsProp, "momentum", "at least 0 and below 1", "got -1", f => _ = new RmsProp<double>(momentum: -1)),
            Bad(NewAdagrad, "learningRate", "0 or more", "got -1", f => _ = new Adagrad<double>(-1)),
            Bad(NewAdagrad, "learningRateDecay", "0 or more", "got -1", f => _ = new Adagrad<double>(learningRateDecay: -1)),
            Bad(NewAdagrad, "weightDecay", "0 or more", "got -1", f => _ = new Adagrad<double>(weightDecay: -1)),
            Bad(NewAdagrad, "initialAccumulator", "0 or more", "got -1", f => _ = new Adagrad<double>(initialAccumulator: -1)),
            Bad(NewAdagrad, "epsilon", "above 0", "got 0", f => _ = new Adagrad<double>(epsilon: 0)),
            Bad(NewLion, "learningRate", "0 or more", "got -1", f => _ = new Lion<double>(-1)),
            Bad(NewLion, "beta1", "at least 0 and below 1", "got 1", f => _ = new Lion<double>(beta1: 1)),
            Bad(NewLion, "beta2", "at least 0 and below 1", "got -1", f => _ = new Lion<double>(beta2: -1)),
            Bad(NewLion, "weightDecay", "0 or more", "got -1", f => _ = new Lion<double>(weightDecay: -1)),
            Null(NewAverage, "layer", f => _ = new WeightAverage<double>(null!)),
            Bad(NewAverage, "decay", "at least 0 and below 1", "got 1", f => _ = new WeightAverage<double>(f.Lstm, 1)),
            Bad(NewAverage, "recency", "0 or more", "got -1", f => _ = new WeightAverage<double>(f.Lstm, recency: -1)),
            Bad(NewAverage, "recency", "0 with a decay", "got 4", f => _ = new WeightAverage<double>(f.Lstm, 0.5, 4)),
            Null("WeightAverage.CopyTo(target)", "target", f => new WeightAverage<double>(f.Lstm).CopyTo(null!)),
            Bad("WeightAverage.CopyTo(target)", "target", "3 parameters", "got 2", f => new WeightAverage<double>(f.Lstm).CopyTo(f.Dense)),
            Bad("WeightAverage.CopyTo(target)", "target", "16 x 3 as parameter 0, weight_ih", "got 4 x 3", f => new WeightAverage<double>(f.Lstm).CopyTo(new RnnLayer<double>(3, 4))),
            Null("WeightAverage.SetState(state)", "state", f => new WeightAverage<double>(f.Lstm).SetState(null!)),
        ];
    }

    /// <summary>An optimizer without mathematics, to call what derived optimizers can.</summary>
    private sealed class BareOptimizer(double learningRate, double weightDecay, IReadOnlyList<OptimizerSlot> slots, IReadOnlyList<ParameterGroup<double>>? groups) : Optimizer<double>(learningRate, weightDecay, slots, groups)
    {
        protected override void Update(Span<double> weights, ReadOnlySpan<double> gradient, ParameterState<double> state) => state.Slot(1).Clear();
    }
}
