using System.Numerics;
using FluentAssertions;
using RnnSharp.Tests.Layers;
using RnnSharp.Tests.Recurrent;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>The losses against numbers worked out by hand, plain formulas, and differences. PyTorch's own cases stand elsewhere.</summary>
public sealed class LossTests
{
    private const int Ignored = SoftmaxCrossEntropy.DefaultIgnored;

    public static TheoryData<LossReduction> Reductions => [LossReduction.Mean, LossReduction.Sum];

    [Fact]
    public void Cross_entropy_equals_hand_computed_values()
    {
        // ln 1, ln 2, ln 5 have the softmax 1/8, 2/8, 5/8.
        Sequence<double> scores = Columns([0, Math.Log(2), Math.Log(5)], [0, Math.Log(2), Math.Log(5)]);
        var gradient = new Sequence<double>(1, 1, 0);
        LossValue loss = SoftmaxCrossEntropy.Compute(scores, [2, 0], gradient, reduction: LossReduction.Sum);
        loss.Count.Should().Be(2);
        loss.Sum.Should().BeApproximately(Math.Log(8.0 / 5) + Math.Log(8), 1e-15);
        Near(gradient.Values, [0.125, 0.25, -0.375, -0.875, 0.25, 0.625], 1e-15);
        loss.Value.Should().Be(loss.Sum);
        LossValue mean = SoftmaxCrossEntropy.Compute(scores, [2, 0], gradient);
        (mean.Sum, mean.Value).Should().Be((loss.Sum, loss.Sum / 2), "the reduction names the value");
        Near(gradient.Values, [0.0625, 0.125, -0.1875, -0.4375, 0.125, 0.3125], 1e-15);
    }

