using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>The formula of a loss of two numbers, output and target, that is no function of their difference alone.</summary>
internal interface IPairLoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>f(output, target) and its derivative with respect to the output. Mark the implementation for aggressive inlining.</summary>
    /// <param name="output">The output.</param>
    /// <param name="target">The target.</param>
    /// <param name="parameter">What the loss defines for each feature or once, such as a quantile.</param>
    /// <param name="derivative">f′.</param>
    TVector Invoke<TVector>(TVector output, TVector target, TVector parameter, out TVector derivative)
        where TVector : unmanaged, ISimdVector<TVector, T>;
}

/// <summary>Computes losses of pairs of an output and a target.</summary>
internal static class PairLoss
{
    /// <summary>Validates a loss's arguments and computes it over all features, with one parameter.</summary>
    public static LossValue Compute<T, TLoss>(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient, Sequence<T>? stepWeights, Sequence<T>? losses, LossReduction reduction, TLoss loss, T parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPairLoss<T> => PositionLoss.Compute(output, target, gradient, stepWeights, losses, reduction, new Positions<T, TLoss>(loss, parameter));

    /// <summary>The same with a parameter for each feature.</summary>
    public static LossValue Compute<T, TLoss>(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient, Sequence<T>? stepWeights, Sequence<T>? losses, LossReduction reduction, TLoss loss, T[] parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPairLoss<T> => PositionLoss.Compute(output, target, gradient, stepWeights, losses, reduction, new FeaturePositions<T, TLoss>(loss, parameters));

    /// <summary>The sum of f over pairs. The parameters are one for each pair, or empty; the target is one for each pair or one for all.</summary>
    public static unsafe double Sum<T, TLoss>(ReadOnlySpan<T> output, ReadOnlySpan<T> target, ReadOnlySpan<T> parameters, T parameter, Span<T> gradient, Span<T> losses, T scale, TLoss loss)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPairLoss<T>
    {
        fixed (T* y = output, t = target, p = parameters, d = gradient, f = losses)
        {
            T first = target.Length == 1 ? target[0] : default;
            return VectorDispatch.Sum<T, SumLoop<T, Pairs<T, TLoss>, AddOperator>>(new(new(y, target.Length == 1 ? null : t, first, p, parameter, d, f, scale, loss), output.Length, default));
        }
    }

    /// <summary>f of every feature at its position.</summary>
    private readonly struct Positions<T, TLoss>(TLoss loss, T parameter) : IPositionLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPairLoss<T>
    {
        public string Expected => "1 or more";

        public int TargetFeatures(int features) => features;

        public int Losses(int features) => features;

        public double Sum(ReadOnlySpan<T> output, ReadOnlySpan<T> target, int features, Span<T> gradient, Span<T> losses, T scale) =>
            PairLoss.Sum(output, target, default, parameter, gradient, losses, scale, loss);
    }

    /// <summary>f of every feature at its position, with a parameter for each feature.</summary>
    private readonly struct FeaturePositions<T, TLoss>(TLoss loss, T[] parameters) : IPositionLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPairLoss<T>
    {
        public string Expected => $"{parameters.Length} features";

        public int TargetFeatures(int features) => features == parameters.Length ? features : 0;

        public int Losses(int features) => features;

        public double Sum(ReadOnlySpan<T> output, ReadOnlySpan<T> target, int features, Span<T> gradient, Span<T> losses, T scale)
        {
            double sum = 0;
            for (int at = 0; at < output.Length; at += features)
            {
                Span<T> derivatives = gradient.IsEmpty ? default : gradient.Slice(at, features), each = losses.IsEmpty ? default : losses.Slice(at, features);
                sum += PairLoss.Sum(output.Slice(at, features), target.Slice(at, features), parameters, default, derivatives, each, scale, loss);
            }

            return sum;
        }
    }

    /// <summary>f(output, target), for the sum; also writes the gradient and f.</summary>
    internal readonly unsafe struct Pairs<T, TLoss>(T* output, T* targets, T target, T* parameters, T parameter, T* gradient, T* losses, T scale, TLoss loss) : ISumElements<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLoss : struct, IPairLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Load<TVector>(int index, int count)
            where TVector : unmanaged, IKernelVector<TVector, T>
        {
            TVector y = TVector.Load(output + index, count);
            TVector t = targets == null ? TVector.Broadcast(target) : TVector.Load(targets + index, count);
            TVector p = parameters == null ? TVector.Broadcast(parameter) : TVector.Load(parameters + index, count);
            TVector f = loss.Invoke(y, t, p, out TVector derivative);
            if (gradient != null) TVector.Store(TVector.Broadcast(scale) * derivative, gradient + index, count);
            if (losses != null) TVector.Store(f, losses + index, count);
            return f;
        }
    }

    /// <summary>sum + x.</summary>
    internal readonly struct AddOperator : ISumOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Add<TVector>(TVector sum, TVector x)
            where TVector : unmanaged, ISimdVector<TVector, double> => sum + x;
    }
}
