using System.Numerics;

namespace RnnSharp.Training;

/// <summary>What an optimizer remembers of one parameter, and the settings of the current step.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ParameterState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[][] _slots;

    internal ParameterState(ParameterGroup<T>? group, T[][] slots)
    {
        Group = group;
        _slots = slots;
    }

    /// <summary>The number of the current step of this parameter, 1 for the first.</summary>
    public long Step { get; internal set; }

    /// <summary>The learning rate of the current step, with the factor of the parameter's group.</summary>
    public double LearningRate { get; internal set; }

    /// <summary>The weight decay of the parameter's group, or of the optimizer.</summary>
    public double WeightDecay { get; internal set; }

    /// <summary>The group that the parameter belongs to, if any.</summary>
    public ParameterGroup<T>? Group { get; }

    /// <summary>The values of a slot, column-major like the parameter.</summary>
    /// <param name="index">The index of the slot in the list that the optimizer gave to its base class.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public Span<T> Slot(int index) => (uint)index < (uint)_slots.Length
        ? _slots[index]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"Expected 0 to {_slots.Length - 1}, got {index}.");
}