    [Fact]
    public void Mean_squared_error_equals_hand_computed_values()
    {
        Sequence<double> output = Columns([1, 2], [3, -4]), targets = Columns([1.5, 0], [3, -3]);
        var gradient = new Sequence<double>(1, 1, 0);
        LossValue loss = MeanSquaredError.Compute(output, targets, gradient, LossReduction.Sum);
        loss.Should().Be(new LossValue(0.25 + 4 + 0 + 1, 4) { Reduction = LossReduction.Sum });
        loss.Value.Should().Be(5.25);
        gradient.Values.ToArray().Should().Equal(-1, 4, 0, -2);
        MeanSquaredError.Compute(output, targets, gradient).Value.Should().Be(5.25 / 4);
        gradient.Values.ToArray().Should().Equal(-0.25, 1, 0, -0.5);
        MeanSquaredError.Compute(output, targets).Sum.Should().Be(loss.Sum, "the gradient is not needed for the value");
    }

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Cross_entropy_follows_its_formula(LossReduction reduction)
    {
        Check<double>(2e-14);
        Check<float>(2e-6);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int seed = 0; seed < 60; seed++)
            {
                var random = new Random(seed);
                Sequence<T> scores = Scores<T>(random, maxClasses: 70);
                int[] targets = Targets(scores, random, seed % 3 == 0 ? 0 : 0.3);
                (LossValue expected, double[] expectedGradient) = PlainCrossEntropy(scores, targets, reduction);
                var gradient = new Sequence<T>(3, 2, 1);
                LossValue loss = SoftmaxCrossEntropy.Compute(scores, targets, gradient, reduction: reduction);
                loss.Count.Should().Be(expected.Count);
                loss.Sum.Should().BeApproximately(expected.Sum, tolerance * (1 + 4 * expected.Count));
                gradient.Lengths.ToArray().Should().Equal(scores.Lengths.ToArray());
                (gradient.Features, gradient.Batch, gradient.Steps).Should().Be((scores.Features, scores.Batch, scores.Steps));
                Near(gradient.Values, expectedGradient, tolerance);
                SoftmaxCrossEntropy.Compute(scores, targets, reduction: reduction).Should().Be(loss, "the gradient is not needed for the value");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Mean_squared_error_follows_its_formula(LossReduction reduction)
    {
        Check<double>(1e-14);
        Check<float>(1e-6);

        void Check<T>(double tolerance)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            for (int seed = 0; seed < 60; seed++)
            {
                var random = new Random(seed);
                Sequence<T> output = Scores<T>(random, maxClasses: 30), targets = Make.Sequence<T>(output.Features, output.Batch, output.Steps, random);
                if (output.IsRagged) targets.SetLengths(output.Lengths);
                FillPadding(targets);
                double sum = 0;
                long count = 0;
                Positions(output, (j, t) =>
                {
                    for (int i = 0; i < output.Features; i++, count++) sum += Math.Pow(double.CreateChecked(output[i, j, t]) - double.CreateChecked(targets[i, j, t]), 2);
                });
                double scale = 2.0 / (reduction == LossReduction.Mean ? Math.Max(1, count) : 1);
                var expected = new double[output.Values.Length];
                Positions(output, (j, t) =>
                {
                    for (int i = 0; i < output.Features; i++)
                        expected[i + output.Features * (j + output.Batch * t)] = scale * (double.CreateChecked(output[i, j, t]) - double.CreateChecked(targets[i, j, t]));
                });

                var gradient = new Sequence<T>(3, 2, 1);
                gradient.Values.Fill(T.NaN);
                LossValue loss = MeanSquaredError.Compute(output, targets, gradient, reduction);
                loss.Count.Should().Be(count);
                loss.Sum.Should().BeApproximately(sum, tolerance * (1 + sum));
                Near(gradient.Values, expected, tolerance * 20);
                gradient.Lengths.ToArray().Should().Equal(output.Lengths.ToArray());
                MeanSquaredError.Compute(output, targets, reduction: reduction).Should().Be(loss);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Gradients_are_those_of_the_reduced_loss(LossReduction reduction)
    {
        const double Step = 1e-3;
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(100 + seed);
            Sequence<double> scores = Scores<double>(random, maxClasses: 6), wanted = Make.Sequence<double>(scores.Features, scores.Batch, scores.Steps, random);
            if (scores.IsRagged) wanted.SetLengths(scores.Lengths);
            int[] targets = Targets(scores, random, 0.2);
            Compare((x, gradient) => SoftmaxCrossEntropy.Compute(x, targets, gradient, reduction: reduction));
            Compare((x, gradient) => MeanSquaredError.Compute(x, wanted, gradient, reduction));

            void Compare(Func<Sequence<double>, Sequence<double>?, LossValue> loss)
            {
                var gradient = new Sequence<double>(scores.Features, scores.Batch, scores.Steps);
                loss(scores, gradient);
                for (int i = 0; i < scores.Values.Length; i++)
                {
                    double kept = scores.Values[i];
                    double numeric = (At(-2) - 8 * At(-1) + 8 * At(1) - At(2)) / (12 * Step);
                    scores.Values[i] = kept;
                    gradient.Values[i].Should().BeApproximately(numeric, 1e-9);

                    double At(int steps)
                    {
                        scores.Values[i] = kept + steps * Step;
                        LossValue value = loss(scores, null);
                        return reduction == LossReduction.Mean ? value.Mean : value.Sum;
                    }
                }
            }
        }
    }

    [Fact]
    public void Ignored_positions_and_padding_have_no_effect()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var random = new Random(3);
            Sequence<T> scores = Make.Sequence<T>(5, 3, 4, random);
            scores.SetLengths([4, 0, 2]);
            int[] targets = [0, 1, 2, 3, 99, 4, 1, -5, 77, Ignored, -1, int.MaxValue];
            var clean = new Sequence<T>(5, 3, 4);
            LossValue loss = SoftmaxCrossEntropy.Compute(scores, targets, clean);
            loss.Count.Should().Be(5, "four and two steps, of which one is ignored");

            for (int t = 0; t < 4; t++)
            {
                for (int j = 0; j < 3; j++)
                {
                    if (t < scores.LengthOf(j) && targets[j + 3 * t] != Ignored) continue;
                    scores.Step(t).Slice(j * 5, 5).Fill(T.NaN);
                    clean.Step(t).Slice(j * 5, 5).ContainsAnyExcept(T.Zero).Should().BeFalse();
                }
            }

            var gradient = new Sequence<T>(5, 3, 4);
            gradient.Values.Fill(T.NaN);
            SoftmaxCrossEntropy.Compute(scores, targets, gradient).Should().Be(loss);
            Bits.ShouldBeSame<T>(gradient.Values, clean.Values, "gradient");

            Sequence<T> output = Make.Sequence<T>(2, 3, 4, random), wanted = Make.Sequence<T>(2, 3, 4, random);
            output.SetLengths([4, 0, 2]);
            wanted.SetLengths([4, 0, 2]);
            LossValue squared = MeanSquaredError.Compute(output, wanted, clean);
            squared.Count.Should().Be(12);
            FillPadding(output);
            FillPadding(wanted);
            MeanSquaredError.Compute(output, wanted, gradient).Should().Be(squared);
            Bits.ShouldBeSame<T>(gradient.Values, clean.Values, "gradient");
        }
    }

