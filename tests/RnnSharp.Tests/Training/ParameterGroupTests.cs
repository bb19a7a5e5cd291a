using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

public sealed class ParameterGroupTests
{
    public static TheoryData<string> Kinds => [.. OptimizerKinds.Names];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_group_has_the_effect_of_an_optimizer_with_its_settings(string kind)
    {
        // In each of the three: all parameters in groups, and the same settings without groups.
        var layer = new LstmLayer<double>(3, 4, seed: 1);
        LstmLayer<double>[] alone = [new(3, 4, seed: 1), new(3, 4, seed: 1), new(3, 4, seed: 1)];
        Optimizer<double> grouped = OptimizerKinds.Create<double>(kind, 0.1, [new(parameter => parameter.Name is "weight_hh", 0.5, 0.25), ParameterGroup<double>.WithoutDecay(), new(_ => true, 2), new(_ => throw new InvalidOperationException("An earlier group applies."))]);
        Optimizer<double>[] single = [OptimizerKinds.Create<double>(kind, 0.1), OptimizerKinds.Create<double>(kind, 0.25), OptimizerKinds.Create<double>(kind, 0)];
        double[] factors = [2, 0.5, 1];
        grouped.Groups.Should().HaveCount(4);
        for (int step = 0; step < 6; step++)
        {
            Step(layer, grouped, step, 0.01 / (1 + step));
            for (int i = 0; i < 3; i++) Step(alone[i], single[i], step, factors[i] * 0.01 / (1 + step));
        }

        Bits.ShouldBeSame(layer.InputWeights.Values, alone[0].InputWeights.Values, "twice the rate");
        Bits.ShouldBeSame(layer.RecurrentWeights.Values, alone[1].RecurrentWeights.Values, "half the rate and another decay");
        Bits.ShouldBeSame(layer.Bias.Values, alone[2].Bias.Values, "no decay");
        layer.Bias.Values.SequenceEqual(alone[0].Bias.Values).Should().BeFalse();

        static void Step(LstmLayer<double> layer, Optimizer<double> optimizer, int seed, double rate)
        {
            Gradients<double> gradients = layer.CreateGradients();
            AdamTests.Fill(gradients, new Random(seed), 1);
            optimizer.LearningRate = rate;
            optimizer.Step(layer, gradients);
        }
    }

    [Fact]
    public void A_decay_in_a_group_alone_is_Adams_decoupled_one()
    {
        var layer = new DenseLayer<double>(2, 2, seed: 1);
        double[] before = layer.Weights.Values.ToArray();
        new Adam<double>(0.5, groups: [new(_ => true, 0.5, 0.25)]).Step(layer, layer.CreateGradients());
        layer.Weights.Values.ToArray().Should().Equal(before.Select(value => value * (1 - 0.5 * 0.5 * 0.25)));
    }

    [Fact]
    public void Biases_and_gains_are_without_decay_and_weights_of_one_column_are_not()
    {
        ParameterGroup<float> group = ParameterGroup<float>.WithoutDecay();
        group.WeightDecay.Should().Be(0);
        group.LearningRateFactor.Should().Be(1);
        var layer = new LayerStack<float>(
            new GruLayer<float>(1, 1, options: new GruOptions { Bias = RecurrentBias.Separate }), new LstmLayer<float>(1, 4, options: new LstmOptions { LayerNormalization = true }),
            new LayerNormalizationLayer<float>(4), new DenseLayer<float>(4, 1));
        layer.ParameterNames.Where((_, i) => group.Contains(layer.Parameters[i])).Should().Equal("0.bias_ih", "0.bias_hh", "1.bias", "1.weight_norm", "2.weight", "2.bias", "3.bias");
    }

    [Fact]
    public void A_predicate_is_asked_once_for_each_parameter_and_one_that_throws_changes_nothing()
    {
        var layer = new LstmLayer<double>(3, 4, seed: 1);
        var asked = new List<string>();
        var adam = new Adam<double>(groups: [new(parameter =>
        {
            asked.Add(parameter.Name);
            return parameter.Name is not "bias" || asked.Count > 3 ? true : throw new InvalidOperationException("not now");
        })]);
        double[] before = layer.InputWeights.Values.ToArray();
        adam.Invoking(it => it.Step(layer, layer.CreateGradients())).Should().Throw<InvalidOperationException>().WithMessage("not now");
        layer.InputWeights.Values.ToArray().Should().Equal(before);
        for (int i = 0; i < 3; i++) adam.Step(layer, layer.CreateGradients());
        asked.Should().Equal("weight_ih", "weight_hh", "bias", "bias");
    }

    [Fact]
    public void A_rate_that_a_group_makes_infinite_is_refused()
    {
        var adam = new Adam<float>(groups: [new(_ => true, 1e10)]);
        adam.Invoking(it => it.LearningRate = 1e30).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("value");
        adam.LearningRate.Should().Be(1e-3);
        adam.Invoking(it => it.SetState(new DenseLayer<float>(1, 1), new Adam<float>(1e30).GetState(new DenseLayer<float>(1, 1)))).Should().Throw<InvalidDataException>();
    }
}
