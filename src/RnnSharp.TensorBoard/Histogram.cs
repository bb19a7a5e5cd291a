using System.Numerics;

namespace RnnSharp.TensorBoard;

/// <summary>
/// The distribution of finite values: <see cref="Buckets"/> buckets of equal width from the lowest to the highest, as TensorBoard's and Keras's
/// histogram summaries have them; one bucket if all values are equal or there are none. A bucket holds its lower limit, the last one also its upper.
/// </summary>
internal sealed class Histogram
{
    public const int Buckets = 30;

    private readonly double[] _limits = new double[Buckets];
    private readonly double[] _counts = new double[Buckets];
    private int _buckets;

    public double Min { get; private set; }

    public double Max { get; private set; }

    /// <summary>The number of finite values.</summary>
    public long Count { get; private set; }

    public double Sum { get; private set; }

    public double SumOfSquares { get; private set; }

    /// <summary>The upper limits of the buckets.</summary>
    public ReadOnlySpan<double> Limits => _limits.AsSpan(0, _buckets);

    /// <summary>The values in each bucket.</summary>
    public ReadOnlySpan<double> Counts => _counts.AsSpan(0, _buckets);

    public void Fill<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Measure(values);
        _buckets = Max > Min ? Buckets : 1;
        for (int i = 0; i < _buckets; i++)
        {
            // Weights of the two ends, because their difference may overflow.
            double part = (i + 1.0) / _buckets;
            _limits[i] = i == _buckets - 1 ? Max : Min * (1 - part) + Max * part;
        }

        Array.Clear(_counts);
        if (_buckets == 1) _counts[0] = Count;
        else CountIn(values);
    }

    private void Measure<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (Count, Sum, SumOfSquares) = (0, 0, 0);
        (Min, Max) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (T element in values)
        {
            if (!T.IsFinite(element)) continue;
            double value = double.CreateChecked(element);
            Count++;
            Sum += value;
            SumOfSquares += value * value;
            Min = Math.Min(Min, value);
            Max = Math.Max(Max, value);
        }

        if (Count == 0) (Min, Max) = (0, 0);
    }

    private void CountIn<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double scale = Buckets / (0.5 * Max - 0.5 * Min);
        foreach (T element in values)
        {
            if (!T.IsFinite(element)) continue;
            double value = double.CreateChecked(element);

            // The quotient is rounded, so the limits decide.
            int bucket = Math.Clamp((int)((0.5 * value - 0.5 * Min) * scale), 0, Buckets - 1);
            while (bucket > 0 && value < _limits[bucket - 1]) bucket--;
            while (bucket < Buckets - 1 && value >= _limits[bucket]) bucket++;
            _counts[bucket]++;
        }
    }
}
