using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Connectionist temporal classification (Graves et al. 2006; PyTorch's CTCLoss after log_softmax): the negative logarithm of the probability
/// of a label sequence without an alignment to the steps, summed over all alignments. An alignment names a class for each step; its labels are
/// what remains once repetitions are merged and blanks removed. Equal labels in succession need a blank between them, so the labels
/// have an alignment if the steps are as many as the labels and such pairs; otherwise the loss is +∞ and its gradient NaN.
/// <para>The output is scores, of which the loss takes the softmax; the target is a token sequence of the classes, with steps and lengths of its
/// own. There is one loss for each example, and <c>stepWeights</c> and <c>losses</c> are 1 × batch × 1. For the mean, each loss is divided by
/// its number of labels (at least 1), then averaged over the examples, as in PyTorch.</para>
/// <para>Computed in logarithms and double precision. Calls from several threads at once are safe; memory for one call at a time is kept.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class CtcLoss<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CtcLattice? _free;

    /// <summary>Creates the loss.</summary>
    /// <param name="blank">The class that stands for no label, 0 or more.</param>
    /// <param name="zeroInfinity">Whether an example whose labels have no alignment counts with a loss and a gradient of 0.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean or of the sum.</param>
    /// <exception cref="ArgumentException">The blank is negative, or the reduction is neither.</exception>
    public CtcLoss(int blank = 0, bool zeroInfinity = false, LossReduction reduction = LossReduction.Mean)
    {
        Blank = Check.NotNegative(blank);
        ZeroInfinity = zeroInfinity;
        Reduction = LossShapes.CheckReduction(reduction);
    }

    /// <summary>The class that stands for no label.</summary>
    public int Blank { get; }

    /// <summary>Whether an infinite loss counts as 0.</summary>
    public bool ZeroInfinity { get; }

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    /// <param name="output">Scores: classes × batch × steps.</param>
    /// <param name="target">The labels: tokens of a vocabulary of the classes, without blanks, for as many examples; steps and lengths are those of the labels.</param>
    /// <param name="gradient">Receives the gradient. It is resized to the shape of the output, and zero past an example's end.</param>
    /// <param name="stepWeights">1 × batch × 1: a factor of 0 or more for the loss of each example; 1 when null. An example with a factor of 0 is left out.</param>
    /// <param name="losses">Receives the loss of each example, 1 × batch × 1, not divided by the number of labels, with the factors applied.</param>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null)
    {
        LossShapes.CheckScores(output, gradient, Reduction);
        ArgumentNullException.ThrowIfNull(target);
        var scores = new CapturedInput<T>(output, output.Features);
        var labels = new CapturedInput<T>(target, target.Features);
        CheckTarget(scores.Shape, labels);
        LossShapes.CheckResults(output, target, gradient, stepWeights, losses, nameof(target));
        var examples = new CapturedInput<T>(scores.Shape with { Steps = 1 });
        ReadOnlySpan<T> weights = LossShapes.Weights(stepWeights, examples);
        (long count, double weight) = LossShapes.Count(examples, weights);

        Span<T> dz = LossShapes.Prepare(gradient, scores), each = LossShapes.Prepare(losses, examples, 1);
        CtcLattice lattice = Interlocked.Exchange(ref _free, null) ?? new CtcLattice();
        double scale = Reduction == LossReduction.Mean && weight > 0 ? 1 / weight : 1, sum = 0;
        for (int j = 0; j < scores.Batch; j++)
        {
            double factor = weights.IsEmpty ? 1 : double.CreateTruncating(weights[j]);
            double divisor = Reduction == LossReduction.Mean ? Math.Max(1, labels.LengthOf(j)) : 1;
            double loss = factor == 0 ? 0 : factor * OfExample(lattice, scores, labels, j, dz, T.CreateTruncating(factor / divisor * scale));
            if (!dz.IsEmpty) Clear(dz, scores, j, factor == 0 ? 0 : scores.LengthOf(j), default);
            if (!each.IsEmpty) each[j] = T.CreateTruncating(loss);
            sum += loss / divisor;
        }

        _free = lattice;
        return new LossValue(sum, count) { Reduction = Reduction, Weight = weight };
    }

    /// <summary>The loss of one example; writes scale times its gradient unless the span for all gradients is empty.</summary>
    private double OfExample(CtcLattice lattice, in CapturedInput<T> scores, in CapturedInput<T> labels, int example, Span<T> gradients, T scale)
    {
        int steps = scores.LengthOf(example), classes = scores.Shape.Features, stride = scores.Batch * classes;
        lattice.Start(labels.Tokens, example, labels.Batch, labels.LengthOf(example), Blank, steps, classes);
        for (int t = 0; t < steps; t++)
        {
            int at = t * stride + example * classes;
            ReadOnlySpan<T> column = scores.Values.Slice(at, classes);
            (T max, T sum) = SoftmaxKernel.Scaled(column, gradients.IsEmpty ? default : gradients.Slice(at, classes), scale);
            lattice.Emit(t, column, double.CreateTruncating(max), Math.Log(double.CreateTruncating(sum)));
        }

        double logProbability = lattice.Forward();
        bool impossible = double.IsNegativeInfinity(logProbability);
        if (impossible && !gradients.IsEmpty) Clear(gradients, scores, example, 0, ZeroInfinity ? T.Zero : T.NaN);
        else if (!gradients.IsEmpty && steps > 0) lattice.Backward(logProbability, gradients[(example * classes)..], stride, scale);
        return impossible && ZeroInfinity ? 0 : -logProbability;
    }

    /// <summary>Fills the columns of an example from a step on.</summary>
    private static void Clear(Span<T> gradients, in CapturedInput<T> scores, int example, int start, T value)
    {
        int classes = scores.Shape.Features;
        for (int t = start; t < scores.Shape.Steps; t++) gradients.Slice((t * scores.Batch + example) * classes, classes).Fill(value);
    }

    private void CheckTarget(in SequenceShape shape, in CapturedInput<T> labels)
    {
        if (Blank >= shape.Features) throw Check.Shape("output", $"at least {Blank + 1L} classes for a blank of {Blank}", $"{shape.Features}");
        if (!labels.IsTokens || labels.Batch != shape.Batch || labels.Shape.Features != shape.Features)
            throw Check.Shape("target", $"tokens of {shape.Features} classes for {shape.Batch} examples", $"{labels.Shape}{(labels.IsTokens ? " (tokens)" : "")}");
        for (int column = 0; column < labels.Columns; column++)
        {
            int label = labels.Tokens[column];
            if (labels.Counts(column) && (label == Blank || (uint)label >= (uint)shape.Features))
                throw Check.Shape("target", $"labels of 0 to {shape.Features - 1} other than the blank {Blank}", $"{label} at step {column / labels.Batch} of example {column % labels.Batch}");
        }
    }
}
