using RnnSharp.Numerics;

namespace ForecastService;

/// <summary>A point of the pump's pressure.</summary>
/// <param name="Value">The pressure in bar.</param>
/// <param name="Stroke">The number of the stroke.</param>
/// <param name="Fault">What is wrong with the stroke; none as a rule.</param>
internal readonly record struct PumpPoint(float Value, int Stroke, PumpFault Fault);

/// <summary>What can be wrong with a stroke.</summary>
internal enum PumpFault
{
    None,

    /// <summary>The pressure does not build up.</summary>
    Leak,

    /// <summary>A short bump while the pressure falls.</summary>
    Knock,

    /// <summary>The sensor repeats its last value for a while.</summary>
    Stuck,
}

/// <summary>
/// A simulated piston pump: each stroke is a steep rise, a ringing valve and a slow fall. Its speed drifts, so that no stroke is as long as the one
/// before. The faults are well within the range of the healthy pressure.
/// </summary>
/// <param name="seed">The same seed gives the same points.</param>
/// <param name="faultRate">The fraction of strokes that are faulty.</param>
internal sealed class Pump(ulong seed, double faultRate)
{
    private const double MeanLength = 26;
    private readonly FastRandom _random = new(seed);
    private double _phase;
    private double _speed;
    private double _load;
    private int _stroke;
    private PumpFault _fault;
    private double _last = 4;

    /// <summary>The points of a pump without faults.</summary>
    public static float[] Healthy(ulong seed, int count)
    {
        var pump = new Pump(seed, 0);
        return [.. Enumerable.Range(0, count).Select(_ => pump.Next().Value)];
    }

    public PumpPoint Next()
    {
        // Speed and load wander around their means, in about 4 and 10 strokes.
        _speed += -0.01 * _speed + 0.025 * _random.NextGaussian();
        _load += -0.004 * _load + 0.01 * _random.NextGaussian();
        _phase += Math.Exp(Math.Clamp(_speed, -0.5, 0.5)) / MeanLength;
        if (_phase >= 1)
        {
            _phase -= 1;
            _stroke++;
            _fault = _random.NextSingle() < faultRate ? (PumpFault)(1 + _random.Next(3)) : PumpFault.None;
        }

        double height = (3 + _load) * (_fault == PumpFault.Leak ? 0.8 : 1), noise = 0.03 * _random.NextGaussian();
        double rise = _phase < 0.12 ? Math.Pow(Math.Sin(Math.PI / 2 * _phase / 0.12), 2) : Math.Exp(-2.2 * (_phase - 0.12));
        double ring = _phase < 0.12 ? 0 : 0.18 * Math.Exp(-9 * (_phase - 0.12)) * Math.Sin(40 * (_phase - 0.12));
        double floor = Math.Exp(-2.2 * 0.88) * Math.Max(0, 1 - _phase / 0.12);
        double knock = _fault == PumpFault.Knock ? 0.3 * Math.Exp(-Math.Pow((_phase - 0.6) / 0.03, 2)) : 0;
        bool isStuck = _fault == PumpFault.Stuck && _phase is > 0.35 and < 0.6;
        _last = isStuck ? _last : 2 + height * (Math.Max(rise, floor) + ring + knock) + noise;
        return new PumpPoint((float)_last, _stroke, _fault);
    }
}
