using System.Numerics;

namespace RnnSharp.Training;

/// <summary>A copy of the values of parameters.</summary>
internal sealed class WeightSnapshot<T>(IReadOnlyList<Parameter<T>> parameters)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[][] _values = [.. parameters.Select(parameter => new T[parameter.Count])];

    /// <summary>Whether <see cref="Take"/> has been called.</summary>
    public bool IsTaken { get; private set; }

    public ReadOnlySpan<T> Values(int parameter) => _values[parameter];

    public void Take()
    {
        for (int p = 0; p < _values.Length; p++) parameters[p].Values.CopyTo(_values[p]);
        IsTaken = true;
    }

    public void Restore()
    {
        for (int p = 0; p < _values.Length; p++) parameters[p].Set(_values[p]);
    }

    public void Clear() => IsTaken = false;

    public StateDictionary GetState(IReadOnlyList<string> names)
    {
        var state = new StateDictionary();
        for (int p = 0; p < _values.Length; p++) state.Set<T>(names[p], _values[p]);
        return state;
    }

    /// <summary>The values of a state, in the order of the parameters.</summary>
    /// <exception cref="InvalidDataException">A value is missing or has another length.</exception>
    public T[][] Read(StateDictionary state, IReadOnlyList<string> names) => [.. parameters.Select((parameter, p) => state.GetArray<T>(names[p], parameter.Count))];

    public void Set(T[][] values)
    {
        for (int p = 0; p < _values.Length; p++) values[p].CopyTo(_values[p], 0);
        IsTaken = true;
    }
}
