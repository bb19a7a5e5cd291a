using System.Numerics;
using RnnSharp.Data;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>
/// A series as the network of a <see cref="DeepAr"/> reads it. Values are divided by the scale of the window that they are read for. A missing
/// value counts as the one before it; what is before the first value counts as 0.
/// </summary>
internal sealed class DeepArSeries
{
    private readonly DeepArShape _shape;
    private readonly ReadOnlyMemory<double> _raw;
    private readonly double[] _values;
    private readonly double[] _ahead;

    /// <summary>Reads a series.</summary>
    /// <param name="series">A series of one column, with times if there are calendar features.</param>
    /// <param name="shape">What the network reads.</param>
    /// <param name="ahead">Steps after the end of the series, for which covariates are known.</param>
    public DeepArSeries(TimeSeries series, DeepArShape shape, int ahead = 0)
    {
        (_shape, _raw, Length) = (shape, series.Values, series.Length);
        _values = series.Values.ToArray();
        double last = 0;
        for (int t = 0; t < _values.Length; t++) _values[t] = last = double.IsNaN(_values[t]) ? last : _values[t];

        int steps = Check.ArrayLength(((long)Length + ahead) * shape.Ahead, nameof(ahead)) / shape.Ahead, known = shape.Known, calendar = 2 * shape.Fields.Count;
        _ahead = new double[steps * shape.Ahead];
        TimeSeries? dates = calendar > 0 ? CalendarFeatures.Of(series.Axis, steps, shape.Fields, CalendarEncoding.SineCosine) : null;
        for (int t = 0; t < steps; t++)
        {
            Span<double> row = _ahead.AsSpan(t * shape.Ahead, shape.Ahead);
            if (known > 0) shape.Covariates!.Transform(series.FutureCovariates!.Row(t), row[..known]);
            dates?.Row(t).CopyTo(row[known..]);
            row[^1] = Math.Log10(2.0 + series.Axis.Offset + t);
        }
    }

    /// <summary>The number of known steps.</summary>
    public int Length { get; }

    /// <summary>The mean of the absolute values that are not missing; 0 without any.</summary>
    public static double Mean(ReadOnlySpan<double> values)
    {
        int count = 0;
        double mean = 0;
        foreach (double value in values) count += double.IsNaN(value) ? 0 : 1;
        foreach (double value in values) mean += double.IsNaN(value) ? 0 : Math.Abs(value) / count;
        return mean;
    }

    /// <summary>The scale of the first steps.</summary>
    public double ScaleBefore(int end) => _shape.ScaleOf(Mean(_raw.Span[..end]));

    /// <summary>The scale ν of a window: that of the conditioning range before its forecast.</summary>
    public double Scale(int origin)
    {
        int first = Math.Max(0, origin - _shape.Context);
        return _shape.ScaleOf(Mean(_raw.Span[first..origin]));
    }

    /// <summary>A number that depends on the values of the conditioning range.</summary>
    public ulong Fingerprint()
    {
        ulong hash = 0xcbf29ce484222325; // FNV-1a
        foreach (double value in _values.AsSpan(Math.Max(0, Length - _shape.Context))) hash = unchecked((hash ^ BitConverter.DoubleToUInt64Bits(value)) * 0x100000001b3);
        return hash;
    }

    /// <summary>Writes the features of a step.</summary>
    /// <param name="step">The step, which may be before the series.</param>
    /// <param name="scale">The scale of the window.</param>
    /// <param name="path">Values that follow the series.</param>
    /// <param name="features">Receives the features.</param>
    public void WriteStep<T>(int step, double scale, ReadOnlySpan<double> path, Span<T> features)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int at = 0;
        features[at++] = T.CreateSaturating(Value(step - 1, path) / scale);
        foreach (int lag in _shape.Lags) features[at++] = T.CreateSaturating(Value(step - lag, path) / scale);
        Span<T> ahead = features.Slice(at, _shape.Ahead);
        if (step < 0) ahead.Clear();
        else for (int i = 0, first = Math.Min(step, _ahead.Length / _shape.Ahead - 1) * _shape.Ahead; i < ahead.Length; i++) ahead[i] = T.CreateSaturating(_ahead[first + i]);
        features[^1] = T.CreateSaturating((Math.Log(scale) - _shape.Center) / _shape.Spread);
    }

    /// <summary>A window: the conditioning range before an origin and the steps after it.</summary>
    /// <param name="origin">The first step to forecast.</param>
    /// <param name="horizon">The number of steps from the origin on.</param>
    /// <param name="from">The first step that counts for the loss.</param>
    public Example<T> Window<T>(int origin, int horizon, int from = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int steps = _shape.Context + horizon, width = _shape.TargetFeatures;
        T[] input = new T[Check.ArrayLength((long)steps * _shape.Features, nameof(horizon))], target = new T[steps * width], weights = new T[steps];
        double scale = Scale(origin);
        for (int i = 0; i < steps; i++)
        {
            int t = origin - _shape.Context + i;
            WriteStep(t, scale, default, input.AsSpan(i * _shape.Features, _shape.Features));
            if (width == 2) target[2 * i + 1] = T.CreateSaturating(scale);
            if (t < from || t < 0 || t >= Length || double.IsNaN(_raw.Span[t])) continue;
            weights[i] = T.One;
            target[width * i] = T.CreateSaturating(width == 2 ? _raw.Span[t] : _raw.Span[t] / scale);
        }

        return new Example<T>(Series<T>.FromValues(input, _shape.Features), Series<T>.FromValues(target, width)) { StepWeights = Series<T>.FromValues(weights) };
    }

    private double Value(int step, ReadOnlySpan<double> path) =>
        step < 0 ? 0 : step < Length ? _values[step] : step - Length < path.Length ? path[step - Length] : _values[^1];
}
