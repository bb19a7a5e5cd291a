using System.Numerics;

namespace RnnSharp.Onnx.Import;

/// <summary>A tensor of numbers that are known: in the file, given by the caller, or computed from such.</summary>
internal sealed class ConstantValue : GraphValue
{
    private const int Chunk = 512;

    private readonly StoredTensor? _stored;
    private readonly double[]? _numbers;
    private readonly long[]? _wholes;

    // The first of the values that belong to the constant, if it is a part of others.
    private readonly long _offset;

    public ConstantValue(StoredTensor stored, long[]? shape = null)
    {
        _stored = stored;
        Shape = shape ?? stored.Shape;
        Count = stored.Count;
        IsWhole = stored.IsWhole;
    }

    public ConstantValue(double[] numbers, long[] shape)
    {
        _numbers = numbers;
        Shape = shape;
        Count = numbers.Length;
    }

    public ConstantValue(long[] wholes, long[] shape)
    {
        _wholes = wholes;
        Shape = shape;
        Count = wholes.Length;
        IsWhole = true;
    }

    private ConstantValue(ConstantValue other, long[] shape, long first, long count)
    {
        (_stored, _numbers, _wholes) = (other._stored, other._numbers, other._wholes);
        _offset = other._offset + first;
        Shape = shape;
        Count = count;
        IsWhole = other.IsWhole;
    }

    public long[] Shape { get; }

    /// <summary>Number of values.</summary>
    public long Count { get; }

    /// <summary>Whether the values are whole numbers or flags.</summary>
    public bool IsWhole { get; }

    public override string Kind => "a constant";

    /// <summary>The same values in another shape of as many.</summary>
    public ConstantValue Reshaped(long[] shape) => new(this, shape, 0, Count);

    /// <summary>A run of the values in a shape of its own; null if they are whole numbers, which are read all at once.</summary>
    public ConstantValue? Run(long first, long[] shape, long count) => IsWhole ? null : new ConstantValue(this, shape, first, count);

    /// <summary>Reads values, row by row from a position on.</summary>
    public void Read<T>(long first, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_wholes is not null)
        {
            for (int i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(_wholes[first + i]);
        }
        else if (_numbers is not null)
        {
            for (int i = 0; i < target.Length; i++)
            {
                double value = _numbers[_offset + first + i];
                target[i] = T.CreateTruncating(value);
                if (double.IsFinite(value) && !T.IsFinite(target[i])) throw new InvalidDataException($"The number {value} is out of {typeof(T).Name}'s range.");
            }
        }
        else
        {
            _stored!.Read(_offset + first, target);
        }
    }

    /// <summary>All values as whole numbers.</summary>
    public long[] Wholes(ImportBudget budget)
    {
        if (_wholes is not null) return _wholes;
        budget.Charge(sizeof(long) * Count);
        long[] values = new long[Count];
        _stored!.ReadWhole(values);
        return values;
    }

    /// <summary>All values as floating-point numbers.</summary>
    public double[] Numbers(ImportBudget budget)
    {
        if (_numbers is not null && _numbers.Length == Count) return _numbers;
        if (IsWhole) return Array.ConvertAll(Wholes(budget), value => (double)value);
        budget.Charge(sizeof(double) * Count);
        double[] values = new double[Count];
        Read<double>(0, values);
        return values;
    }

    /// <summary>Whether all of a run of values are the same number.</summary>
    public bool IsAll(double number, long first, long count)
    {
        Span<double> chunk = stackalloc double[Chunk];
        for (long done = 0; done < count; done += Chunk)
        {
            Span<double> values = chunk[..(int)Math.Min(Chunk, count - done)];
            Read(first + done, values);
            if (values.ContainsAnyExcept(number)) return false;
        }

        return true;
    }
}
