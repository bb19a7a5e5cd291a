using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>
/// The negative logarithm of a Poisson distribution's probability (PyTorch's PoissonNLLLoss) of every feature at every position. For an output
/// x that is the logarithm of the rate it is eˣ - t x; for an output that is the rate itself, x - t ln(x + ε). What does not depend on the
/// output, ln t!, is left out, or approximated by Stirling's formula.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class PoissonLoss<T> : ILoss<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="logInput">Whether the output is the logarithm of the rate; else it is the rate, which must be 0 or more.</param>
    /// <param name="full">Whether to add Stirling's formula t ln t - t + ln(2πt)/2 for targets above 1.</param>
    /// <param name="epsilon">ε, 0 or more and within T's range, which keeps the logarithm of a rate of 0 finite. An output that is a logarithm does not need it.</param>
    /// <param name="reduction">Whether value and gradient are those of the mean over all counted features, or of the sum.</param>
    /// <exception cref="ArgumentException">ε is out of range, or the reduction is neither.</exception>
    public PoissonLoss(bool logInput = true, bool full = false, double epsilon = 1e-8, LossReduction reduction = LossReduction.Mean)
    {
        LogInput = logInput;
        Full = full;
        Epsilon = Check.FiniteAs<T>(epsilon);
        Reduction = LossShapes.CheckReduction(reduction);
    }

    /// <summary>Whether the output is the logarithm of the rate.</summary>
    public bool LogInput { get; }

    /// <summary>Whether Stirling's formula is added.</summary>
    public bool Full { get; }

    /// <summary>What is added to a rate before its logarithm is taken.</summary>
    public double Epsilon { get; }

    /// <summary>Whether value and gradient are those of the mean or of the sum.</summary>
    public LossReduction Reduction { get; }

    /// <inheritdoc/>
    public LossValue Compute(Sequence<T> output, Sequence<T> target, Sequence<T>? gradient = null, Sequence<T>? stepWeights = null, Sequence<T>? losses = null) => LogInput
        ? PairLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, new LogRate(Full), T.Zero)
        : PairLoss.Compute(output, target, gradient, stepWeights, losses, Reduction, new Rate(Full), T.CreateChecked(Epsilon));

    /// <summary>(t + ½) ln t - t + ln(2π)/2 for targets above 1, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Stirling<TVector>(TVector target)
        where TVector : unmanaged, ISimdVector<TVector, T>
    {
        TVector half = TVector.Broadcast(T.CreateChecked(0.5)), constant = TVector.Broadcast(T.CreateChecked(0.91893853320467274178));
        TVector value = TVector.MultiplyAdd(target + half, TVector.Log(target), constant - target);
        return TVector.WherePositive(target - TVector.Broadcast(T.One), value, TVector.Broadcast(T.Zero));
    }

    internal readonly struct LogRate(bool full) : IPairLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector output, TVector target, TVector parameter, out TVector derivative)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector rate = TVector.Exp(output);
            derivative = rate - target;
            TVector loss = rate - target * output;
            return full ? loss + Stirling(target) : loss;
        }
    }

    internal readonly struct Rate(bool full) : IPairLoss<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Invoke<TVector>(TVector output, TVector target, TVector parameter, out TVector derivative)
            where TVector : unmanaged, ISimdVector<TVector, T>
        {
            TVector rate = output + parameter;
            derivative = TVector.Broadcast(T.One) - target / rate;
            TVector loss = output - target * TVector.Log(rate);
            return full ? loss + Stirling(target) : loss;
        }
    }
}
