namespace RnnSharp.Tests.Fuzz;

/// <summary>What the arguments of one call have in common.</summary>
internal sealed class CallContext(Random random, bool hostile)
{
    private readonly List<object?> _values = [];

    /// <summary>Whether many of the arguments are wrong, instead of nearly none.</summary>
    public bool Hostile { get; } = hostile;

    public int Batch { get; } = HostileValues.SmallSize(random);

    public int Steps { get; } = random.Next(6);

    /// <summary>Whether an argument is of a size that is valid but large, of which a call gets one at most. What it makes is not kept.</summary>
    public bool IsLarge { get; set; }

    /// <summary>How deep the argument that is drawn lies in others.</summary>
    public int Depth { get; set; }

    /// <summary>The target and the arguments so far.</summary>
    public IReadOnlyList<object?> Values => _values;

    public void Add(object? value) => _values.Add(value);

    /// <summary>The last argument of a type; null if there is none yet.</summary>
    public TItem? Find<TItem>()
        where TItem : class => _values.OfType<TItem>().LastOrDefault();
}
