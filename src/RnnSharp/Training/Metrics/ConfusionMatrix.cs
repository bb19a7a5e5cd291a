using System.Numerics;
using RnnSharp.Layers;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// How often each class was predicted where each class was correct, with precision, recall and F1 of single classes and on average. The
/// prediction is the class with the highest score, the first of equals; the target is tokens, or probabilities of which the largest marks the
/// correct class. Step weights weigh the positions. A quotient whose denominator is 0 counts as 0, as in scikit-learn.
/// <para>The value of the metric is the macro average of F1.</para>
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ConfusionMatrix<T> : IMetric<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // [correct][predicted]
    private readonly double[] _counts;

    /// <summary>Creates an empty matrix.</summary>
    /// <param name="classes">The number of classes, at least 1.</param>
    /// <param name="ignored">A target token that is left out, in addition to <see cref="Sequence{T}.ZeroToken"/>.</param>
    /// <exception cref="ArgumentException">A number is out of range.</exception>
    public ConfusionMatrix(int classes, int ignored = SoftmaxCrossEntropy.DefaultIgnored)
    {
        Classes = Check.Positive(classes);
        Ignored = LossShapes.CheckIgnored(ignored);
        _counts = new double[Check.ArrayLength((long)classes * classes, nameof(classes))];
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The target token that is left out.</summary>
    public int Ignored { get; }

    /// <inheritdoc/>
    public string Name => "macro F1";

    /// <inheritdoc/>
    public double Value => F1(ClassAveraging.Macro);

    /// <summary>The share of positions whose prediction is correct; NaN if there are none.</summary>
    public double Accuracy => Average(ClassAveraging.Micro, Recall);

    /// <summary>The number of positions, or the sum of their step weights.</summary>
    /// <param name="correct">The class that the target names.</param>
    /// <param name="predicted">The class with the highest score.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double this[int correct, int predicted]
    {
        get
        {
            CheckClass(correct, nameof(correct));
            CheckClass(predicted, nameof(predicted));
            return _counts[correct * Classes + predicted];
        }
    }

    /// <summary>How many of the positions predicted as a class are of that class.</summary>
    /// <param name="number">The class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double Precision(int number) => Quotient(Hits(number), Predicted(number));

    /// <summary>The average precision; NaN if there are no positions.</summary>
    /// <param name="averaging">How to average over classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The averaging is not defined.</exception>
    public double Precision(ClassAveraging averaging) => Average(averaging, Precision);

    /// <summary>How many of the positions of a class are predicted as that class.</summary>
    /// <param name="number">The class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double Recall(int number) => Quotient(Hits(number), Support(number));

    /// <summary>The average recall; NaN if there are no positions.</summary>
    /// <param name="averaging">How to average over classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The averaging is not defined.</exception>
    public double Recall(ClassAveraging averaging) => Average(averaging, Recall);

    /// <summary>The harmonic mean of precision and recall of a class.</summary>
    /// <param name="number">The class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double F1(int number) => Quotient(2 * Hits(number), Support(number) + Predicted(number));

    /// <summary>The average F1; NaN if there are no positions.</summary>
    /// <param name="averaging">How to average over classes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The averaging is not defined.</exception>
    public double F1(ClassAveraging averaging) => Average(averaging, F1);

    /// <summary>The number of positions of a class, or the sum of their step weights.</summary>
    /// <param name="number">The class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double Support(int number)
    {
        CheckClass(number, nameof(number));
        double sum = 0;
        for (int c = 0; c < Classes; c++) sum += _counts[number * Classes + c];
        return sum;
    }

    /// <inheritdoc/>
    public void Add(Sequence<T> output, Sequence<T> target, Sequence<T>? stepWeights = null)
    {
        var positions = new ClassPositions<T>(output, target, stepWeights, Ignored);
        if (positions.Classes != Classes) throw Check.Shape(nameof(output), $"{Classes} classes", $"{positions.Classes}");
        for (int column = 0; column < positions.Columns; column++)
        {
            if (positions.TryGet(column, out ReadOnlySpan<T> scores, out int correct, out double weight)) _counts[correct * Classes + FreeRunning.IndexOfLargest(scores)] += weight;
        }
    }

    /// <summary>Counts one position whose prediction is already a class, such as that of a rule or of a decoder.</summary>
    /// <param name="predicted">The predicted class, 0 to <see cref="Classes"/> - 1.</param>
    /// <param name="correct">The correct class, or <see cref="Ignored"/>, which is left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public void Add(int predicted, int correct)
    {
        CheckClass(predicted, nameof(predicted));
        if (correct == Ignored) return;
        CheckClass(correct, nameof(correct));
        _counts[correct * Classes + predicted]++;
    }

    /// <inheritdoc/>
    public void Reset() => Array.Clear(_counts);

    private static double Quotient(double part, double whole) => whole == 0 ? 0 : part / whole;

    private double Hits(int number)
    {
        CheckClass(number, nameof(number));
        return _counts[number * Classes + number];
    }

    private double Predicted(int number)
    {
        double sum = 0;
        for (int c = 0; c < Classes; c++) sum += _counts[c * Classes + number];
        return sum;
    }

    private double Average(ClassAveraging averaging, Func<int, double> measure)
    {
        if (averaging is not (ClassAveraging.Macro or ClassAveraging.Micro or ClassAveraging.Weighted)) throw new ArgumentOutOfRangeException(nameof(averaging), averaging, $"Expected Macro, Micro or Weighted, got {averaging}.");
        double correct = 0, total = 0, sum = 0, weights = 0;
        for (int c = 0; c < Classes; c++)
        {
            double support = Support(c);
            correct += _counts[c * Classes + c];
            total += support;
            double weight = averaging == ClassAveraging.Weighted ? support : support + Predicted(c) > 0 ? 1 : 0;
            sum += weight * measure(c);
            weights += weight;
        }

        if (total == 0) return double.NaN;
        return averaging == ClassAveraging.Micro ? correct / total : sum / weights;
    }

    private void CheckClass(int number, string name)
    {
        if ((uint)number >= (uint)Classes) throw new ArgumentOutOfRangeException(name, number, $"Expected a class of 0 to {Classes - 1}, got {number}.");
    }
}
