using System.Text.Json;
using FluentAssertions;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>What all loss objects have in common, and the tails of single formulas.</summary>
public sealed class LossObjectTests
{
    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_losses.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Gradients_are_those_of_the_value(int number)
    {
        // Where a variance is below the least one, the gradient is by intention not that of the value.
        LossCase<double> given = LossCase<double>.Read(Cases[number]);
        bool limited = given.Loss is GaussianLoss<double> { Epsilon: 0.5 };
        var gradient = new Sequence<double>(1, 1, 0);
        given.Loss.Compute(given.Output, given.Target, gradient, given.Weights);
        for (int i = 0; i < given.Output.Values.Length; i++)
        {
            double kept = given.Output.Values[i];
            if (double.IsNaN(kept) || (limited && i % 10 >= 5 && kept < 0.5)) continue;
            double slope = (At(-2e-4) - 8 * At(-1e-4) + 8 * At(1e-4) - At(2e-4)) / 12e-4;
            if (!(Math.Abs(gradient.Values[i] - slope) <= 1e-8 * Math.Max(1, Math.Abs(slope)))) Assert.Fail($"{given.Loss}: expected {slope} at {i}, got {gradient.Values[i]}.");

            double At(double step)
            {
                given.Output.Values[i] = kept + step;
                double value = given.Loss.Compute(given.Output, given.Target, stepWeights: given.Weights).Value;
                given.Output.Values[i] = kept;
                return value;
            }
        }
    }

    [Fact]
    public void Warm_calls_allocate_nothing()
    {
        for (int i = 6; i < Cases.Length; i += 8)
        {
            LossCase<float> given = LossCase<float>.Read(Cases[i]);
            Sequence<float> gradient = new(1, 1, 0), losses = new(1, 1, 0);
            Warm.Allocated(() => given.Loss.Compute(given.Output, given.Target, gradient, given.Weights, losses)).Should().Be(0, Cases[i].Text("loss"));
            Warm.Allocated(() => given.Loss.Compute(given.Output, given.Target, gradient)).Should().Be(0, Cases[i].Text("loss"));
        }
    }

    [Fact]
    public void Objects_without_options_have_the_bits_of_the_functions()
    {
        var random = new Random(4);
        foreach (LossReduction reduction in Enum.GetValues<LossReduction>())
        {
            Sequence<float> output = Draw(random, 37, 3, 11), target = Draw(random, 37, 3, 11), tokens = Sequence<float>.ForTokens(37, 3, 11);
            for (int i = 0; i < 33; i++) tokens.SetToken(i % 3, i / 3, i % 5 == 0 ? Sequence<float>.ZeroToken : random.Next(37));
            foreach (Sequence<float> sequence in (Sequence<float>[])[output, target, tokens]) sequence.SetLengths([11, 0, 7]);
            Sequence<float> gradient = new(1, 1, 0), expected = new(1, 1, 0);
            Same(new MeanSquaredError<float>(reduction), target, MeanSquaredError.Compute(output, target, expected, reduction));
            Same(new HuberLoss<float>(0.3, reduction), target, HuberLoss.Compute(output, target, expected, 0.3, reduction));
            Same(new SoftmaxCrossEntropy<float>(reduction: reduction), tokens, SoftmaxCrossEntropy.Compute(output, tokens, expected, reduction));

            void Same(ILoss<float> loss, Sequence<float> wanted, LossValue value)
            {
                loss.Compute(output, wanted, gradient).Should().Be(value);
                gradient.Values.ToArray().Should().Equal(expected.Values.ToArray());
            }
        }
    }

