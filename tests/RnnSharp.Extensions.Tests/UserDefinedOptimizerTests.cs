using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Extensions.Tests;

/// <summary>Optimizers of the user's own, with the base class and without.</summary>
public sealed class UserDefinedOptimizerTests
{
    [Fact]
    public void The_base_class_needs_only_the_formula()
    {
        // Two steps by hand: every gradient is 2, ρ is 0.5 and ε 0.25.
        var layer = new DenseLayer<double>(5, 7);
        Gradients<double> gradients = layer.CreateGradients();
        gradients.Values(0).Fill(2);
        var optimizer = new AdadeltaOptimizer<double>(1, 0.5, 0.25);
        double before = layer.Weights.Values[3], delta = Math.Sqrt(0.25) / Math.Sqrt(2.25) * 2, sum = 0.5 * delta * delta;
        optimizer.Step(layer, gradients);
        layer.Weights.Values[3].Should().BeApproximately(before - delta, 1e-14);
        optimizer.Step(layer, gradients);
        layer.Weights.Values[3].Should().BeApproximately(before - delta - Math.Sqrt(sum + 0.25) / Math.Sqrt(3.25) * 2, 1e-14);
        StateDictionary state = optimizer.GetState(layer);
        state.Names.Should().Equal("bias.acc_delta", "bias.square_avg", "bias.step", "learning_rate", "weight.acc_delta", "weight.square_avg", "weight.step");
        state.GetArray<double>("weight.square_avg").Should().OnlyContain(value => value == 3);

        var copy = new DenseLayer<double>(5, 7);
        copy.Weights.Set(layer.Weights.Values);
        var resumed = new AdadeltaOptimizer<double>(1, 0.5, 0.25);
        resumed.SetState(copy, state);
        resumed.Step([copy.Weights, copy.Bias], Copied(copy, gradients));
        optimizer.Step(layer, gradients);
        copy.Weights.Values.ToArray().Should().Equal(layer.Weights.Values.ToArray());
    }

    [Fact]
    public void Groups_and_bare_parameters_work_in_an_optimizer_of_the_users()
    {
        Parameter<float> fast = new("fast", 3, 2), slow = new("slow", 3, 2);
        var optimizer = new AdadeltaOptimizer<float>(groups: [new(parameter => parameter.Name is "slow", 0.5)]);
        foreach (Parameter<float> parameter in (Parameter<float>[])[fast, slow]) optimizer.Step(parameter, [1, 2, 3, 4, 5, 6]);
        slow.Values.ToArray().Should().Equal(fast.Values.ToArray().Select(value => value / 2));
        fast.Values[0].Should().BeNegative();
    }

    [Fact]
    public void An_optimizer_without_the_base_class_trains_too()
    {
        var layer = new DenseLayer<double>(1, 1);
        IOptimizer<double> optimizer = new PlainDescent(0.5);
        Gradients<double> gradients = layer.CreateGradients();
        for (int i = 0; i < 100; i++)
        {
            gradients.Values(0)[0] = layer.Weights.Values[0] - 3;
            optimizer.Step(layer, gradients);
        }

        layer.Weights.Values[0].Should().BeApproximately(3, 1e-9);
        StateDictionary state = optimizer.GetState(layer);
        IOptimizer<double> resumed = new PlainDescent(1);
        resumed.SetState(layer, state);
        resumed.LearningRate.Should().Be(0.5);
    }

    private static Gradients<double> Copied(DenseLayer<double> layer, Gradients<double> gradients)
    {
        Gradients<double> copy = layer.CreateGradients();
        for (int p = 0; p < copy.Parameters.Count; p++) gradients.Values(p).CopyTo(copy.Values(p));
        return copy;
    }
}
