using System.Numerics;
using System.Runtime.CompilerServices;
using FluentAssertions;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>What holds for every optimizer.</summary>
public sealed class OptimizerTests
{
    public static TheoryData<string> Kinds => [.. OptimizerKinds.Names];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_optimizer_does_not_keep_the_parameters_of_dropped_layers_alive(string kind)
    {
        IOptimizer<float> optimizer = OptimizerKinds.Create<float>(kind);
        (WeakReference weights, WeakReference gradients) = StepOnce(optimizer);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        weights.IsAlive.Should().BeFalse();
        gradients.IsAlive.Should().BeFalse();
        GC.KeepAlive(optimizer);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (WeakReference Weights, WeakReference Gradients) StepOnce(IOptimizer<float> optimizer)
        {
            var layer = new DenseLayer<float>(3, 3, seed: 1);
            Gradients<float> gradients = layer.CreateGradients();
            optimizer.Step(layer.Parameters, gradients);
            return (new WeakReference(layer.Weights), new WeakReference(gradients));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Warm_steps_allocate_nothing_and_leave_frozen_parameters(string kind)
    {
        Check<float>();
        Check<double>();

        void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var layer = new LstmLayer<T>(3, 17, seed: 1);
            layer.Bias.Frozen = true;
            T[] bias = layer.Bias.Values.ToArray(), alone = [.. layer.InputWeights.Values];
            Gradients<T> gradients = layer.CreateGradients();
            AdamTests.Fill(gradients, new Random(1), 0.1);
            gradients.Values(2).Fill(T.NaN); // of what is frozen, which is not read
            Optimizer<T> optimizer = OptimizerKinds.Create(kind, groups: [ParameterGroup<T>.WithoutDecay(), new(parameter => parameter.Rows == 68, 0.5)]);
            Warm.Allocated(() => optimizer.Step(layer, gradients)).Should().Be(0);
            Warm.Allocated(() => optimizer.Step(layer.InputWeights, gradients.Values(0))).Should().Be(0);
            optimizer.Step(layer.Bias, gradients.Values(2));
            Bits.ShouldBeSame<T>(layer.Bias.Values, bias, "a frozen parameter");
            optimizer.GetState(layer).ContainsPart("bias").Should().BeFalse();
            layer.InputWeights.Values.SequenceEqual(alone).Should().BeFalse();
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_parameter_without_a_layer_is_updated_as_one_with_a_layer(string kind)
    {
        var layer = new DenseLayer<double>(3, 5, seed: 1);
        var bare = new Parameter<double>("bare", 5, 3);
        bare.Set(layer.Weights.Values);
        Gradients<double> gradients = layer.CreateGradients();
        Optimizer<double> one = OptimizerKinds.Create<double>(kind), other = OptimizerKinds.Create<double>(kind);
        for (int step = 0; step < 5; step++)
        {
            AdamTests.Fill(gradients, new Random(step), 1);
            one.Step(layer, gradients);
            other.Step(bare, gradients.Values(0));
            Bits.ShouldBeSame(bare.Values, layer.Weights.Values, $"step {step}");
        }

        StateDictionary state = other.GetState([bare], ["weight"]);
        state.GetInt64("weight.step").Should().Be(5);
        States.ShouldBeSame(state.GetPart("weight"), one.GetState(layer).GetPart("weight"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_step_that_is_refused_changes_nothing(string kind)
    {
        var layer = new GruLayer<double>(2, 5, seed: 1);
        Gradients<double> gradients = layer.CreateGradients();
        AdamTests.Fill(gradients, new Random(1), 1);
        Optimizer<double> optimizer = OptimizerKinds.Create<double>(kind);
        optimizer.Step(layer, gradients);
        StateDictionary state = optimizer.GetState(layer);
        double[] before = layer.InputWeights.Values.ToArray();
        gradients.Values(3)[4] = double.NaN;
        optimizer.Invoking(it => it.Step(layer, gradients)).Should().Throw<ArgumentException>().WithParameterName("gradients").WithMessage("*got NaN at 4 of bias_hn*");
        optimizer.Invoking(it => it.Step(layer.Parameters[3], gradients.Values(3))).Should().Throw<ArgumentException>().WithParameterName("gradient").WithMessage("*got NaN at 4*");
        var inside = new Action(() => layer.InputWeights.Update(0, (_, _) => optimizer.Step(layer.InputWeights, new double[30])));
        inside.Should().Throw<InvalidOperationException>();
        Bits.ShouldBeSame(layer.InputWeights.Values, before, "weights");
        States.ShouldBeSame(optimizer.GetState(layer), state);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_optimizer_finds_the_minimum_of_a_valley(string kind)
    {
        // (x - 3)² + 10 (y + 1)².
        var point = new Parameter<double>("point", 2, 1);
        Optimizer<double> optimizer = OptimizerKinds.Create<double>(kind, decay: 0);
        optimizer.LearningRate = kind switch { "adagrad" => 1, "lion" => 0.02, _ => optimizer.LearningRate };
        var schedule = new CosineSchedule(optimizer.LearningRate, 2000);
        for (int step = 0; step < 2000; step++)
        {
            optimizer.LearningRate = schedule.GetRate(step);
            optimizer.Step(point, [2 * (point.Values[0] - 3), 20 * (point.Values[1] + 1)]);
        }

        point.Values[0].Should().BeApproximately(3, 1e-3);
        point.Values[1].Should().BeApproximately(-1, 1e-3);
    }

    [Fact]
    public void A_centered_step_stays_finite_where_the_variance_rounds_below_zero()
    {
        var point = new Parameter<float>("point", 7, 1);
        var optimizer = new RmsProp<float>(0.01, alpha: 0.3, centered: true);
        for (int step = 0; step < 100; step++) optimizer.Step(point, [0.1f, 0.3f, 0.7f, 1.1f, 1e-3f, 1e-10f, 123.456f]);
        foreach (float value in point.Values) float.IsFinite(value).Should().BeTrue();
    }

    [Fact]
    public void Settings_are_displayed()
    {
        new Adam<float>(amsGrad: true, l2: 0.25).ToString().Should().Be("Adam (learning rate 0.001, beta 0.9 and 0.999, epsilon 1E-08, AMSGrad, L2 0.25)");
        new AdamW<float>(0.5).ToString().Should().Be("AdamW (learning rate 0.5, beta 0.9 and 0.999, epsilon 1E-08, weight decay 0.01)");
        new RmsProp<float>(0.5, weightDecay: 0.25, momentum: 0.75, centered: true).ToString().Should().Be("RmsProp (learning rate 0.5, alpha 0.99, epsilon 1E-08, centered, momentum 0.75, weight decay 0.25)");
        new Adagrad<float>(0.5, 0.25, 0.125, 0.75).ToString().Should().Be("Adagrad (learning rate 0.5, epsilon 1E-10, learning rate decay 0.25, initial accumulator 0.75, weight decay 0.125)");
        new Lion<float>(0.5, weightDecay: 0.25).ToString().Should().Be("Lion (learning rate 0.5, beta 0.9 and 0.99, weight decay 0.25)");
    }
}
