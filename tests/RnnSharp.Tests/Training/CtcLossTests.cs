using System.Numerics;
using System.Text.Json;
using FluentAssertions;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.References;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>CTC against PyTorch (torch_ctc.py), against the sum over all alignments, and by central differences.</summary>
public sealed class CtcLossTests
{
    private static readonly JsonElement[] Cases = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", "torch_ctc.json"))).RootElement.EnumerateArray()];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Values_and_gradients_equal_PyTorch(int number)
    {
        Check<double>(1e-12);
        Check<float>(1e-5);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            JsonElement item = Cases[number];
            int classes = item.Integer("classes"), batch = item.Integer("batch"), steps = item.Integer("steps");
            Sequence<T> scores = item.Sequence<T>("scores", classes, batch, steps), gradient = new(1, 1, 0), losses = new(1, 1, 0);
            int[] lengths = item.Integers("lengths");
            for (int j = 0; j < batch; j++)
            {
                for (int t = lengths[j]; t < steps; t++) scores.Step(t).Slice(j * classes, classes).Fill(T.NaN);
            }

            scores.SetLengths(lengths);
            Sequence<T> labels = Sequence<T>.FromTokens([.. item.GetProperty("labels").EnumerateArray().Select(row => row.EnumerateArray().Select(label => label.GetInt32()).ToArray())], classes);
            Sequence<T>? weights = item.Has("weights") ? item.Sequence<T>("weights", 1, batch, 1) : null;
            LossReduction reduction = string.Equals(item.Text("reduction"), "mean", StringComparison.Ordinal) ? LossReduction.Mean : LossReduction.Sum;
            var loss = new CtcLoss<T>(item.Integer("blank"), item.GetProperty("zero_infinity").GetBoolean(), reduction);

            LossValue value = loss.Compute(scores, labels, gradient, weights, losses);
            GoldenCases.ShouldBeNear([value.Value], [item.Number("value")], tolerance, "value");
            GoldenCases.ShouldBeNear<T>(losses.Values, item.Values("losses"), tolerance, "losses");
            GoldenCases.ShouldBeNear<T>(gradient.Values, item.Values("gradient"), tolerance, "gradient");
            gradient.Lengths.ToArray().Should().Equal(lengths);
            loss.Compute(scores, labels, stepWeights: weights).Should().Be(value, "the gradient is not needed for the value");
        }
    }

    [Fact]
    public void The_probability_is_the_sum_over_all_alignments()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            int classes = random.Next(2, 4), steps = random.Next(0, 6), blank = random.Next(classes);
            Sequence<double> scores = Draw(random, classes, 1, steps);
            int[] labels = [.. Enumerable.Range(0, random.Next(4)).Select(_ => (blank + random.Next(1, classes)) % classes)];
            double probability = CtcOracle.Probabilities(scores, blank).FirstOrDefault(entry => entry.Labels.SequenceEqual(labels)).Probability;

            double loss = new CtcLoss<double>(blank, reduction: LossReduction.Sum).Compute(scores, Sequence<double>.FromTokens([labels], classes)).Value;
            if (probability == 0) loss.Should().Be(double.PositiveInfinity);
            else loss.Should().BeApproximately(-Math.Log(probability), 1e-12);
        }
    }

    [Theory]
    [InlineData(LossReduction.Mean)]
    [InlineData(LossReduction.Sum)]
    public void Gradients_are_those_of_the_reduced_loss(LossReduction reduction)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            var random = new Random(seed);
            Sequence<double> scores = Draw(random, 4, 3, 9), gradient = new(1, 1, 0), weights = Draw(random, 1, 3, 1);
            foreach (ref double weight in weights.Values) weight = Math.Abs(weight);
            scores.SetLengths([9, 5, 2]);
            Sequence<double> labels = Sequence<double>.FromTokens([[1, 1, 2], [3, 3], []], 4);
            var loss = new CtcLoss<double>(0, reduction: reduction);
            loss.Compute(scores, labels, gradient, weights);
            for (int i = 0; i < scores.Values.Length; i++)
            {
                double kept = scores.Values[i], slope = (At(1e-5) - At(-1e-5)) / 2e-5;
                gradient.Values[i].Should().BeApproximately(slope, 1e-8);

                double At(double step)
                {
                    scores.Values[i] = kept + step;
                    double value = loss.Compute(scores, labels, stepWeights: weights).Value;
                    scores.Values[i] = kept;
                    return value;
                }
            }
        }
    }

    [Fact]
    public void Labels_without_an_alignment_have_an_infinite_loss_or_count_as_zero()
    {
        // Two equal labels need three steps.
        Sequence<double> scores = Draw(new Random(1), 3, 3, 2), labels = Sequence<double>.FromTokens([[1, 1], [1, 2], [1, 2]], 3), gradient = new(1, 1, 0), losses = new(1, 1, 0);
        scores.SetLengths([2, 2, 0]);
        LossValue infinite = new CtcLoss<double>(reduction: LossReduction.Sum).Compute(scores, labels, gradient, losses: losses);
        infinite.Value.Should().Be(double.PositiveInfinity);
        losses.Values.ToArray().Select(double.IsFinite).Should().Equal(false, true, false);
        gradient.Step(0)[..3].ToArray().Should().OnlyContain(value => double.IsNaN(value));
        gradient.Step(0)[3..6].ToArray().Should().OnlyContain(value => double.IsFinite(value) && value != 0);
        gradient.Step(0)[6..].ToArray().Should().OnlyContain(value => value == 0);

        LossValue zero = new CtcLoss<double>(zeroInfinity: true).Compute(scores, labels, gradient, losses: losses);
        (zero.Count, zero.Weight).Should().Be((3, 3));
        zero.Value.Should().BeApproximately(losses.Values[1] / 2 / 3, 1e-15);
        losses.Values.ToArray().Select(value => value == 0).Should().Equal(true, false, true);
        gradient.Step(0)[..3].ToArray().Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void An_example_with_a_factor_of_zero_is_left_out()
    {
        Sequence<float> scores = Draw(new Random(2), 5, 2, 6).ConvertTo<float>(), labels = Sequence<float>.FromTokens([[1, 2], [3, 3]], 5);
        Sequence<float> weights = new(1, 2, 1), gradient = new(1, 1, 0), alone = new(1, 1, 0);
        weights.Values[0] = 1;
        for (int t = 0; t < 6; t++) scores.Step(t)[5..].Fill(float.NaN);
        LossValue value = new CtcLoss<float>().Compute(scores, labels, gradient, weights);
        var first = new Sequence<float>(5, 1, 6);
        for (int t = 0; t < 6; t++) scores.Step(t)[..5].CopyTo(first.Step(t));
        value.Should().Be(new CtcLoss<float>().Compute(first, Sequence<float>.FromTokens([[1, 2]], 5), alone));
        for (int t = 0; t < 6; t++) gradient.Step(t).ToArray().Should().Equal([.. alone.Step(t), 0, 0, 0, 0, 0]);
    }

    [Fact]
    public void Long_examples_neither_overflow_nor_lose_digits()
    {
        // Even scores: the number of alignments of u different labels in t steps is (t + u choose 2u), each of probability classes^-t.
        const int Steps = 2000, Labels = 60;
        double expected = Steps * Math.Log(100);
        for (int i = 0; i < 2 * Labels; i++) expected -= Math.Log((Steps + Labels - i) / (double)(i + 1));
        Sequence<double> scores = new(100, 1, Steps), gradient = new(1, 1, 0);
        int[] labels = [.. Enumerable.Range(1, Labels)];
        new CtcLoss<double>().Compute(scores, Sequence<double>.FromTokens([labels], 100), gradient).Value.Should().BeApproximately(expected / Labels, 1e-9);
        for (int t = 0; t < Steps; t += 37) gradient.Step(t).ToArray().Sum().Should().BeApproximately(0, 1e-9);

        // A class that is never possible.
        for (int t = 0; t < Steps; t++) scores.Step(t)[^1] = double.NegativeInfinity;
        new CtcLoss<double>().Compute(scores, Sequence<double>.FromTokens([labels], 100), gradient).Value.Should().BeApproximately((expected - Steps * Math.Log(100.0 / 99)) / Labels, 1e-9);
        gradient.Values.ToArray().Should().OnlyContain(value => double.IsFinite(value));
        new CtcLoss<double>().Compute(scores, Sequence<double>.FromTokens([[99]], 100)).Value.Should().Be(double.PositiveInfinity);
    }

    [Fact]
    public void Warm_calls_allocate_nothing_and_threads_do_not_disturb_each_other()
    {
        Sequence<float> scores = Draw(new Random(3), 20, 4, 30).ConvertTo<float>(), labels = Sequence<float>.FromTokens([[1, 2, 2], [3, 3], [], [7, 8, 9, 9]], 20);
        Sequence<float> gradient = new(1, 1, 0), losses = new(1, 1, 0);
        var loss = new CtcLoss<float>();
        LossValue value = loss.Compute(scores, labels, gradient, losses: losses);
        Warm.Allocated(() => loss.Compute(scores, labels, gradient, losses: losses)).Should().Be(0);
        Parallel.For(0, 64, _ => loss.Compute(scores, labels, new Sequence<float>(1, 1, 0)).Should().Be(value));
    }

    private static Sequence<double> Draw(Random random, int features, int batch, int steps)
    {
        var sequence = new Sequence<double>(features, batch, steps);
        foreach (ref double value in sequence.Values) value = 4 * random.NextDouble() - 2;
        return sequence;
    }
}
