using FluentAssertions;
using RnnSharp.Training;
using Xunit;

namespace RnnSharp.Tests.Training;

/// <summary>CTC decoding against enumeration of all alignments of tiny examples.</summary>
public sealed class CtcDecoderTests
{
    [Fact]
    public void The_labels_of_the_best_alignment_need_not_be_the_likeliest()
    {
        // Two steps with probabilities 0.6 for the blank and 0.4 for label 1: no label has 0.36, one has 0.64.
        Sequence<double> scores = Sequence<double>.FromJagged([[[Math.Log(0.6), Math.Log(0.4)], [Math.Log(0.6), Math.Log(0.4)]]]);
        CtcDecoder.Greedy(scores)[0].Should().BeEmpty();
        CtcHypothesis[] hypotheses = CtcDecoder.Beam(scores)[0];
        hypotheses.Should().HaveCount(2);
        hypotheses[0].Labels.Should().Equal(1);
        Math.Exp(hypotheses[0].LogProbability).Should().BeApproximately(0.64, 1e-14);
        hypotheses[1].Labels.Should().BeEmpty();
        Math.Exp(hypotheses[1].LogProbability).Should().BeApproximately(0.36, 1e-14);
    }

    [Fact]
    public void Greedy_decoding_merges_repetitions_and_removes_blanks()
    {
        // Per step the class with the highest score; the blank is 2.
        int[] classes = [2, 0, 0, 2, 0, 1, 1, 0, 2, 2];
        Sequence<float> scores = new(3, 1, classes.Length);
        for (int t = 0; t < classes.Length; t++) scores[classes[t], 0, t] = 1;
        CtcDecoder.Greedy(scores, blank: 2)[0].Should().Equal(0, 0, 1, 0);
        CtcDecoder.Greedy(scores, blank: 0)[0].Should().Equal(2, 2, 1, 2);
    }

    [Fact]
    public void A_beam_that_drops_nothing_finds_every_label_sequence_with_its_probability()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            int classes = random.Next(2, 4), steps = random.Next(0, 6), blank = random.Next(classes);
            Sequence<double> scores = Draw(random, classes, 1, steps);
            (int[] Labels, double Probability)[] expected = CtcOracle.Probabilities(scores, blank);

            CtcHypothesis[] found = CtcDecoder.Beam(scores, blank, width: 1000)[0];
            found.Length.Should().Be(expected.Length);
            for (int i = 0; i < found.Length; i++)
            {
                found[i].Labels.Should().Equal(expected[i].Labels);
                Math.Exp(found[i].LogProbability).Should().BeApproximately(expected[i].Probability, 1e-13);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void A_narrow_beam_equals_a_plain_search_and_is_below_the_whole_probability(int width)
    {
        for (int seed = 0; seed < 30; seed++)
        {
            Sequence<double> scores = Draw(new Random(seed), 4, 1, 6);
            (int[] Labels, double Probability)[] all = CtcOracle.Probabilities(scores, 0);
            (int[] Labels, double Probability)[] expected = CtcOracle.Beam(scores, 0, width);
            CtcHypothesis[] found = CtcDecoder.Beam(scores, width: width)[0];
            found.Should().HaveCount(expected.Length);
            for (int i = 0; i < found.Length; i++)
            {
                found[i].Labels.Should().Equal(expected[i].Labels);
                Math.Exp(found[i].LogProbability).Should().BeApproximately(expected[i].Probability, 1e-14);
                double whole = all.Single(entry => entry.Labels.SequenceEqual(found[i].Labels)).Probability;
                Math.Exp(found[i].LogProbability).Should().BeLessThanOrEqualTo(whole * (1 + 1e-12));
            }
        }
    }

    [Fact]
    public void Every_example_is_decoded_up_to_its_length()
    {
        var random = new Random(5);
        Sequence<float> scores = Draw(random, 4, 3, 7).ConvertTo<float>();
        int[] lengths = [7, 0, 4];
        scores.SetLengths(lengths);
        int[][] greedy = CtcDecoder.Greedy(scores, blank: 1);
        CtcHypothesis[][] beams = CtcDecoder.Beam(scores, blank: 1, width: 5);
        for (int j = 0; j < 3; j++)
        {
            var alone = new Sequence<float>(4, 1, lengths[j]);
            for (int t = 0; t < lengths[j]; t++) scores.Step(t).Slice(j * 4, 4).CopyTo(alone.Step(t));
            greedy[j].Should().Equal(CtcDecoder.Greedy(alone, blank: 1)[0]);
            beams[j].Should().BeEquivalentTo(CtcDecoder.Beam(alone, blank: 1, width: 5)[0], options => options.WithStrictOrdering());
        }

        beams[1].Should().ContainSingle().Which.Should().BeEquivalentTo(new CtcHypothesis([], 0));
    }

    [Fact]
    public void The_likeliest_labels_are_those_with_the_least_loss()
    {
        Sequence<double> scores = Draw(new Random(8), 5, 1, 20);
        var loss = new CtcLoss<double>(reduction: LossReduction.Sum);
        CtcHypothesis[] found = CtcDecoder.Beam(scores, width: 200)[0];
        double[] losses = [.. found.Take(5).Select(hypothesis => loss.Compute(scores, Sequence<double>.FromTokens([hypothesis.Labels], 5)).Value)];
        for (int i = 0; i < losses.Length; i++) losses[i].Should().BeLessThanOrEqualTo(-found[i].LogProbability + 1e-9);
        Sequence<double> greedy = Sequence<double>.FromTokens([CtcDecoder.Greedy(scores)[0]], 5);
        losses[0].Should().BeLessThanOrEqualTo(loss.Compute(scores, greedy).Value + 1e-9);
    }

    private static Sequence<double> Draw(Random random, int features, int batch, int steps)
    {
        var sequence = new Sequence<double>(features, batch, steps);
        foreach (ref double value in sequence.Values) value = 4 * random.NextDouble() - 2;
        return sequence;
    }
}
