using RnnSharp.Data;
using RnnSharp.Numerics;

namespace RnnSharp.Forecasting;

/// <summary>A series as the network reads it: scaled, without gaps, compared with the seasons before. A forecast writes on after its end.</summary>
internal sealed class ScaledSeries
{
    private readonly SeriesScales _scales;
    private readonly ForecastShape _shape;
    private readonly double[] _values;
    private readonly double[] _raw;
    private readonly double[] _past;
    private readonly double[] _future;

    public ScaledSeries(TimeSeries series, SeriesScales scales, ForecastShape shape, int ahead = 0)
    {
        (_scales, _shape, Length) = (scales, shape, series.Length);
        _raw = series.Values.ToArray();
        int padded = checked(Length + ahead + shape.Block);
        _values = new double[Check.ArrayLength((long)padded * shape.Columns, nameof(ahead))];
        scales.Values.Transform(series.HasMissing ? Filled() : _raw, _values.AsSpan(0, _raw.Length));
        _past = Scaled(series.PastCovariates, scales.Past, shape.Past);
        _future = Scaled(series.FutureCovariates, scales.Future, shape.Future);
    }

    private ScaledSeries(ScaledSeries other, int length, int ahead)
    {
        (_scales, _shape, Length, _raw, _past, _future) = (other._scales, other._shape, length, other._raw, other._past, other._future);
        _values = new double[Check.ArrayLength((long)(length + ahead + _shape.Block) * _shape.Columns, nameof(ahead))];
        other._values.AsSpan(0, length * _shape.Columns).CopyTo(_values);
    }

    /// <summary>The number of known steps.</summary>
    public int Length { get; }

    public SeriesScales Scales => _scales;

    /// <summary>The series as it was before a step, with room for a forecast.</summary>
    public ScaledSeries Before(int length, int ahead) => new(this, length, ahead);

    /// <summary>A scaled value.</summary>
    public ref double At(int step, int column) => ref _values[step * _shape.Columns + column];

    /// <summary>A value as it was measured; NaN if it is missing.</summary>
    public double Raw(int step, int column) => _raw[step * _shape.Columns + column];

    /// <summary>A value of one column, scaled.</summary>
    public double ToScaled(double value, int column)
    {
        var row = new double[_shape.Columns];
        Array.Fill(row, double.NaN);
        row[column] = value;
        _scales.Values.Transform(row, row);
        return row[column];
    }

    /// <summary>What the network reads of a value, before the anchor is taken off.</summary>
    public double Difference(int step, int column) => (At(step, column) - Reference(step, column)) / _scales.Units[column];

    /// <summary>The scaled value that a value is compared with.</summary>
    public double Reference(int step, int column)
    {
        double sum = 0;
        for (int i = 1; i <= _shape.Seasons; i++) sum += At(step - i * _shape.Season, column);
        return _shape.Seasons == 0 ? 0 : sum / _shape.Seasons;
    }

    /// <summary>The anchor of the window before a step.</summary>
    public double AnchorAt(int step, int column)
    {
        double sum = 0;
        for (int i = 1; i <= _shape.Anchor; i++) sum += Difference(step - i, column);
        return _shape.Anchor == 0 ? 0 : sum / _shape.Anchor;
    }

    /// <summary>Writes the features of a step; covariates that are not known repeat their last step.</summary>
    public void WriteStep(int step, Span<float> features)
    {
        int at = 0;
        for (int c = 0; c < _shape.Columns; c++) features[at++] = (float)Difference(step, c);
        if (_shape.Past > 0) Copy(_past, _shape.Past, Math.Min(step, Length - 1), features[at..]);
        at += _shape.Past;
        if (_shape.Future == 0) return;
        Copy(_future, _shape.Future, step, features[at..]);
        Copy(_future, _shape.Future, step + _shape.Block, features[(at + _shape.Future)..]);
    }

    /// <summary>The steps from the first that has a difference on, with the targets after the features: NaN where the value is missing.</summary>
    public Series<float> ToTraining(int steps)
    {
        int width = _shape.Features + _shape.Columns;
        var values = new float[Check.ArrayLength((long)(steps - _shape.Lag) * width, "series")];
        for (int t = _shape.Lag; t < steps; t++)
        {
            Span<float> row = values.AsSpan((t - _shape.Lag) * width, width);
            WriteStep(t, row);
            for (int c = 0; c < _shape.Columns; c++)
            {
                bool missing = double.IsNaN(Raw(t, c));
                row[_shape.Features + c] = missing ? float.NaN : _shape.Head == ForecastHead.NegativeBinomial ? (float)Raw(t, c) : row[c];
            }
        }

        return Series<float>.FromValues(values, width);
    }

    /// <summary>
    /// The values with gaps filled from what comes before them alone, so that training and calibration read a gap as a forecast does: by the last
    /// value at its place in the seasons that are compared, or else the value before. Only what is missing at the start takes the first value.
    /// </summary>
    private double[] Filled()
    {
        var filled = (double[])_raw.Clone();
        for (int c = 0; c < _shape.Columns; c++)
        {
            int first = 0;
            while (first < Length && double.IsNaN(Raw(first, c))) first++;
            if (first == Length) throw Check.Shape("series", $"a value in column {c}", "none");
            for (int t = 0; t < Length; t++)
            {
                if (double.IsNaN(Raw(t, c))) filled[t * _shape.Columns + c] = filled[Stand(t) * _shape.Columns + c];
            }

            int Stand(int step)
            {
                if (step < first) return first;
                for (int before = step - _shape.Season; before >= Math.Max(first, step - _shape.Lag); before -= _shape.Season)
                {
                    if (!double.IsNaN(Raw(before, c))) return before;
                }

                return step - 1;
            }
        }

        return filled;
    }

    private static void Copy(double[] table, int columns, int step, Span<float> to)
    {
        int at = Math.Min(step, table.Length / columns - 1) * columns;
        for (int i = 0; i < columns; i++) to[i] = (float)table[at + i];
    }

    private static double[] Scaled(TimeSeries? covariates, IScaler? scaler, int columns)
    {
        if (columns == 0) return [];
        double[] values = covariates!.Values.ToArray();
        scaler!.Transform(values, values);
        for (int c = 0; c < columns; c++)
        {
            if (TimeSeries.Fill(values, c, columns, linear: false)) continue;
            for (int i = c; i < values.Length; i += columns) values[i] = 0; // nothing measured, as when a sensor is off: the scaler's center
        }

        return values;
    }
}
