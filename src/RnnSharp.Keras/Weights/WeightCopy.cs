using System.Numerics;

namespace RnnSharp.Keras;

/// <summary>Copies values between the weights of Keras and the parameters of the library.</summary>
internal static class WeightCopy
{
    /// <summary>Copies a run of a weight's row-major values, from an element on, to a parameter's column-major values.</summary>
    /// <exception cref="InvalidDataException">A sum of two finite biases is out of T's range.</exception>
    public static void Scatter<T>(KerasWeight weight, in WeightBlock block, long first, ReadOnlySpan<T> values, Span<T> parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (block.Use == BlockUse.AddedToWeight) return;
        var runs = new Runs(weight, block, first, values.Length);
        while (runs.Next(out int at, out int count, out long target))
        {
            ReadOnlySpan<T> run = values.Slice(at, count);
            if (block.Use == BlockUse.Both && block.ColumnStep == 1)
            {
                run.CopyTo(parameter.Slice((int)target, count));
                continue;
            }

            foreach (T value in run)
            {
                ref T element = ref parameter[(int)target];
                element = block.Use == BlockUse.Both ? value : Sum(weight, element, value);
                target += block.ColumnStep;
            }
        }
    }

    /// <summary>Copies from a parameter's values to a run of a weight's, or adds to them.</summary>
    public static void Gather<T>(KerasWeight weight, in WeightBlock block, long first, Span<T> values, ReadOnlySpan<T> parameter)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (block.Use == BlockUse.AddedToParameter) return;
        var runs = new Runs(weight, block, first, values.Length);
        while (runs.Next(out int at, out int count, out long source))
        {
            foreach (ref T value in values.Slice(at, count))
            {
                value = block.Use == BlockUse.Both ? parameter[(int)source] : value + parameter[(int)source];
                source += block.ColumnStep;
            }
        }
    }

    // Zero is not added, because it would turn -0 into 0.
    private static T Sum<T>(KerasWeight weight, T value, T added)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (T.IsZero(added)) return value;
        T sum = value + added;
        if (T.IsFinite(value) && T.IsFinite(added) && !T.IsFinite(sum)) throw new InvalidDataException($"The {weight}: the sum of two biases, {value} and {added}, is out of {typeof(T).Name}'s range.");
        return sum;
    }

    /// <summary>The pieces of rows that a run of a weight's values and a block have in common.</summary>
    private ref struct Runs(KerasWeight weight, in WeightBlock block, long first, int length)
    {
        private readonly WeightBlock _block = block;
        private readonly long _columns = weight.Columns;
        private int _at;

        /// <param name="at">The start of the piece in the run.</param>
        /// <param name="count">Its length.</param>
        /// <param name="element">The element of the parameter that corresponds to its first value.</param>
        public bool Next(out int at, out int count, out long element)
        {
            while (_at < length)
            {
                long row = (first + _at) / _columns, column = (first + _at) % _columns;
                int rest = (int)Math.Min(_columns - column, length - _at), start = _at;
                _at += rest;
                long from = Math.Max(column, _block.FirstColumn), end = Math.Min(column + rest, _block.FirstColumn + _block.Columns);
                if (row < _block.FirstRow || row >= _block.FirstRow + _block.Rows || from >= end) continue;
                at = start + (int)(from - column);
                count = (int)(end - from);
                element = _block.Start + (row - _block.FirstRow) * _block.RowStep + (from - _block.FirstColumn) * _block.ColumnStep;
                return true;
            }

            (at, count, element) = (0, 0, 0);
            return false;
        }
    }
}
