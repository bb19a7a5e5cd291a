using RnnSharp.Numerics;

namespace RnnSharp.Training;

/// <summary>A number that an optimizer remembers for every weight.</summary>
public sealed class OptimizerSlot
{
    /// <summary>Creates a slot.</summary>
    /// <param name="name">Its name in a saved state, such as exp_avg.</param>
    /// <param name="notNegative">Whether no step makes it negative, as a mean of squares.</param>
    /// <param name="initial">The value before the first step: finite, and 0 or more.</param>
    /// <exception cref="ArgumentException">The name is empty or has a dot, or the initial value is out of range.</exception>
    public OptimizerSlot(string name, bool notNegative = false, double initial = 0)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains('.', StringComparison.Ordinal)) throw Check.Shape(nameof(name), "a name without a dot", name);
        Name = name;
        NotNegative = notNegative;
        Initial = Check.NotNegative(initial);
    }

    /// <summary>The name in a saved state.</summary>
    public string Name { get; }

    /// <summary>Whether no step makes the number negative, so that a state with a negative one is refused.</summary>
    public bool NotNegative { get; }

    /// <summary>The value before the first step.</summary>
    public double Initial { get; }
}
