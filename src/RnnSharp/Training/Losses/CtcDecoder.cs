using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Label sequences from the scores of a model that was trained with <see cref="CtcLoss{T}"/>.</summary>
public static class CtcDecoder
{
    /// <summary>The labels of the most likely alignment: the best class of each step (the first of equals), with repetitions merged and blanks removed.</summary>
    /// <param name="scores">Classes × batch × steps. Values past an example's end are ignored.</param>
    /// <param name="blank">The class that stands for no label.</param>
    /// <returns>The labels of each example.</returns>
    /// <exception cref="ArgumentException">The scores are null or tokens, or the blank is no class.</exception>
    public static int[][] Greedy<T>(Sequence<T> scores, int blank = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CapturedInput<T> input = Capture(scores, blank);
        var decoded = new int[input.Batch][];
        var labels = new List<int>();
        for (int j = 0; j < decoded.Length; j++)
        {
            labels.Clear();
            int previous = blank;
            for (int t = 0; t < input.LengthOf(j); t++)
            {
                int best = FreeRunning.IndexOfLargest(Column(input, j, t));
                if (best != previous && best != blank) labels.Add(best);
                previous = best;
            }

            decoded[j] = [.. labels];
        }

        return decoded;
    }

    /// <summary>
    /// The most likely label sequences by prefix beam search (Hannun et al. 2014): after each step the likeliest prefixes are kept, each with the
    /// probabilities of its alignments that end in a blank and that do not. The probabilities are exact if no prefix is ever dropped, and
    /// otherwise too low.
    /// </summary>
    /// <param name="scores">Classes × batch × steps. Values past an example's end are ignored.</param>
    /// <param name="blank">The class that stands for no label.</param>
    /// <param name="width">How many prefixes are kept, at least 1.</param>
    /// <returns>For each example at most <paramref name="width"/> label sequences, the likeliest first. One whose scores have NaN has none.</returns>
    /// <exception cref="ArgumentException">The scores are null or tokens, the blank is no class, or the width is below 1.</exception>
    public static CtcHypothesis[][] Beam<T>(Sequence<T> scores, int blank = 0, int width = 16)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CapturedInput<T> input = Capture(scores, blank);
        Check.Positive(width);
        var decoded = new CtcHypothesis[input.Batch][];
        var logarithms = new double[input.Shape.Features];
        for (int j = 0; j < decoded.Length; j++)
        {
            var prefixes = new CtcPrefixes(blank, width);
            for (int t = 0; t < input.LengthOf(j); t++)
            {
                ReadOnlySpan<T> column = Column(input, j, t);
                (T max, T sum) = SoftmaxKernel.Scaled(column, default, T.One);
                double shift = double.CreateTruncating(max), logSum = Math.Log(double.CreateTruncating(sum));
                for (int c = 0; c < logarithms.Length; c++) logarithms[c] = double.CreateTruncating(column[c]) - shift - logSum;
                prefixes.Extend(logarithms);
            }

            decoded[j] = prefixes.Hypotheses();
        }

        return decoded;
    }

    private static CapturedInput<T> Capture<T>(Sequence<T> scores, int blank)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LossShapes.CheckScores(scores, null, LossReduction.Sum);
        var input = new CapturedInput<T>(scores, scores.Features);
        if ((uint)blank >= (uint)input.Shape.Features) throw new ArgumentOutOfRangeException(nameof(blank), blank, $"Expected a class of 0 to {input.Shape.Features - 1}, got {blank}.");
        return input;
    }

    private static ReadOnlySpan<T> Column<T>(in CapturedInput<T> input, int example, int step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => input.Values.Slice((step * input.Batch + example) * input.Shape.Features, input.Shape.Features);
}