    [Fact]
    public void Step_weights_of_one_and_zero_are_those_of_shorter_examples()
    {
        for (int number = 0; number < Cases.Length; number += 8)
        {
            LossCase<double> given = LossCase<double>.Read(Cases[number]);
            Sequence<double> weights = new(1, 2, 3), byWeight = new(1, 1, 0), byLength = new(1, 1, 0);
            for (int t = 0; t < 3; t++) (weights[0, 0, t], weights[0, 1, t]) = (t < 2 ? 1 : 0, t < 1 ? 1 : 0);

            // What is left out may be anything.
            for (int t = 0; t < 3; t++)
            {
                for (int j = 0; j < 2; j++)
                {
                    if (weights[0, j, t] == 0) given.Output.Step(t).Slice(j * given.Output.Features, given.Output.Features).Fill(double.NaN);
                }
            }

            LossValue weighted = given.Loss.Compute(given.Output, given.Target, byWeight, weights);
            given.Output.SetLengths([2, 1]);
            given.Target.SetLengths([2, 1]);
            LossValue shorter = given.Loss.Compute(given.Output, given.Target, byLength);
            weighted.Count.Should().Be(shorter.Count);
            weighted.Weight.Should().BeApproximately(shorter.Weight, 1e-14);
            weighted.Sum.Should().BeApproximately(shorter.Sum, 1e-13 * Math.Max(1, Math.Abs(shorter.Sum)));
            for (int i = 0; i < byLength.Values.Length; i++) byWeight.Values[i].Should().BeApproximately(byLength.Values[i], 1e-14 * Math.Max(1, Math.Abs(byLength.Values[i])));
        }
    }

    [Fact]
    public void Batches_of_different_weights_add_up_to_the_loss_of_both()
    {
        Sequence<double> output = Draw(new Random(5), 4, 2, 6).ConvertTo<double>(), weights = new(1, 2, 6);
        Sequence<double> tokens = Sequence<double>.FromTokens([[0, 1, 2, 3, 0, 1], [3, 3, 1, 2, -100, 0]], 4);
        for (int i = 0; i < 12; i++) weights.Values[i] = i % 4 * 0.7;
        var loss = new SoftmaxCrossEntropy<double>([0.5, 1, 3, 2], labelSmoothing: 0.1);
        LossValue whole = loss.Compute(output, tokens, stepWeights: weights), parts = default;
        for (int t = 0; t < 6; t += 3)
        {
            Sequence<double> y = new(4, 2, 3), w = new(1, 2, 3), part = Sequence<double>.ForTokens(4, 2, 3);
            for (int s = 0; s < 3; s++)
            {
                output.Step(t + s).CopyTo(y.Step(s));
                weights.Step(t + s).CopyTo(w.Step(s));
                for (int j = 0; j < 2; j++) part.SetToken(j, s, tokens.Tokens[(t + s) * 2 + j]);
            }

            parts += loss.Compute(y, part, stepWeights: w);
        }

        (parts.Count, whole.Count).Should().Be((8, 8), "three weights are 0 and one target is left out");
        parts.Weight.Should().BeApproximately(whole.Weight, 1e-13);
        parts.Mean.Should().BeApproximately(whole.Mean, 1e-14);
    }

    [Fact]
    public void A_loss_value_without_factors_equals_one_whose_factors_are_1()
    {
        (new LossValue(3, 2) { Weight = 2 } == new LossValue(3, 2)).Should().BeTrue();
        new LossValue(3, 2).Weight.Should().Be(2);
        (new LossValue(3, 2) { Weight = 0.5 }).Mean.Should().Be(6);
        (new LossValue(3, 2) { Weight = 0 }).Mean.Should().Be(0);
        (new LossValue(3, 2) { Weight = 0.5 } + new LossValue(1, 4)).Should().Be(new LossValue(4, 6) { Weight = 4.5 });
        (new LossValue(3, 2) { Weight = 0.5 } + new LossValue(1, 4) { Weight = 5.5 }).Should().Be(new LossValue(4, 6));
    }