    [Fact]
    public void The_ignored_target_can_be_chosen()
    {
        Sequence<double> scores = Make.Sequence<double>(4, 1, 6, new Random(4));
        var gradient = new Sequence<double>(4, 1, 6);
        LossValue all = SoftmaxCrossEntropy.Compute(scores, [0, 1, 0, 2, 3, 0], gradient, reduction: LossReduction.Sum);
        LossValue some = SoftmaxCrossEntropy.Compute(scores, [0, 1, 0, 2, 3, 0], gradient, ignored: 0, LossReduction.Sum);
        LossValue rest = SoftmaxCrossEntropy.Compute(scores, [0, Ignored, 0, Ignored, Ignored, 0], reduction: LossReduction.Sum);
        (some.Count, rest.Count).Should().Be((3, 3));
        (some.Sum + rest.Sum).Should().BeApproximately(all.Sum, 1e-13);
        foreach (int t in (int[])[0, 2, 5]) gradient.Step(t).ToArray().Should().OnlyContain(value => value == 0);
        foreach (int t in (int[])[1, 3, 4]) gradient.Step(t).ToArray().Should().OnlyContain(value => value != 0);
    }

    [Theory]
    [MemberData(nameof(Reductions))]
    public void An_empty_loss_is_zero(LossReduction reduction)
    {
        foreach (bool ragged in (bool[])[false, true])
        {
            Sequence<float> scores = Make.Sequence<float>(3, 2, 2, new Random(5)), wanted = Make.Sequence<float>(3, 2, 2, new Random(6));
            if (ragged) scores.SetLengths([0, 0]);
            if (ragged) wanted.SetLengths([0, 0]);
            int[] targets = ragged ? [0, 1, 2, 0] : [Ignored, Ignored, Ignored, Ignored];
            var gradient = new Sequence<float>(3, 2, 2);
            gradient.Values.Fill(7);
            Nothing(SoftmaxCrossEntropy.Compute(scores, targets, gradient, reduction: reduction), gradient);
            if (!ragged) continue;
            gradient.Values.Fill(7);
            Nothing(MeanSquaredError.Compute(scores, wanted, gradient, reduction), gradient);
        }

        var none = new Sequence<float>(3, 2, 0);
        SoftmaxCrossEntropy.Compute(none, [], reduction: reduction).Should().Be(new LossValue(0, 0) { Reduction = reduction });
        MeanSquaredError.Compute(none, new Sequence<float>(3, 2, 0), reduction: reduction).Should().Be(new LossValue(0, 0) { Reduction = reduction });

        static void Nothing(LossValue loss, Sequence<float> gradient)
        {
            (loss.Sum, loss.Count, loss.Value).Should().Be((0, 0, 0));
            (loss.Mean, SoftmaxCrossEntropy.Perplexity(loss)).Should().Be((0, 1));
            gradient.Values.ToArray().Should().OnlyContain(value => value == 0);
        }
    }

