using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// Softmax followed by cross-entropy, fused with its gradient: the loss of a position is -ln softmax(z)_target, its gradient
/// softmax(z) - onehot(target). Computed from z - max, so that the logarithm of a probability of 0 is never taken.
/// </summary>
public static class SoftmaxCrossEntropy
{
    /// <summary>The target that PyTorch ignores by default; it is also <see cref="Sequence{T}.ZeroToken"/>.</summary>
    public const int DefaultIgnored = Sequence<float>.ZeroToken;

    // The scores of a block of columns, whose losses are summed by one thread, and the blocks that are started together.
    private const int BlockElements = 1 << 16;
    private const int BlocksAtOnce = 64;

    // The cycles that a score takes one thread.
    private const double ElementCycles = 2;

    /// <summary>Computes the loss and, if requested, its gradient with respect to the scores.</summary>
    /// <param name="scores">Classes × batch × steps. Values past an example's end are ignored.</param>
    /// <param name="targets">[step][example]: the correct class of each position, 0 to classes - 1, or <paramref name="ignored"/>.</param>
    /// <param name="gradient">Receives the gradient. It is resized to the shape of the scores, and zero where a position is not counted.</param>
    /// <param name="ignored">The target of a position that is not counted.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean or of the sum.</param>
    /// <returns>The sum over the counted positions, and their number.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, a target is out of range, or the gradient is the scores themselves.</exception>
    public static LossValue Compute<T>(Sequence<T> scores, ReadOnlySpan<int> targets, Sequence<T>? gradient = null, int ignored = DefaultIgnored, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LossShapes.CheckScores(scores, gradient, reduction);
        return Compute(new CapturedInput<T>(scores, scores.Features), targets, gradient, ignored, reduction);
    }

    private static LossValue Compute<T>(in CapturedInput<T> scores, ReadOnlySpan<int> targets, Sequence<T>? gradient, int ignored, LossReduction reduction)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SequenceShape shape = scores.Shape;
        if (targets.Length != scores.Columns) throw WrongCount(shape, targets.Length);
        long count = 0;
        for (int start = 0, end; start < targets.Length; start = end)
        {
            end = EndOfRun(scores, targets, start, ignored, out bool counts, out int wrong);
            if (wrong >= 0) throw WrongClass(shape, targets[wrong], wrong, ignored);
            if (counts) count += end - start;
        }

        Span<T> dz = LossShapes.Prepare(gradient, scores);
        T scale = LossShapes.Scale<T>(reduction, count);
        ReadOnlySpan<T> z = scores.Values;
        double sum = 0;
        for (int start = 0, end; start < targets.Length; start = end)
        {
            // The kernel may write past its run, so runs are processed in order.
            end = EndOfRun(scores, targets, start, ignored, out bool counts, out _);
            int at = start * shape.Features;
            if (counts) sum += Sum(z[at..], shape.Features, targets[start..end], dz.IsEmpty ? default : dz[at..], scale);
            else if (!dz.IsEmpty) dz[at..(end * shape.Features)].Clear();
        }