    [Fact]
    public void Binary_cross_entropy_keeps_its_digits_in_both_tails()
    {
        Check(40, 1, Math.Exp(-40), -Math.Exp(-40));
        Check(-40, 0, Math.Exp(-40), Math.Exp(-40));
        Check(-700, 1, 700, -1);
        Check(700, 0, 700, 1);
        Check(1e4, 1, 0, 0);
        double e = Math.Exp(-20);
        Check(20, 1, e - e * e / 2 + e * e * e / 3, -e / (1 + e));

        static void Check(double logit, double target, double expected, double slope)
        {
            Sequence<double> output = new(1, 1, 1), wanted = new(1, 1, 1), gradient = new(1, 1, 0);
            (output.Values[0], wanted.Values[0]) = (logit, target);
            double value = new BinaryCrossEntropy<double>().Compute(output, wanted, gradient).Value;
            value.Should().BeApproximately(expected, 1e-15 * Math.Max(expected, 1e-300) + 2e-15 * expected);
            gradient.Values[0].Should().BeApproximately(slope, 4e-15 * Math.Abs(slope));
        }
    }

    [Fact]
    public void Errors_of_zero_have_no_slope_and_NaN_stays_visible()
    {
        Sequence<float> output = new(3, 1, 1), target = new(3, 1, 1), gradient = new(1, 1, 0), single = new(1, 1, 1);
        output.Values[1] = float.NaN;
        foreach (ILoss<float> loss in (ILoss<float>[])[new MeanAbsoluteError<float>(), new SmoothL1Loss<float>(0), new QuantileLoss<float>([0.1, 0.5, 0.9]), new HuberLoss<float>(), new PoissonLoss<float>(), new BinaryCrossEntropy<float>()])
        {
            loss.Compute(output, loss is QuantileLoss<float> ? single : target, gradient).Value.Should().Be(double.NaN);
            gradient.Values[1].Should().Be(float.NaN);
            if (loss is not (PoissonLoss<float> or BinaryCrossEntropy<float>)) (gradient.Values[0], gradient.Values[2]).Should().Be((0, 0));
        }
    }

    [Fact]
    public void A_variance_below_the_least_one_can_recover()
    {
        Sequence<double> output = new(2, 1, 1), target = new(1, 1, 1), gradient = new(1, 1, 0);
        (output.Values[0], output.Values[1]) = (3, -1);
        new GaussianLoss<double>(GaussianOutput.Variance, epsilon: 0.25).Compute(output, target, gradient).Value.Should().BeApproximately((Math.Log(0.25) + 9 / 0.25) / 2, 1e-14);
        gradient.Values.ToArray().Should().Equal(12, 2 * (1 - 36));
        output.Values[1] = -1e4;
        new GaussianLoss<double>(epsilon: 0.25).Compute(output, target, gradient).Value.Should().BeApproximately((Math.Log(0.25) + 9 / 0.25) / 2, 1e-13);
        gradient.Values[1].Should().BeApproximately(-17.5, 1e-13);
    }

    [Fact]
    public void A_batch_without_counted_positions_has_a_loss_of_zero()
    {
        for (int number = 0; number < Cases.Length; number += 8)
        {
            LossCase<double> given = LossCase<double>.Read(Cases[number]);
            Sequence<double> gradient = new(1, 1, 0), losses = new(1, 1, 0);
            Nothing(new Sequence<double>(1, 2, 3));
            given.Output.SetLengths([0, 0]);
            given.Target.SetLengths([0, 0]);
            Nothing(null);
            given.Output.Resize(2, 0);
            given.Target.Resize(2, 0);
            Nothing(null);

            void Nothing(Sequence<double>? weights)
            {
                LossValue value = given.Loss.Compute(given.Output, given.Target, gradient, weights, losses);
                (value.Sum, value.Count, value.Weight, value.Value).Should().Be((0, 0, 0, 0));
                gradient.Values.ToArray().Concat(losses.Values.ToArray()).Should().NotContain(number => number != 0);
            }
        }
    }

    private static Sequence<float> Draw(Random random, int features, int batch, int steps)
    {
        var sequence = new Sequence<float>(features, batch, steps);
        foreach (ref float value in sequence.Values) value = 4 * random.NextSingle() - 2;
        return sequence;
    }
}
