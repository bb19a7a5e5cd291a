using System.Globalization;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// What outlives a window of time: a flat list of leaves, h (and c for an LSTM) for each recurrent layer in order. The caller holds
/// it, hands it to a call, and may keep it, copy it or set it to zero. It also keeps the scratch memory of <c>Predict</c> and
/// <c>Step</c>, so one state serves one call at a time.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class State<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StateLeaf<T>[] _leaves;
    private readonly string[] _names;
    private readonly string[] _partNames = [];

    /// <summary>Makes a state of zeros with the given leaves. Users call <see cref="ILayer{T}.CreateState"/>; this is for new kinds of layers.</summary>
    /// <param name="batch">Examples, at least 1.</param>
    /// <param name="leaves">A name and a number of units for each leaf; none for a layer without memory.</param>
    /// <exception cref="ArgumentException">A size is out of range, a name empty or twice there, or T is neither float nor double.</exception>
    public State(int batch, params ReadOnlySpan<(string Name, int Size)> leaves)
    {
        Check.ElementType<T>();
        Batch = Check.Positive(batch);
        Parts = [];
        _leaves = new StateLeaf<T>[leaves.Length];
        _names = new string[leaves.Length];
        for (int i = 0; i < leaves.Length; i++)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(leaves[i].Name, nameof(leaves));
            if (leaves[i].Size < 1) throw Check.Shape(nameof(leaves), $"at least 1 unit in {leaves[i].Name}", $"{leaves[i].Size}");
            if (Array.IndexOf(_names, leaves[i].Name) >= 0) throw new ArgumentException($"Two leaves are called {leaves[i].Name}.", nameof(leaves));
            _names[i] = leaves[i].Name;
            _leaves[i] = new StateLeaf<T>(leaves[i].Name, leaves[i].Size, batch);
        }
    }

    /// <summary>Joins the states of a stack's layers; the leaves are shared with the parts, and named "0.h" and so on.</summary>
    /// <exception cref="ArgumentException">There is no part, one is null, or their batches differ.</exception>
    public State(IReadOnlyList<State<T>> parts)
        : this(parts, Numbers(parts))
    {
    }

    /// <summary>Joins the states of a layer's parts; the leaves are shared with them, and named below the part ("forward.h").</summary>
    /// <param name="parts">The states, of one batch.</param>
    /// <param name="partNames">A name for each part. The leaves of one whose name is empty keep their own names.</param>
    /// <exception cref="ArgumentException">There is no part, one or a name is null, their batches differ, there is not one name a part, or two leaves would have one name.</exception>
    public State(IReadOnlyList<State<T>> parts, IReadOnlyList<string> partNames)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(partNames);
        if (parts.Count == 0) throw Check.Shape(nameof(parts), "at least one part", "none");
        if (partNames.Count != parts.Count) throw Check.Shape(nameof(partNames), $"{parts.Count} names (one a part)", $"{partNames.Count}");
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i] is null) throw new ArgumentException($"Part {i} is null.", nameof(parts));
            if (partNames[i] is null) throw new ArgumentException($"The name of part {i} is null.", nameof(partNames));
            if (parts[i].Batch != parts[0].Batch) throw Check.Shape(nameof(parts), $"a batch of {parts[0].Batch} in part {i}, as in part 0", $"{parts[i].Batch}");
        }

        Parts = [.. parts];
        Batch = parts[0].Batch;
        _partNames = [.. partNames];
        _leaves = [.. parts.SelectMany(part => part._leaves)];
        _names = [.. parts.SelectMany((part, i) => part._names.Select(name => partNames[i].Length == 0 ? name : $"{partNames[i]}.{name}"))];
        if (_names.Distinct(StringComparer.Ordinal).Count() < _names.Length)
            throw Check.Shape(nameof(partNames), "names that keep the leaves apart", $"leaves called {string.Join(", ", _names)}");
    }

    /// <summary>Examples.</summary>
    public int Batch { get; private set; }

    /// <summary>All leaves, in the order of the layers; h before c.</summary>
    public IReadOnlyList<StateLeaf<T>> Leaves => _leaves;

    /// <summary>The name of each leaf: h and c, below the layer's number for a stack (0.h) and the direction for a bidirectional layer (forward.h).</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The states of the layers that a layer is made of, as of a stack; empty for a single layer.</summary>
    public IReadOnlyList<State<T>> Parts { get; }

    /// <summary>The leaves, for loops that must not allocate.</summary>
    internal ReadOnlySpan<StateLeaf<T>> LeafArray => _leaves;

    /// <summary>What a layer keeps between calls to allocate nothing; of no meaning to anything else.</summary>
    internal object? Scratch { get; set; }

    /// <summary>A leaf by its name.</summary>
    /// <exception cref="ArgumentException">No leaf has this name.</exception>
    public StateLeaf<T> this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            int index = Array.IndexOf(_names, name);
            return index >= 0 ? _leaves[index] : throw Check.Shape(nameof(name), $"one of {string.Join(", ", _names)}", name);
        }
    }

    /// <summary>
    /// The leaves of one kind of every layer, in the order of the layers and forward before backward. With "h" the leaves of a stack of
    /// recurrent or bidirectional layers are the rows of PyTorch's h_n [layers · directions, batch, units], with "c" those of its c_n.
    /// </summary>
    /// <param name="name">h or c: a leaf's own name, without that of its layer.</param>
    /// <exception cref="ArgumentException">No leaf has this name.</exception>
    public IReadOnlyList<StateLeaf<T>> LeavesNamed(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        StateLeaf<T>[] found = [.. _leaves.Where(leaf => string.Equals(leaf.Name, name, StringComparison.Ordinal))];
        return found.Length > 0 ? found : throw Check.Shape(nameof(name), $"one of {string.Join(", ", _leaves.Select(leaf => leaf.Name).Distinct(StringComparer.Ordinal))}", name);
    }

    /// <summary>Sets every leaf to zero: the state before a sequence begins.</summary>
    public void Clear()
    {
        foreach (StateLeaf<T> leaf in _leaves) leaf.Values.Clear();
    }

    /// <summary>Copies the values of another state of the same shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void CopyFrom(State<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        RequireLike(source, Batch, nameof(source));
        for (int i = 0; i < _leaves.Length; i++) source._leaves[i].Values.CopyTo(_leaves[i].Values);
    }

    /// <summary>A copy that shares nothing with this state.</summary>
    public State<T> Clone()
    {
        State<T> copy = Parts.Count > 0 ? new State<T>([.. Parts.Select(part => part.Clone())], _partNames) : new State<T>(Batch, [.. _leaves.Select(leaf => (leaf.Name, leaf.Size))]);
        if (Parts.Count == 0) copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Joins other parts under the names of this state's own, where they are as many, and under their numbers else.</summary>
    internal State<T> Joining(IReadOnlyList<State<T>> parts) => parts.Count == Parts.Count ? new State<T>(parts, _partNames) : new State<T>(parts);

    /// <summary>Refuses a state that has not this one's leaves, or not the given batch. Allocates only to refuse.</summary>
    internal void RequireLike(State<T> other, int batch, string name)
    {
        if (other.Batch != batch || !SameShape(other)) throw Check.Shape(name, Describe(batch), other.Describe(other.Batch));
    }

    /// <summary>Gives every leaf another batch; unless it is the same, the values are then not defined. Nothing is allocated for one that is no larger than any before.</summary>
    /// <exception cref="ArgumentException">The batch is below 1, or too large for an array.</exception>
    public void Resize(int batch)
    {
        Check.Positive(batch);
        if (batch == Batch) return;
        foreach (StateLeaf<T> leaf in _leaves) Check.ArrayLength((long)leaf.Size * batch, nameof(batch));
        foreach (State<T> part in Parts) part.Resize(batch);
        if (Parts.Count == 0)
        {
            foreach (StateLeaf<T> leaf in _leaves) leaf.Resize(batch);
        }

        Batch = batch;
    }

    private static string[] Numbers(IReadOnlyList<State<T>>? parts) => [.. Enumerable.Range(0, parts?.Count ?? 0).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    private bool SameShape(State<T> other)
    {
        if (other._leaves.Length != _leaves.Length || other.Parts.Count != Parts.Count) return false;
        for (int i = 0; i < Parts.Count; i++)
        {
            if (!Parts[i].SameShape(other.Parts[i])) return false;
        }

        for (int i = 0; i < _leaves.Length; i++)
        {
            if (other._leaves[i].Size != _leaves[i].Size || !string.Equals(other._names[i], _names[i], StringComparison.Ordinal)) return false;
        }

        return true;
    }

    private string Describe(int batch)
    {
        string leaves = _leaves.Length == 0
            ? $"a state without leaves of batch {batch}"
            : $"a state of {string.Join(", ", _leaves.Select((leaf, i) => $"{_names[i]} {leaf.Size} x {batch}"))}";
        return Parts.Count == 0 ? leaves : $"{leaves} in parts {Nesting()}";
    }

    private string Nesting() => Parts.Count == 0
        ? _leaves.Length == 0 ? "-" : string.Join(' ', _names)
        : $"[{string.Join(", ", Parts.Select(part => part.Nesting()))}]";
}
