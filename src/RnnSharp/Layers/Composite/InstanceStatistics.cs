using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// What a <see cref="ReversibleNormalizationLayer{T}"/> takes from its input, for each column of each example: [example][column]. Sums over
/// steps are in double precision, because a large sum rounds small addends away.
/// </summary>
internal sealed class InstanceStatistics<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The numbers of a column.</summary>
    public const int Numbers = 3;

    private readonly AlignedBuffer<T> _values = new();
    private int _series;

    /// <summary>μ.</summary>
    public Span<T> Mean => _values.Span[.._series];

    /// <summary>What is subtracted: the mean or the last value.</summary>
    public Span<T> Center => _values.Span.Slice(_series, _series);

    /// <summary>s.</summary>
    public Span<T> Scale => _values.Span[(2 * _series)..];

    /// <summary>Takes the statistics of an input and normalizes it.</summary>
    public unsafe void Normalize(in CapturedInput<T> input, ReversibleNormalizationLayer<T> layer, Sequence<T> target)
    {
        int columns = layer.InputSize;
        _series = Check.ArrayLength((long)input.Batch * columns, nameof(input));
        _values.Require((long)Numbers * _series);
        target.Resize(columns, input.Batch, input.Shape.Steps);
        target.TakeLengths(input.Lengths);
        Span<T> to = target.Values, means = Mean, centers = Center, scales = Scale;
        ReadOnlySpan<T> from = input.Values, weight = layer.Weight is { } w ? w.Values : default, bias = layer.Bias is { } b ? b.Values : default;
        for (int s = 0; s < _series; s++)
        {
            int length = input.LengthOf(s / columns), column = s % columns;
            double sum = 0, squares = 0;
            for (int t = 0; t < length; t++) sum += double.CreateTruncating(from[t * _series + s]);
            double mean = sum / Math.Max(1, length);
            for (int t = 0; t < length; t++)
            {
                double distance = double.CreateTruncating(from[t * _series + s]) - mean;
                squares += distance * distance;
            }

            T center = T.CreateTruncating(mean), scale = T.CreateTruncating(Math.Sqrt(squares / Math.Max(1, length) + layer.Epsilon));
            means[s] = center;
            if (layer.SubtractsLast && length > 0) center = from[(length - 1) * _series + s];
            centers[s] = center;
            scales[s] = scale;
            for (int t = 0; t < length; t++)
            {
                T value = (from[t * _series + s] - center) / scale;
                to[t * _series + s] = weight.IsEmpty ? value : value * weight[column] + bias[column];
            }

            for (int t = length; t < input.Shape.Steps; t++) to[t * _series + s] = T.Zero;
        }
    }

    /// <summary>Puts the inner layer's output back to the level and scale of the input.</summary>
    public void Restore(Sequence<T> output, ReversibleNormalizationLayer<T> layer, Sequence<T> target)
    {
        // Another thread can resize the target meanwhile: its memory is taken for the shape that is meant.
        SequenceShape shape = output.Shape;
        target.Resize(shape.Features, shape.Batch, shape.Steps);
        target.TakeLengths(output);
        ReadOnlySpan<T> from = output.ValuesFor(shape), centers = Center, scales = Scale, weight = layer.Weight is { } w ? w.Values : default, bias = layer.Bias is { } b ? b.Values : default;
        Span<T> to = target.ValuesFor(shape);
        for (int t = 0; t < shape.Steps; t++)
        {
            for (int s = 0, at = t * _series; s < _series; s++, at++)
            {
                T value = from[at];
                if (!weight.IsEmpty) value = (value - bias[s % layer.InputSize]) / Divisor(weight[s % layer.InputSize], layer);
                to[at] = value * scales[s] + centers[s];
            }
        }

        target.ClearPadding();
    }

    /// <summary>w + ε².</summary>
    public static T Divisor(T weight, ReversibleNormalizationLayer<T> layer) => weight + T.CreateTruncating(layer.Epsilon * layer.Epsilon);
}

