using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;
using RnnSharp.Numerics;

namespace RnnSharp;

/// <summary>
/// What a layer carries from one call to the next: a flat list of leaves, one matrix h (and one c for an LSTM) for each recurrent layer in
/// order. The caller owns it, passes it to a call, and may keep, copy or clear it. It also holds the scratch memory of <c>Predict</c> and
/// <c>Step</c>, so a state can be used by only one call at a time.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class State<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StateLeaf<T>[] _leaves;
    private readonly State<T>[] _parts = [];
    private readonly string[] _names;
    private readonly string[] _partNames = [];

    /// <summary>Creates a state of zeros with the given leaves. Layers call this; users call <see cref="ILayer{T}.CreateState"/>.</summary>
    /// <param name="batch">Number of examples, at least 1.</param>
    /// <param name="leaves">Name and number of units of each leaf; none for a stateless layer.</param>
    /// <exception cref="ArgumentException">A size is out of range, the leaves or a name is null, a name is empty or occurs twice, or T is neither float nor double.</exception>
    public State(int batch, params (string Name, int Size)[] leaves)
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(leaves);
        Batch = Check.Positive(batch);
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

    /// <summary>Combines the states of a stack's layers. The leaves are shared with the parts, and are named "0.h" and so on.</summary>
    /// <exception cref="ArgumentException">There is no part, one is null or occurs twice, or their batches differ.</exception>
    public State(IReadOnlyList<State<T>> parts)
        : this(parts, Numbers(parts))
    {
    }

    /// <summary>Combines the states of a layer's parts. The leaves are shared with the parts, and are named after them ("forward.h").</summary>
    /// <param name="parts">The states, all of the same batch.</param>
    /// <param name="partNames">A name for each part. The leaves of a part with an empty name keep their own names.</param>
    /// <exception cref="ArgumentException">
    /// There is no part; a part or a name is null; a part or one of its leaves occurs twice; the batches differ; there is not one name
    /// for each part; or two leaves would have the same name.
    /// </exception>
    public State(IReadOnlyList<State<T>> parts, IReadOnlyList<string> partNames)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(partNames);
        if (parts.Count == 0) throw Check.Shape(nameof(parts), "at least one part", "none");
        if (partNames.Count != parts.Count) throw Check.Shape(nameof(partNames), $"{parts.Count} names (one for each part)", $"{partNames.Count}");
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i] is null) throw new ArgumentException($"Part {i} is null.", nameof(parts));
            if (partNames[i] is null) throw new ArgumentException($"The name of part {i} is null.", nameof(partNames));
            if (parts[i].Batch != parts[0].Batch) throw Check.Shape(nameof(parts), $"a batch of {parts[0].Batch} in part {i}, as in part 0", $"{parts[i].Batch}");
            for (int earlier = 0; earlier < i; earlier++)
            {
                if (ReferenceEquals(parts[i], parts[earlier]) || parts[i]._leaves.Intersect(parts[earlier]._leaves).Any())
                    throw Check.Shape(nameof(parts), "parts with memory of their own", $"part {i} and part {earlier}, which share theirs");
            }
        }

        _parts = [.. parts];
        Batch = parts[0].Batch;
        _partNames = [.. partNames];
        _leaves = [.. parts.SelectMany(part => part._leaves)];
        _names = [.. parts.SelectMany((part, i) => part._names.Select(name => partNames[i].Length == 0 ? name : $"{partNames[i]}.{name}"))];
        if (_names.Distinct(StringComparer.Ordinal).Count() < _names.Length)
            throw Check.Shape(nameof(partNames), "names that give every leaf a name of its own", $"leaves called {string.Join(", ", _names)}");
    }

    /// <summary>Number of examples.</summary>
    public int Batch { get; private set; }

    /// <summary>All leaves, in the order of the layers; h before c.</summary>
    public IReadOnlyList<StateLeaf<T>> Leaves => _leaves;

    /// <summary>The name of each leaf: h or c, prefixed with the index of the layer in a stack (0.h) or the direction in a bidirectional layer (forward.h).</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The states of the layers that a layer consists of, such as those of a stack; empty for a single layer.</summary>
    public IReadOnlyList<State<T>> Parts => _parts;

    /// <summary>The leaves, for loops that must not allocate.</summary>
    internal ReadOnlySpan<StateLeaf<T>> LeafArray => _leaves;

    /// <summary>Buffers that a layer keeps from call to call so that it allocates nothing.</summary>
    internal object? Scratch { get; set; }

    /// <summary>The leaf with the given name.</summary>
    /// <exception cref="ArgumentException">The name is null, or no leaf has it.</exception>
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
    /// The leaves of one kind of every layer, in the order of the layers and forward before backward. For a stack of recurrent or
    /// bidirectional layers, "h" gives the rows of PyTorch's h_n [layers · directions, batch, units], and "c" those of its c_n.
    /// </summary>
    /// <param name="name">A leaf's name within its layer: h or c.</param>
    /// <exception cref="ArgumentException">The name is null, or no leaf has it.</exception>
    public IReadOnlyList<StateLeaf<T>> LeavesNamed(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        StateLeaf<T>[] found = [.. _leaves.Where(leaf => string.Equals(leaf.Name, name, StringComparison.Ordinal))];
        return found.Length > 0 ? found : throw Check.Shape(nameof(name), $"one of {string.Join(", ", _leaves.Select(leaf => leaf.Name).Distinct(StringComparer.Ordinal))}", name);
    }

    /// <summary>Copies a units × batch matrix into the leaf with the given name.</summary>
    /// <exception cref="ArgumentException">No leaf has the name, or the matrix is null or of another shape.</exception>
    public void Set(string name, Matrix<T> matrix) => this[name].Set(matrix);

    /// <summary>Copies an array indexed [example, unit] into the leaf with the given name.</summary>
    /// <exception cref="ArgumentException">No leaf has the name, or the array is null or of another shape.</exception>
    public void Set(string name, T[,] values) => this[name].Set(values);

    /// <summary>Sets every leaf to zero, the state before the start of a sequence.</summary>
    public void Clear()
    {
        foreach (StateLeaf<T> leaf in _leaves) leaf.Values.Clear();
    }

    /// <summary>Copies the values of another state of the same shape.</summary>
    /// <exception cref="ArgumentException">The source is null or of another shape.</exception>
    public void CopyFrom(State<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        int batch = Batch;
        RequireLike(source, batch, nameof(source));
        for (int i = 0; i < _leaves.Length; i++) source._leaves[i].ValuesFor(batch).CopyTo(_leaves[i].ValuesFor(batch));
    }

    /// <summary>Copies one example of a state of the same layer, whose batch may differ. The source may be this state.</summary>
    /// <param name="source">The state to copy from.</param>
    /// <param name="sourceExample">0 to the source's <see cref="Batch"/> - 1.</param>
    /// <param name="targetExample">The example to overwrite, 0 to <see cref="Batch"/> - 1.</param>
    /// <exception cref="ArgumentException">The source is null or has other leaves, or an example is out of range.</exception>
    public void CopyExample(State<T> source, int sourceExample, int targetExample)
    {
        ArgumentNullException.ThrowIfNull(source);
        int from = source.Batch, to = Batch;
        RequireLike(source, from, nameof(source));
        CheckExample(sourceExample, from, nameof(sourceExample));
        CheckExample(targetExample, to, nameof(targetExample));
        for (int i = 0; i < _leaves.Length; i++) source._leaves[i].Examples(from, sourceExample, 1).CopyTo(_leaves[i].Examples(to, targetExample, 1));
    }

    /// <summary>Copies the state. The copy shares no memory with this one.</summary>
    public State<T> Clone()
    {
        State<T> copy = Like<T>();
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Copies the state, converting its values to another type.</summary>
    /// <exception cref="ArgumentException">TOther is neither float nor double.</exception>
    public State<TOther> ConvertTo<TOther>()
        where TOther : unmanaged, IBinaryFloatingPointIeee754<TOther>
    {
        State<TOther> copy = Like<TOther>();
        for (int i = 0; i < _leaves.Length; i++)
        {
            Span<TOther> to = copy._leaves[i].Values;
            ReadOnlySpan<T> from = _leaves[i].ValuesFor(copy.Batch);
            for (int k = 0; k < to.Length; k++) to[k] = TOther.CreateChecked(from[k]);
        }

        return copy;
    }

    /// <summary>
    /// Changes the batch of every leaf. The values are undefined afterwards, unless the batch is the same. A batch that the state has
    /// had before allocates nothing.
    /// </summary>
    /// <param name="batch">Number of examples, at least 1.</param>
    /// <exception cref="ArgumentException">The batch is below 1, or too large for an array.</exception>
    public void Resize(int batch)
    {
        Check.Positive(batch);
        foreach (StateLeaf<T> leaf in _leaves) Check.ArrayLength((long)leaf.Size * batch, nameof(batch));
        ResizeChecked(batch);
    }

    /// <summary>The leaves and their shapes, such as "h 64 x 2, c 64 x 2 (units x batch)".</summary>
    public override string ToString() => _leaves.Length == 0 ? $"no leaves, batch {Batch}" : $"{LeafShapes()} (units x batch)";

    /// <summary>Sets some of the examples to zero.</summary>
    internal void ClearExamples(ReadOnlySpan<bool> examples)
    {
        for (int j = 0; j < examples.Length; j++)
        {
            if (!examples[j]) continue;
            foreach (StateLeaf<T> leaf in _leaves) leaf.Examples(Batch, j, 1).Clear();
        }
    }

    /// <summary>Combines other parts under the names of this state's parts, or under their indices if their number differs.</summary>
    internal State<T> Joining(IReadOnlyList<State<T>> parts) => parts.Count == _parts.Length ? new State<T>(parts, _partNames) : new State<T>(parts);

    /// <summary>Throws if a state does not have the leaves of this one, or not the given batch throughout. Allocates only to throw.</summary>
    internal void RequireLike(State<T> other, int batch, string name)
    {
        if (SameShape(other, batch)) return;
        throw Check.Shape(name, Describe(batch), other.Describe());
    }

    private static string[] Numbers(IReadOnlyList<State<T>>? parts) => [.. Enumerable.Range(0, parts?.Count ?? 0).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    private static void CheckExample(int example, int batch, string name)
    {
        if ((uint)example >= (uint)batch) throw new ArgumentOutOfRangeException(name, example, $"Expected 0 to {batch - 1}, got {example}.");
    }

    /// <summary>A state of zeros with the same leaves and parts.</summary>
    private State<TOther> Like<TOther>()
        where TOther : unmanaged, IBinaryFloatingPointIeee754<TOther> => _parts.Length > 0
        ? new State<TOther>([.. _parts.Select(part => part.Like<TOther>())], _partNames)
        : new State<TOther>(Batch, [.. _leaves.Select(leaf => (leaf.Name, leaf.Size))]);

    private void ResizeChecked(int batch)
    {
        foreach (State<T> part in _parts) part.ResizeChecked(batch);
        if (_parts.Length == 0)
        {
            foreach (StateLeaf<T> leaf in _leaves) leaf.Resize(batch);
        }

        Batch = batch;
    }

    private bool SameShape(State<T> other, int batch)
    {
        if (other.Batch != batch || other._leaves.Length != _leaves.Length || other._parts.Length != _parts.Length) return false;
        for (int i = 0; i < _parts.Length; i++)
        {
            if (!_parts[i].SameShape(other._parts[i], batch)) return false;
        }

        for (int i = 0; i < _leaves.Length; i++)
        {
            // The batch of a leaf differs if its part was resized separately.
            if (other._leaves[i].Batch != batch || other._leaves[i].Size != _leaves[i].Size || !string.Equals(other._names[i], _names[i], StringComparison.Ordinal)) return false;
        }

        return true;
    }

    /// <summary>The leaves and their nesting; with the given batch instead of the leaves' own, unless it is null.</summary>
    private string Describe(int? batch = null)
    {
        string leaves = _leaves.Length == 0 ? $"a state without leaves of batch {batch ?? Batch}" : $"a state of {LeafShapes(batch)}";
        return _parts.Length == 0 ? leaves : $"{leaves} in parts {Nesting()}";
    }

    private string LeafShapes(int? batch = null) => string.Join(", ", _leaves.Select((leaf, i) => $"{_names[i]} {leaf.Size} x {batch ?? leaf.Batch}"));

    private string Nesting() => _parts.Length == 0
        ? _leaves.Length == 0 ? "-" : string.Join(' ', _names)
        : $"[{string.Join(", ", _parts.Select(part => part.Nesting()))}]";
}