    [Fact]
    public void Extreme_scores_give_their_exact_loss()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T big = T.CreateChecked(1000), none = T.NegativeInfinity, zero = T.Zero, one = T.One;
            Loss([big, -big], 0, 0, [zero, zero]);
            Loss([big, -big], 1, 2000, [one, -one]);
            Loss([-big, -big], 0, Math.Log(2), [-one / T.CreateChecked(2), one / T.CreateChecked(2)]);
            Loss([zero, none, none], 0, 0, [zero, zero, zero]);
            Loss([zero, none, zero], 0, Math.Log(2), [-one / T.CreateChecked(2), zero, one / T.CreateChecked(2)]);
            Loss([T.CreateChecked(1e38), T.CreateChecked(-1e38)], 0, 0, [zero, zero]);

            // A class that cannot be has an infinite loss where it is the target, and still a gradient.
            Loss([zero, none], 1, double.PositiveInfinity, [one, -one]);

            static void Loss(T[] z, int target, double expected, T[] expectedGradient)
            {
                var scores = new Sequence<T>(z.Length, 1, 1);
                z.CopyTo(scores.Values);
                var gradient = new Sequence<T>(z.Length, 1, 1);
                double sum = SoftmaxCrossEntropy.Compute(scores, [target], gradient).Sum;
                if (double.IsInfinity(expected)) sum.Should().Be(expected);
                else sum.Should().BeApproximately(expected, typeof(T) == typeof(float) ? 1e-7 : 1e-15);
                gradient.Values.ToArray().Should().Equal(expectedGradient);
            }
        }
    }

    [Fact]
    public void Many_columns_are_summed_in_double_precision()
    {
        // In single precision the sum of 200,000 terms of 0.69 would be off in the fourth digit.
        var scores = new Sequence<float>(2, 500, 400);
        SoftmaxCrossEntropy.Compute(scores, new int[200_000]).Mean.Should().BeApproximately(Math.Log(2), 1e-12);
        var targets = new Sequence<float>(2, 500, 400);
        targets.Values.Fill(0.1f);
        MeanSquaredError.Compute(scores, targets).Mean.Should().BeApproximately((double)0.1f * 0.1f, 1e-9);
    }

    [Fact]
    public void Token_sequences_are_accepted_as_targets()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            Sequence<float> scores = Scores<float>(random, maxClasses: 9), tokens = Make.Tokens<float>(scores.Features, scores.Batch, scores.Steps, random);
            if (scores.IsRagged) tokens.SetLengths(scores.Lengths);
            Sequence<float> byTokens = new(1, 1, 0), byNumbers = new(1, 1, 0);
            foreach (LossReduction reduction in Enum.GetValues<LossReduction>())
            {
                LossValue loss = SoftmaxCrossEntropy.Compute(scores, tokens, byTokens, reduction);
                loss.Should().Be(SoftmaxCrossEntropy.Compute(scores, tokens.Tokens, byNumbers, reduction: reduction));
                Bits.ShouldBeSame<float>(byTokens.Values, byNumbers.Values, "gradient");
            }
        }
    }

    [Fact]
    public void Losses_add_up_over_batches()
    {
        var (a, b) = (new LossValue(3, 2), new LossValue(4, 5));
        (a + b).Should().Be(new LossValue(7, 7));
        (a + b).Mean.Should().Be(1);
        (a + default(LossValue)).Should().Be(a);
        a.Mean.Should().Be(1.5);
        SoftmaxCrossEntropy.Perplexity(a).Should().Be(Math.Exp(1.5));
        SoftmaxCrossEntropy.Perplexity(new LossValue(4 * Math.Log(27), 4)).Should().BeApproximately(27, 1e-12, "27 letters that are equally likely");
        default(LossValue).Mean.Should().Be(0);
    }

    [Fact]
    public void Arguments_are_left_as_they_are()
    {
        Sequence<double> scores = Scores<double>(new Random(11), maxClasses: 9);
        double[] before = scores.Values.ToArray();
        int[] targets = Targets(scores, new Random(12), 0.2), kept = [.. targets];
        Sequence<double> wanted = scores.ConvertTo<double>();
        SoftmaxCrossEntropy.Compute(scores, targets, new Sequence<double>(1, 1, 0));
        MeanSquaredError.Compute(scores, wanted, new Sequence<double>(1, 1, 0));
        Bits.ShouldBeSame<double>(scores.Values, before, "scores");
        Bits.ShouldBeSame<double>(wanted.Values, before, "targets");
        targets.Should().Equal(kept);
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        var random = new Random(7);
        Sequence<float> scores = Make.Sequence<float>(33, 4, 6, random), tokens = Make.Tokens<float>(33, 4, 6, random), wanted = Make.Sequence<float>(33, 4, 6, random);
        foreach (Sequence<float> sequence in (Sequence<float>[])[scores, tokens, wanted]) sequence.SetLengths([6, 0, 3, 5]);
        int[] targets = tokens.Tokens.ToArray();
        var gradient = new Sequence<float>(1, 1, 0);
        double sum = 0;
        for (int i = 0; i < 50; i++) Work();
        Warm.Allocated(Work).Should().Be(0);
        sum.Should().BePositive();

        void Work()
        {
            sum += SoftmaxCrossEntropy.Compute(scores, targets, gradient).Sum;
            sum += SoftmaxCrossEntropy.Compute(scores, targets).Sum;
            sum += SoftmaxCrossEntropy.Compute(scores, tokens, gradient).Sum;
            sum += MeanSquaredError.Compute(scores, wanted, gradient).Sum;
        }
    }

    /// <summary>One column a step.</summary>
    private static Sequence<double> Columns(params double[][] columns)
    {
        var sequence = new Sequence<double>(columns[0].Length, 1, columns.Length);
        for (int t = 0; t < columns.Length; t++) columns[t].CopyTo(sequence.Step(t));
        return sequence;
    }

    /// <summary>Scores of random sizes, ragged every other time, with NaN in the padding.</summary>
    private static Sequence<T> Scores<T>(Random random, int maxClasses)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Sequence<T> scores = Make.Sequence<T>(random.Next(1, maxClasses + 1), random.Next(1, 6), random.Next(1, 6), random);
        for (int i = 0; i < scores.Values.Length; i++) scores.Values[i] *= T.CreateChecked(4);
        if (random.Next(2) == 0) scores.SetLengths([.. Enumerable.Range(0, scores.Batch).Select(_ => random.Next(scores.Steps + 1))]);
        FillPadding(scores);
        return scores;
    }

    private static int[] Targets<T>(Sequence<T> scores, Random random, double ignored)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        [.. Enumerable.Range(0, scores.Batch * scores.Steps).Select(_ => random.NextDouble() < ignored ? Ignored : random.Next(scores.Features))];

    private static void FillPadding<T>(Sequence<T> sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < sequence.Batch; j++)
        {
            for (int t = sequence.LengthOf(j); t < sequence.Steps; t++) sequence.Step(t).Slice(j * sequence.Features, sequence.Features).Fill(T.NaN);
        }
    }

    private static void Positions<T>(Sequence<T> sequence, Action<int, int> visit)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int j = 0; j < sequence.Batch; j++)
        {
            for (int t = 0; t < sequence.LengthOf(j); t++) visit(j, t);
        }
    }

    private static (LossValue Loss, double[] Gradient) PlainCrossEntropy<T>(Sequence<T> scores, int[] targets, LossReduction reduction)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var gradient = new double[scores.Values.Length];
        double sum = 0;
        long count = 0;
        Positions(scores, (j, t) =>
        {
            int column = j + scores.Batch * t;
            if (targets[column] == Ignored) return;
            double[] e = [.. Enumerable.Range(0, scores.Features).Select(i => Math.Exp(double.CreateChecked(scores[i, j, t])))];
            sum -= Math.Log(e[targets[column]] / e.Sum());
            for (int i = 0; i < e.Length; i++) gradient[i + e.Length * column] = e[i] / e.Sum() - (i == targets[column] ? 1 : 0);
            count++;
        });
        double scale = reduction == LossReduction.Mean ? 1.0 / Math.Max(1, count) : 1;
        return (new LossValue(sum, count), [.. gradient.Select(value => value * scale)]);
    }

    private static void Near<T>(ReadOnlySpan<T> actual, double[] expected, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        actual.Length.Should().Be(expected.Length);
        for (int i = 0; i < expected.Length; i++) double.CreateChecked(actual[i]).Should().BeApproximately(expected[i], tolerance, "it stands at {0}", i);
    }
}
