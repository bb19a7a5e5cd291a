using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Softmax followed by cross-entropy, fused with its gradient (PyTorch's CrossEntropyLoss): at each position -Σ w_c q_c ln softmax(z)_c for
/// scores z, class weights w and the wanted probabilities q. The target is a token sequence, whose q is 1 for the correct class, or a sequence
/// of features of one probability for each class. Label smoothing (Szegedy et al. 2016) replaces q by (1 - ε) q + ε / classes.
/// <para>A mean divides by the sum of the step weights, for tokens times the weight of each correct class; probabilities are not checked to
/// add up to 1. <see cref="SoftmaxCrossEntropy"/> is the plain function.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class SoftmaxCrossEntropy<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double[]? _classWeights;
    private readonly T[] _weights;

    /// <summary>Creates the loss.</summary>
    /// <param name="classWeights">One for each class, 0 or more and within T's range; 1 for all when null.</param>
    /// <param name="labelSmoothing">ε, 0 to 1.</param>
    /// <param name="ignored">A token that is left out as a target, such as that of padding, in addition to <see cref="Sequence{T}.ZeroToken"/>, which always is.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean or of the sum.</param>
    /// <exception cref="ArgumentException">The list is empty, a number is out of range, or the reduction is neither.</exception>
    public SoftmaxCrossEntropy(IReadOnlyList<double>? classWeights = null, double labelSmoothing = 0, int ignored = SoftmaxCrossEntropy.DefaultIgnored, LossReduction reduction = LossReduction.Mean)
    {
        _weights = classWeights is null ? [] : LossShapes.Numbers<T>(classWeights, "class weight");
        _classWeights = classWeights is null ? null : [.. classWeights];
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, $"Expected 0 to 1, got {labelSmoothing}.");
        LabelSmoothing = labelSmoothing;
        Ignored = LossShapes.CheckIgnored(ignored);
        Reduction = LossShapes.CheckReduction(reduction);
    }

    /// <summary>The weight of each class; null if all are 1.</summary>
    public IReadOnlyList<double>? ClassWeights => _classWeights;

    /// <summary>ε: the probability that is spread evenly over all classes.</summary>
    public double LabelSmoothing { get; }

    /// <summary>The token that is left out as a target.</summary>
    public int Ignored { get; }

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    /// <param name="output">Scores: classes × batch × steps.</param>
    /// <param name="target">Tokens of a vocabulary of the classes, or probabilities: classes × batch × steps.</param>
    /// <param name="gradient">Receives the gradient. It is resized to the shape of the output, and zero where a position is not counted.</param>
    /// <param name="stepWeights">1 × batch × steps: a factor of 0 or more for the loss of each position; 1 when null. A position with a factor of 0 is left out.</param>
    /// <param name="losses">Receives the loss of each position, 1 × batch × steps, without reduction and with all factors applied.</param>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null)
    {
        LossShapes.CheckScores(output, gradient, Reduction);
        ArgumentNullException.ThrowIfNull(target);
        var scores = new CapturedInput<T>(output, output.Features);
        SequenceShape shape = scores.Shape;
        if (target.Shape != shape) throw Check.Shape(nameof(target), $"tokens or probabilities of {shape} (the shape of the output)", target.Describe());
        if (_classWeights is not null && _weights.Length != shape.Features) throw Check.Shape(nameof(output), $"{_weights.Length} features (one for each class weight)", $"{shape.Features}");
        LossShapes.CheckResults(output, target, gradient, stepWeights, losses, nameof(target));
        LossShapes.CheckLengths(scores, target, nameof(target));
        bool plain = target.IsTokens && _classWeights is null && LabelSmoothing == 0 && Ignored == SoftmaxCrossEntropy.DefaultIgnored && stepWeights is null;
        if (plain && losses is null) return SoftmaxCrossEntropy.Compute(output, target, gradient, Reduction);

        ReadOnlySpan<T> weights = LossShapes.Weights(stepWeights, scores);
        var formula = new CrossEntropyFormula<T>(shape.Features, _weights, LabelSmoothing);
        var wanted = new CapturedInput<T>(target, shape, scores.Lengths);
        (long count, double weight) = Count(scores, wanted, weights);
        LossValue value = Compute(scores, wanted, weights, formula, plain ? null : gradient, losses, LossShapes.Scale<T>(Reduction, weight));

        // The same bits whether or not the losses are asked for.
        return plain ? SoftmaxCrossEntropy.Compute(output, target, gradient, Reduction) : value with { Count = count, Weight = weight, Reduction = Reduction };
    }

    private LossValue Compute(in CapturedInput<T> scores, in CapturedInput<T> wanted, ReadOnlySpan<T> weights, in CrossEntropyFormula<T> formula, Sequence<T>? gradient, Sequence<T>? losses, T scale)
    {
        ReadOnlySpan<T> z = scores.Values;
        Span<T> dz = LossShapes.Prepare(gradient, scores), each = LossShapes.Prepare(losses, scores, 1);
        int classes = scores.Shape.Features;
        double sum = 0;
        for (int column = 0; column < scores.Columns; column++)
        {
            int at = column * classes;
            Span<T> derivatives = dz.IsEmpty ? default : dz.Slice(at, classes);
            T factor = Factor(scores, wanted, weights, column, out int correct);
            if (T.IsZero(factor))
            {
                derivatives.Clear();
                if (!each.IsEmpty) each[column] = T.Zero;
                continue;
            }

            double loss = double.CreateTruncating(factor) * (wanted.IsTokens
                ? formula.OfClass(z.Slice(at, classes), correct, derivatives, scale * factor)
                : formula.OfProbabilities(z.Slice(at, classes), wanted.Values.Slice(at, classes), derivatives, scale * factor));
            if (!each.IsEmpty) each[column] = T.CreateTruncating(loss);
            sum += loss;
        }

        return new LossValue(sum, 0);
    }

    /// <summary>The number of counted positions and the sum of their factors.</summary>
    private (long Count, double Weight) Count(in CapturedInput<T> scores, in CapturedInput<T> wanted, ReadOnlySpan<T> weights)
    {
        if (!wanted.IsTokens) return LossShapes.Count(scores, weights);
        long count = 0;
        double weight = 0;
        for (int column = 0; column < scores.Columns; column++)
        {
            T factor = Factor(scores, wanted, weights, column, out int correct);
            if (T.IsZero(factor)) continue;
            count++;
            weight += double.CreateTruncating(factor) * (_weights.Length == 0 ? 1 : double.CreateTruncating(_weights[correct]));
        }

        return (count, weight);
    }

    /// <summary>The step weight of a position, 0 if it is not counted, and its token, which is read once and is a class if the position is counted.</summary>
    private T Factor(in CapturedInput<T> scores, in CapturedInput<T> wanted, ReadOnlySpan<T> weights, int column, out int correct)
    {
        correct = wanted.IsTokens ? wanted.Tokens[column] : 0;
        if (!scores.Counts(column) || (uint)correct >= (uint)scores.Shape.Features || (wanted.IsTokens && correct == Ignored)) return T.Zero;
        return weights.IsEmpty ? T.One : weights[column];
    }
}
