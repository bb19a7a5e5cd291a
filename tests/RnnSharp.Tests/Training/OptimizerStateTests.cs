using System.Numerics;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>The state of every optimizer, saved and set: a resumed run equals an uninterrupted one.</summary>
public sealed class OptimizerStateTests
{
    public static TheoryData<string> Kinds => [.. OptimizerKinds.Names];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_saved_state_continues_bit_for_bit_in_another_optimizer(string kind)
    {
        Check<double>();
        Check<float>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            LayerStack<T> layer = Network(1), copy = Network(2), other = Network(1), forgetful = Network(1);
            Optimizer<T> optimizer = OptimizerKinds.Create<T>(kind), fresh = OptimizerKinds.Create<T>(kind);
            Train(layer, optimizer, 0, 7);
            optimizer.LearningRate *= 0.5;
            StateDictionary state = optimizer.GetState(layer);
            for (int p = 0; p < layer.Parameters.Count; p++) layer.ParameterNames.Should().OnlyContain(name => state.Contains(name + ".step"));

            // The new optimizer has seen the copy already and must forget that; the old one goes on meanwhile.
            Train(copy, fresh, 50, 3);
            for (int p = 0; p < layer.Parameters.Count; p++) copy.Parameters[p].Set(layer.Parameters[p].Values);
            Train(layer, optimizer, 7, 9);
            fresh.SetState(copy, state);
            fresh.LearningRate.Should().Be(optimizer.LearningRate);
            Train(copy, fresh, 7, 9);
            for (int p = 0; p < layer.Parameters.Count; p++) Bits.ShouldBeSame(copy.Parameters[p].Values, layer.Parameters[p].Values, layer.ParameterNames[p]);
            States.ShouldBeSame(fresh.GetState(copy), optimizer.GetState(layer));

            // A run that was never interrupted is the same.
            Optimizer<T> uninterrupted = OptimizerKinds.Create<T>(kind);
            Train(other, uninterrupted, 0, 7);
            uninterrupted.LearningRate *= 0.5;
            Train(other, uninterrupted, 7, 9);
            Bits.ShouldBeSame(other.Parameters[0].Values, layer.Parameters[0].Values, "a run without interruption");
            if (kind is "sgd") return;

            // One that forgets what it knew is not.
            Train(forgetful, OptimizerKinds.Create<T>(kind), 0, 7);
            Optimizer<T> again = OptimizerKinds.Create<T>(kind);
            again.LearningRate *= 0.5;
            Train(forgetful, again, 7, 9);
            forgetful.Parameters[0].Values.SequenceEqual(layer.Parameters[0].Values).Should().BeFalse();

            static LayerStack<T> Network(int seed) => new LayerStack<T>(new GruLayer<T>(3, 5, seed), new DenseLayer<T>(5, 2, seed));

            static void Train(LayerStack<T> layer, Optimizer<T> optimizer, int first, int steps)
            {
                Gradients<T> gradients = layer.CreateGradients();
                for (int step = first; step < first + steps; step++)
                {
                    AdamTests.Fill(gradients, new Random(step), 1);
                    optimizer.Step(layer, gradients);
                }
            }
        }
    }

    [Fact]
    public void Names_are_PyTorchs_after_those_of_the_parameters()
    {
        var layer = new LayerStack<float>(new RnnLayer<float>(2, 3, seed: 1), new DenseLayer<float>(3, 1, seed: 1));
        IOptimizer<float> optimizer = new Adam<float>(0.25, amsGrad: true);
        optimizer.GetState(layer).Names.Should().Equal("learning_rate");
        optimizer.Step([layer.Parameters[0]], layer.CreateGradients());
        StateDictionary state = optimizer.GetState(layer);
        state.Names.Should().Equal("0.weight_ih.exp_avg", "0.weight_ih.exp_avg_sq", "0.weight_ih.max_exp_avg_sq", "0.weight_ih.step", "learning_rate");
        state.GetDouble("learning_rate").Should().Be(0.25);
        state.GetInt64("0.weight_ih.step").Should().Be(1);
        state.GetArray<float>("0.weight_ih.exp_avg").Should().HaveCount(6);
    }

    [Fact]
    public void GetState_and_SetState_copy()
    {
        var layer = new RnnLayer<float>(2, 3, seed: 1);
        Gradients<float> gradients = layer.CreateGradients();
        AdamTests.Fill(gradients, new Random(1), 1);
        var adam = new Adam<float>();
        adam.Step(layer, gradients);
        StateDictionary state = adam.GetState(layer), before = adam.GetState(layer);
        state.GetArray<float>("bias.exp_avg")[0] = 42;
        States.ShouldBeSame(adam.GetState(layer), before);
        adam.SetState(layer, state);
        state.GetArray<float>("bias.exp_avg_sq")[0] = 43;
        adam.GetState(layer).GetArray<float>("bias.exp_avg")[0].Should().Be(42);
        adam.GetState(layer).GetArray<float>("bias.exp_avg_sq")[0].Should().NotBe(43);

        // A parameter that the state does not have is forgotten.
        foreach (string name in (string[])["weight_ih", "weight_hh"])
        {
            foreach (string slot in (string[])["step", "exp_avg", "exp_avg_sq"]) state = state.With($"{name}.{slot}", null);
        }

        adam.SetState(layer, state);
        adam.GetState(layer).Names.Should().Equal("bias.exp_avg", "bias.exp_avg_sq", "bias.step", "learning_rate");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_state_that_does_not_fit_is_refused_and_changes_nothing(string kind)
    {
        var layer = new RnnLayer<double>(2, 3, seed: 1);
        Gradients<double> gradients = layer.CreateGradients();
        AdamTests.Fill(gradients, new Random(1), 1);
        Optimizer<double> optimizer = OptimizerKinds.Create<double>(kind);
        optimizer.Step(layer, gradients);
        StateDictionary before = optimizer.GetState(layer);
        AdamTests.Fill(gradients, new Random(2), 1);
        Optimizer<double> another = OptimizerKinds.Create<double>(kind);
        another.LearningRate = 0.25;
        another.Step(layer, gradients);
        StateDictionary good = another.GetState(layer);
        foreach (object? bad in (object?[])[-1.0, double.NaN, double.PositiveInfinity, null, 1L]) Refused("learning_rate", bad);
        foreach (object? bad in (object?[])[-1L, (1L << 53) + 1, 1.0]) Refused("bias.step", bad);
        Refused("gamma.step", 1L);
        Refused("bias.other", new double[3]);
        Refused("other", 1.0);
        foreach (string slot in good.Names.Where(name => name.StartsWith("bias.", StringComparison.Ordinal) && name is not "bias.step"))
        {
            // A parameter without its count, and a count without its arrays.
            Refused("bias.step", null);
            foreach (object? bad in (object?[])[null, new double[2], new double[4], new float[3], new[] { 1, 1, double.NaN }, new[] { double.PositiveInfinity, 1, 1 }]) Refused(slot, bad);
            bool square = slot.EndsWith("_sq", StringComparison.Ordinal) || slot.EndsWith(".square_avg", StringComparison.Ordinal) || slot.EndsWith(".sum", StringComparison.Ordinal);
            if (square) Refused(slot, new[] { 1, -1e-9, 1 });
        }

        optimizer.SetState(layer, good);
        States.ShouldBeSame(optimizer.GetState(layer), good);

        void Refused(string name, object? value)
        {
            optimizer.Invoking(it => it.SetState(layer, good.With(name, value))).Should().Throw<InvalidDataException>("{0} is {1}", name, value);
            States.ShouldBeSame(optimizer.GetState(layer), before);
        }
    }

    [Fact]
    public void A_state_of_an_optimizer_with_other_options_is_refused()
    {
        var layer = new DenseLayer<double>(2, 2, seed: 1);
        foreach (string from in OptimizerKinds.Names)
        {
            foreach (string to in OptimizerKinds.Names)
            {
                Optimizer<double> source = OptimizerKinds.Create<double>(from), target = OptimizerKinds.Create<double>(to);
                source.Step(layer, layer.CreateGradients());
                string[] slots = Slots(source), own = Slots(target, step: true);
                if (slots.SequenceEqual(own)) target.SetState(layer, source.GetState(layer));
                else target.Invoking(it => it.SetState(layer, source.GetState(layer))).Should().Throw<InvalidDataException>("{0} is not {1}", from, to);
            }
        }

        string[] Slots(Optimizer<double> optimizer, bool step = false)
        {
            if (step) optimizer.Step(layer, layer.CreateGradients());
            return [.. optimizer.GetState(layer).Names];
        }
    }
}
