using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>Computes losses of output - target.</summary>
internal static class DifferenceLoss
{
    /// <summary>Validates a loss's arguments and computes it over all features at positions that are not padding.</summary>
    public static LossValue Compute<T, TLoss>(Sequence<T> output, Sequence<T> targets, Sequence<T>? gradient, LossReduction reduction, TLoss loss)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        LossShapes.CheckScores(output, gradient, reduction);
        ArgumentNullException.ThrowIfNull(targets);
        var scores = new CapturedInput<T>(output, output.Features);
        SequenceShape shape = scores.Shape;
        if (targets.IsTokens || targets.Shape != shape) throw Check.Shape(nameof(targets), $"{shape} (the shape of the output)", targets.Describe());
        if (ReferenceEquals(targets, gradient)) throw new ArgumentException("Expected a sequence other than the targets, which would be overwritten.", nameof(gradient));
        LossShapes.CheckLengths(scores, targets, nameof(targets));
        long count = 0;
        for (int j = 0; j < shape.Batch; j++) count += (long)scores.LengthOf(j) * shape.Features;
        ReadOnlySpan<T> y = scores.Values, wanted = targets.ValuesFor(shape);
        Span<T> dy = LossShapes.Prepare(gradient, scores);
        T scale = LossShapes.Scale<T>(reduction, count);
        double sum = 0;
        int columns = scores.Columns;
        for (int start = 0, end; start < columns; start = end)
        {
            // A run of positions that are either all counted or all padding.
            bool counts = scores.Counts(start);
            end = scores.IsRagged ? start + 1 : columns;
            while (end < columns && scores.Counts(end) == counts) end++;
            Range run = (start * shape.Features)..(end * shape.Features);
            Span<T> gradients = dy.IsEmpty ? default : dy[run];
            if (counts) sum += DifferenceLoss.Sum(y[run], wanted[run], gradients, scale, loss);
            else gradients.Clear();
        }

        return new LossValue(sum, count) { Reduction = reduction };
    }

    /// <summary>The sum of f(output - target), computed and summed in double precision; writes scale · f′ unless the gradient is empty.</summary>
    internal static unsafe double Sum<T, TLoss>(ReadOnlySpan<T> output, ReadOnlySpan<T> targets, Span<T> gradient, T scale, TLoss loss)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        fixed (T* y = output, t = targets, d = gradient)
            return VectorDispatch.Sum<T, SumLoop<T, Differences<T, TLoss>, TLoss>>(new(new(y, t, d, scale, loss), output.Length, loss));
    }

    /// <summary>output - target, for the sum; also writes the gradient.</summary>
    internal readonly unsafe struct Differences<T, TLoss>(T* output, T* targets, T* gradient, T scale, TLoss loss) : ISumElements<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IDifferenceLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Load<TVector>(int index, int count)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            TVector difference = VectorMemory.Load<T, TVector>(output + index, count) - VectorMemory.Load<T, TVector>(targets + index, count);
            if (gradient != null) VectorMemory.Store(loss.Gradient(difference, TVector.Broadcast(scale)), gradient + index, count);
            return difference;
        }
    }
}
