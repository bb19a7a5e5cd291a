using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The squared error (y - target)² of every feature at every position, with its gradient 2 (y - target).</summary>
public static class MeanSquaredError
{
    /// <summary>Computes the loss and, where asked for, its gradient on the output.</summary>
    /// <param name="output">Features × batch × steps. What lies past an example's end does not count.</param>
    /// <param name="targets">Of the output's shape and lengths.</param>
    /// <param name="gradient">Overwritten with the gradient, of the output's shape (it is resized to fit); zero past an example's end.</param>
    /// <param name="reduction">Whether the gradient is that of the mean over all counted features, or of the sum.</param>
    /// <returns>The sum of the squares, and the number of features counted.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or the gradient is one of the other two.</exception>
    public static LossValue Compute<T>(Sequence<T> output, Sequence<T> targets, Sequence<T>? gradient = null, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LossShapes.CheckScores(output, gradient, reduction);
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.IsTokens || targets.Features != output.Features || targets.Batch != output.Batch || targets.Steps != output.Steps)
            throw Check.Shape(nameof(targets), $"{output.Describe()} (the shape of the output)", targets.Describe());
        if (ReferenceEquals(targets, gradient)) throw new ArgumentException("Expected another sequence than the targets, which it would overwrite.", nameof(gradient));
        LossShapes.CheckLengths(output, targets, nameof(targets));
        long count = 0;
        for (int j = 0; j < output.Batch; j++) count += (long)output.LengthOf(j) * output.Features;
        gradient?.Resize(output.Features, output.Batch, output.Steps);
        gradient?.TakeLengths(output);
        T scale = LossShapes.Scale<T>(reduction, count);
        double sum = 0;
        int columns = output.Batch * output.Steps;
        for (int start = 0, end; start < columns; start = end)
        {
            // A run of positions that all count, or that all do not.
            bool counts = Counts(output, start);
            end = output.IsRagged ? start + 1 : columns;
            while (end < columns && Counts(output, end) == counts) end++;
            Range run = (start * output.Features)..(end * output.Features);
            if (counts) sum += DifferenceLoss.Sum(output.Values[run], targets.Values[run], gradient is null ? default : gradient.Values[run], scale, default(SquaredError<T>));
            else gradient?.Values[run].Clear();
        }

        return new LossValue(sum, count);
    }

    private static bool Counts<T>(Sequence<T> output, int column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        !output.IsRagged || column / output.Batch < output.Lengths[column % output.Batch];

    internal readonly struct SquaredError<T> : IDifferenceLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Gradient<TVector>(TVector difference, TVector scale)
            where TVector : unmanaged, ISimdVector<TVector, T> => (scale + scale) * difference;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector difference)
            where TVector : unmanaged, ISimdVector<TVector, double> => TVector.MultiplyAdd(difference, difference, sum);
    }
}
