using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Layers;

/// <summary>
/// Between the steps of a batch, [step][example][column], and the segments of its series, [segment][series][step of the segment], where
/// series is example · columns + column. The series' last values are subtracted on the way there and added on the way back. An example that
/// is shorter than the lookback ends where the others do, with zeros before its first step, as if it had its last value there.
/// </summary>
internal sealed class SegmentCopy<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedBuffer<T> _last = new();
    private int _length;
    private int _lookback;
    private int _horizon;
    private int _columns;
    private int _examples;
    private int[] _lengths = [];

    /// <summary>Examples times columns.</summary>
    public int Series { get; private set; }

    /// <summary>Sets the sizes and lengths of a call.</summary>
    public SegmentCopy<T> For(SegRnnLayer<T> layer, in CapturedInput<T> input)
    {
        (_length, _lookback, _horizon, _columns, _examples) = (layer.Options.SegmentLength, layer.Lookback, layer.Horizon, layer.InputSize, input.Batch);
        Series = _examples * _columns;
        if (_lengths.Length < _examples) _lengths = new int[_examples];
        for (int j = 0; j < _examples; j++) _lengths[j] = input.LengthOf(j);
        return this;
    }

    /// <summary>Copies the input's steps to segments, without the last values, which it keeps.</summary>
    public unsafe void Take(in CapturedInput<T> input, Sequence<T> segments)
    {
        segments.Resize(Series, _lookback / _length);
        Span<T> to = segments.Values;
        ReadOnlySpan<T> from = input.Values;
        _last.Require(Series);
        Span<T> last = _last.Span;
        for (int s = 0; s < Series; s++) last[s] = LengthOf(s) is > 0 and var length ? from[(length - 1) * Series + s] : T.Zero;
        for (int t = 0; t < _lookback; t++)
        {
            Span<T> target = to[(t / _length * Series * _length + t % _length)..];
            for (int j = 0, s = 0; j < _examples; j++)
            {
                int step = t - (_lookback - _lengths[j]);
                if (step < 0)
                {
                    for (int c = 0; c < _columns; c++, s++) target[s * _length] = T.Zero;
                    continue;
                }

                ReadOnlySpan<T> values = from.Slice((step * _examples + j) * _columns, _columns);
                for (int c = 0; c < values.Length; c++, s++) target[s * _length] = values[c] - last[s];
            }
        }
    }

    /// <summary>Copies segments to the output's steps, with the last values that were taken before; zeros for an example without steps.</summary>
    public void Give(Sequence<T> segments, Span<T> output)
    {
        ReadOnlySpan<T> from = segments.Values, last = _last.Span;
        for (int t = 0; t < _horizon; t++)
        {
            ReadOnlySpan<T> source = from[(t / _length * Series * _length + t % _length)..];
            Span<T> target = output.Slice(t * Series, Series);
            for (int s = 0; s < target.Length; s++) target[s] = source[s * _length] + last[s];
        }

        ClearEmpty(output, _horizon);
    }

    /// <summary>Copies the gradient of the output's steps to segments; zeros for an example without steps, and if there is none.</summary>
    public void TakeGradient(ReadOnlySpan<T> output, Sequence<T> segments)
    {
        segments.Resize(Series, _horizon / _length);
        Span<T> to = segments.Values;
        if (output.IsEmpty) to.Clear();
        for (int t = 0; t < _horizon && !output.IsEmpty; t++)
        {
            Span<T> target = to[(t / _length * Series * _length + t % _length)..];
            ReadOnlySpan<T> source = output.Slice(t * Series, Series);
            for (int s = 0; s < source.Length; s++) target[s * _length] = LengthOf(s) == 0 ? T.Zero : source[s];
        }
    }

    /// <summary>Computes the gradient of the input from those of its segments and of the output, to which the last values were added.</summary>
    public void GiveGradient(Sequence<T> segments, ReadOnlySpan<T> output, Span<T> input)
    {
        ReadOnlySpan<T> from = segments.Values;
        Span<T> last = _last.Span;
        last.Clear();
        for (int at = 0; at < output.Length; at += Series) Elementwise.Add(last, output.Slice(at, Series));
        for (int t = 0; t < _lookback; t++)
        {
            for (int s = 0; s < Series; s++)
            {
                int window = t + _lookback - LengthOf(s);
                T gradient = window < _lookback ? from[(window / _length * Series + s) * _length + window % _length] : T.Zero;
                input[t * Series + s] = gradient;
                last[s] -= gradient;
            }
        }

        for (int s = 0; s < Series; s++)
        {
            if (LengthOf(s) is > 0 and var length) input[(length - 1) * Series + s] += last[s];
        }
    }

    private int LengthOf(int series) => _lengths[series / _columns];

    private void ClearEmpty(Span<T> values, int steps)
    {
        for (int j = 0; j < _examples; j++)
        {
            for (int t = 0; _lengths[j] == 0 && t < steps; t++) values.Slice((t * _examples + j) * _columns, _columns).Clear();
        }
    }
}
