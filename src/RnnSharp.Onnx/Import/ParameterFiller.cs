using System.Collections;
using System.Numerics;

namespace RnnSharp.Onnx.Import;

/// <summary>Writes values to the places of all of a model's parameters, numbered from 0, each once.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class ParameterFiller<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostWaiting = 512;

    private readonly IReadOnlyList<Parameter<T>> _parameters;
    private readonly int[] _starts;
    private readonly BitArray _isSet;

    // Values that wait to be written to the current parameter together.
    private readonly int[] _places = new int[MostWaiting];
    private readonly T[] _values = new T[MostWaiting];
    private int _waiting;
    private int _current;
    private bool _differs;

    public ParameterFiller(IReadOnlyList<Parameter<T>> parameters, int count)
    {
        _parameters = parameters;
        _isSet = new BitArray(count);
        _starts = new int[parameters.Count];
        for (int i = 1; i < _starts.Length; i++) _starts[i] = _starts[i - 1] + parameters[i - 1].Count;
    }

    /// <summary>Values of all parameters.</summary>
    public int Count => _isSet.Count;

    /// <summary>Whether every place has a value.</summary>
    public bool IsComplete => _isSet.HasAllSet();

    /// <summary>Sets a value; false if another one was set before. It may be told only later, or by <see cref="Flush"/>.</summary>
    public bool TrySet(int place, T value)
    {
        int start = _starts[_current];
        if (place < start || place - start >= _parameters[_current].Count || _waiting == MostWaiting)
        {
            if (!Flush()) return false;
            int found = Array.BinarySearch(_starts, place);
            _current = found < 0 ? ~found - 1 : found;
        }

        _places[_waiting] = place;
        _values[_waiting++] = value;
        return true;
    }

    /// <summary>Writes the values that wait; false if one differs from a value that was set before.</summary>
    public bool Flush()
    {
        if (_waiting > 0) _parameters[_current].Update(this, static (target, filler) => filler.Write(target));
        _waiting = 0;
        return !_differs;
    }

    private void Write(Span<T> target)
    {
        int start = _starts[_current];
        for (int i = 0; i < _waiting; i++)
        {
            ref T place = ref target[_places[i] - start];
            if (_isSet[_places[i]]) _differs |= ParameterMarks.NumberOf(place) != ParameterMarks.NumberOf(_values[i]);
            place = _values[i];
            _isSet[_places[i]] = true;
        }
    }
}