        return new LossValue(sum, count) { Reduction = reduction };
    }

    /// <summary>The end of the run of positions that are either all counted or all not, and the first counted one whose target is no class, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int EndOfRun<T>(in CapturedInput<T> scores, ReadOnlySpan<int> targets, int start, int ignored, out bool counts, out int wrong)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        counts = false;
        wrong = -1;
        int classes = scores.Shape.Features;
        for (int column = start; column < targets.Length; column++)
        {
            int target = targets[column];
            bool counted = target != ignored && scores.Counts(column);
            if (column == start) counts = counted;
            else if (counted != counts) return column;
            if (counted && wrong < 0 && (uint)target >= (uint)classes) wrong = column;
        }

        return targets.Length;
    }

    /// <summary>Computes the loss for a token sequence with the batch, steps and lengths of the scores. A position whose target is the zero token is not counted.</summary>
    /// <inheritdoc cref="Compute{T}(Sequence{T}, ReadOnlySpan{int}, Sequence{T}, int, LossReduction)"/>
    public static LossValue Compute<T>(Sequence<T> scores, Sequence<T> targets, Sequence<T>? gradient = null, LossReduction reduction = LossReduction.Mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        LossShapes.CheckScores(scores, gradient, reduction);
        ArgumentNullException.ThrowIfNull(targets);
        var captured = new CapturedInput<T>(scores, scores.Features);
        if (!targets.IsTokens || targets.Shape != captured.Shape) throw Check.Shape(nameof(targets), $"tokens of {captured.Shape} (the shape of the scores)", targets.Describe());
        LossShapes.CheckLengths(captured, targets, nameof(targets));
        return Compute(captured, targets.TokensFor(captured.Shape), gradient, DefaultIgnored, reduction);
    }

    /// <summary>e to the mean cross-entropy in nats: the number of equally likely choices that would be as hard to predict.</summary>
    /// <param name="loss">The cross-entropy of one batch, or the sum over several.</param>
    public static double Perplexity(LossValue loss) => Math.Exp(loss.Mean);

    // Exceptions are built outside the loops, whose methods compile twice as fast without the formatting.
    private static ArgumentException WrongCount(in SequenceShape shape, int count) =>
        Check.Shape("targets", $"{shape.Batch} x {shape.Steps} = {shape.Columns} targets (batch x steps)", $"{count}");

    private static ArgumentException WrongClass(in SequenceShape shape, int target, int column, int ignored) =>
        Check.Shape("targets", $"classes of 0 to {shape.Features - 1}, or {ignored} to ignore a position", $"{target} at step {column / shape.Batch} of example {column % shape.Batch}");

    private static InvalidOperationException Changed(int target, int classes) =>
        new($"A target changed to {target} during the call, which is not a class of 0 to {classes - 1}.");

    /// <summary>
    /// The sum of the losses of columns that are all counted; writes scale · (softmax - onehot), unless the gradient is empty. The scores and
    /// the gradient may be longer: memory after the last column may be read and, in the gradient, overwritten.
    /// </summary>
    private static unsafe double Sum<T>(ReadOnlySpan<T> scores, int classes, ReadOnlySpan<int> targets, Span<T> gradient, T scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* z = scores, d = gradient)
        fixed (int* t = targets)
        {
            int columns = targets.Length, perBlock = Math.Max(1, BlockElements / classes);
            if (columns <= perBlock) return VectorDispatch.Invoke<T, ColumnsLoop<T>, double>(new(z, scores.Length, classes, t, columns, d, scale));
            return SumOfBlocks(z, classes, t, columns, d, scale, perBlock);
        }
    }

    /// <summary>Sums blocks of columns, which threads share, in their order, so that the result does not depend on the threads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe double SumOfBlocks<T>(T* scores, int classes, int* targets, int columns, T* gradient, T scale, int perBlock)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double sum = 0;
        double* sums = stackalloc double[BlocksAtOnce];
        for (int first = 0, count; first < columns; first += count)
        {
            count = Math.Min(columns - first, BlocksAtOnce * perBlock);
            var work = new BlocksWork<T>
            {
                Scores = scores + (nint)first * classes,
                Classes = classes,
                Targets = targets + first,
                Columns = count,
                Gradient = gradient == null ? null : gradient + (nint)first * classes,
                Scale = scale,
                PerBlock = perBlock,
                Sums = sums,
            };
            double cycles = ElementCycles * work.Columns * classes;
            Team.Share(ref work, work.Blocks, cycles);
            for (int i = 0; i < work.Blocks; i++) sum += sums[i];
        }

        return sum;
    }

    private unsafe struct BlocksWork<T> : ITeamWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public T* Scores;
        public int Classes;
        public int* Targets;
        public int Columns;
        public T* Gradient;
        public T Scale;
        public int PerBlock;
        public double* Sums;

        public readonly int Blocks => (Columns + PerBlock - 1) / PerBlock;

        public readonly void Run(TeamMember member)
        {
            Share share = TeamGrid.Share(member, Blocks, 1);
            for (int block = share.FirstPanel; block < share.EndPanel; block++)
            {
                int first = block * PerBlock, columns = Math.Min(PerBlock, Columns - first);
                nint at = (nint)first * Classes;

                // The loop gets no memory past its block, which another member may be writing.
                Sums[block] = VectorDispatch.Invoke<T, ColumnsLoop<T>, double>(new(Scores + at, columns * Classes, Classes, Targets + first, columns, Gradient == null ? null : Gradient + at, Scale));
            }
        }
    }

    internal readonly unsafe struct ColumnsLoop<T>(T* scores, int length, int classes, int* targets, int columns, T* gradient, T scale) : IVectorFunction<T, double>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public double Invoke<TVector>()
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            double loss = 0;
            double product = 1;
            TVector rest = SoftmaxKernel.Rest<T, TVector>(classes);

            // In ascending order, because the last vector of a column may extend into the next.
            for (int column = 0; column < columns; column++)
            {
                int at = column * classes, target = targets[column];

                // The targets have been validated, but another thread may have overwritten them since.
                if ((uint)target >= (uint)classes) throw Changed(target, classes);
                T* to = gradient == null ? null : gradient + at;
                (T max, T sum) = SoftmaxKernel.Column(scores + at, to, classes, length - at, scale, rest);
                if (to != null) to[target] -= scale;
                loss += double.CreateTruncating(max) - double.CreateTruncating(scores[at + target]);

                // A single logarithm for the product of many sums. Each sum is at most the number of classes, so the next one still fits.
                product *= double.CreateTruncating(sum);
                if (product < 1e290) continue;
                loss += Math.Log(product);
                product = 1;
            }

            return loss + Math.Log(product);
        }
    }
}