/// <summary>The gradients of the statistics and of the affine map, summed by Backward in double precision; held by the gradients.</summary>
internal sealed class InstanceGradients<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Sequence<T> _inner = new(1, 1, 0);
    private double[] _center = [];
    private double[] _scale = [];
    private double[] _weight = [];
    private double[] _bias = [];

    /// <summary>Backpropagates through the way back, and returns the gradient of the inner layer's output; null if there is none.</summary>
    public Sequence<T>? OfRestored(InstanceStatistics<T> statistics, ReversibleNormalizationLayer<T> layer, Sequence<T> output, Sequence<T>? gradient)
    {
        int columns = layer.InputSize, series = statistics.Center.Length;
        Zero(ref _center, series);
        Zero(ref _scale, series);
        Zero(ref _weight, columns);
        Zero(ref _bias, columns);
        if (gradient is null) return null;
        _inner.Resize(columns, output.Batch, output.Steps);
        _inner.TakeLengths(output);
        Span<T> to = _inner.Values;
        ReadOnlySpan<T> scales = statistics.Scale, dy = gradient.ValuesFor(output.Shape), values = output.Values, weight = layer.Weight is { } w ? w.Values : default, bias = layer.Bias is { } b ? b.Values : default;
        for (int t = 0; t < output.Steps; t++)
        {
            for (int s = 0, at = t * series; s < series; s++, at++)
            {
                if (t >= output.LengthOf(s / columns))
                {
                    to[at] = T.Zero;
                    continue;
                }

                int column = s % columns;
                T divisor = weight.IsEmpty ? T.One : InstanceStatistics<T>.Divisor(weight[column], layer);
                T value = weight.IsEmpty ? values[at] : (values[at] - bias[column]) / divisor;
                to[at] = dy[at] * scales[s] / divisor;
                _center[s] += double.CreateTruncating(dy[at]);
                _scale[s] += double.CreateTruncating(dy[at] * value);
                _bias[column] -= double.CreateTruncating(to[at]);
                _weight[column] -= double.CreateTruncating(to[at] * value);
            }
        }

        return _inner;
    }

    /// <summary>Backpropagates through the normalization, given the gradient of the inner layer's input.</summary>
    public void OfNormalized(InstanceStatistics<T> statistics, ReversibleNormalizationLayer<T> layer, in CapturedInput<T> input, Sequence<T> gradient, Span<T> target)
    {
        int columns = layer.InputSize, series = statistics.Center.Length;
        ReadOnlySpan<T> x = input.Values, du = gradient.Values, weight = layer.Weight is { } w ? w.Values : default;
        target.Clear();
        for (int s = 0; s < series; s++)
        {
            int length = input.LengthOf(s / columns), column = s % columns;
            T center = statistics.Center[s], scale = statistics.Scale[s], mean = statistics.Mean[s], factor = (weight.IsEmpty ? T.One : weight[column]) / scale;
            for (int t = 0; t < length; t++)
            {
                T gradientOfValue = du[t * series + s], normalized = (x[t * series + s] - center) / scale;
                T dx = gradientOfValue * factor;
                _weight[column] += double.CreateTruncating(gradientOfValue * normalized);
                _bias[column] += double.CreateTruncating(gradientOfValue);
                _center[s] -= double.CreateTruncating(dx);
                _scale[s] -= double.CreateTruncating(dx * normalized);
                if (!target.IsEmpty) target[t * series + s] = dx;
            }

            if (target.IsEmpty || length == 0) continue;
            T ofScale = T.CreateTruncating(_scale[s]) / (scale * T.CreateTruncating(length)), ofCenter = T.CreateTruncating(_center[s]);
            T ofMean = layer.SubtractsLast ? T.Zero : ofCenter / T.CreateTruncating(length);
            for (int t = 0; t < length; t++) target[t * series + s] += ofScale * (x[t * series + s] - mean) + ofMean;
            if (layer.SubtractsLast) target[(length - 1) * series + s] += ofCenter;
        }
    }

    /// <summary>Copies the gradients of weight and bias; an empty span is that of a frozen parameter.</summary>
    public void CopyTo(Span<T> weight, Span<T> bias)
    {
        for (int i = 0; i < weight.Length; i++) weight[i] = T.CreateTruncating(_weight[i]);
        for (int i = 0; i < bias.Length; i++) bias[i] = T.CreateTruncating(_bias[i]);
    }

    private static void Zero(ref double[] values, int length)
    {
        if (values.Length < length) values = new double[length];
        values.AsSpan(0, length).Clear();
    }
}
