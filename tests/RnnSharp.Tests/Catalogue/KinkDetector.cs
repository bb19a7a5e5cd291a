using RnnSharp.Training;

namespace RnnSharp.Tests.Catalogue;

/// <summary>Thrown where central differences mean nothing.</summary>
internal sealed class KinkException : Exception;

/// <summary>
/// A loss for <see cref="GradientCheck"/> that throws where it is not smooth: across a kink (of a rectifier, a clipped cell state, a maximum) or
/// where it bends within less than the differences allow (the normalization of numbers that are nearly alike), they mean nothing, and the
/// caller draws other numbers. Forward passes alone decide, before any gradient is compared, so no wrong gradient can be drawn away.
/// </summary>
internal sealed class KinkDetector(GradientCheckLoss<double> loss)
{
    // Of the third and fourth difference, next to the loss. With h = 2e-4 they are about 2 h³ = 2e-11 and h⁴ times a derivative.
    private const double Limit = 2e-9;

    // The losses at -2, -1, 1 and 2 steps, in which order the check asks for them.
    private readonly double[] _around = new double[4];
    private double _center;
    private int _calls;

    public const double Step = 2e-4;

    public double Compute(ForwardPass<double> pass, Sequence<double> outputGradient, State<double> finalStateGradient)
    {
        double value = loss(pass, outputGradient, finalStateGradient);
        if (_calls++ == 0) return _center = value;
        _around[(_calls - 2) % 4] = value;
        if ((_calls - 1) % 4 > 0) return value;
        double third = _around[3] - 2 * _around[2] + 2 * _around[1] - _around[0];
        double fourth = _around[0] - 4 * _around[1] + 6 * _center - 4 * _around[2] + _around[3];
        if (Math.Max(Math.Abs(third), Math.Abs(fourth)) > Limit * Math.Max(1, Math.Abs(_center))) throw new KinkException();
        return value;
    }
}
