using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>
/// Draws examples so that classes occur as often as wanted, however often the data have them. Each draw chooses a class by its weight, and
/// then the next example of that class in a random order, which starts anew when all of them have been drawn.
/// </summary>
public sealed class ClassSampling
{
    private readonly int[] _members;
    private readonly int[] _starts;
    private readonly double[] _cumulative;

    /// <summary>Creates a sampling from the class of each example.</summary>
    /// <param name="classes">The class of each example of the source, 0 or more.</param>
    /// <param name="weights">
    /// How often each class is drawn in relation to the others, by class: finite numbers of 0 or more. The same for all when null. Classes
    /// without an example are never drawn.
    /// </param>
    /// <param name="drawsPerEpoch">Number of examples in an epoch, at least 1; as many as the data have when null.</param>
    /// <exception cref="ArgumentException">There is no class, one is negative or has no weight, or a weight or their sum is out of range.</exception>
    public ClassSampling(IReadOnlyList<int> classes, IReadOnlyList<double>? weights = null, int? drawsPerEpoch = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count == 0) throw Check.Shape(nameof(classes), "the class of at least one example", "none");
        DrawsPerEpoch = drawsPerEpoch is { } draws ? Check.ArrayLength(Check.Positive(draws, nameof(drawsPerEpoch)), nameof(drawsPerEpoch)) : classes.Count;
        var keys = new int[classes.Count];
        _members = new int[classes.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = classes[i];
            _members[i] = i;
            if (keys[i] < 0) throw Check.Shape(nameof(classes), "classes of 0 or more", $"{keys[i]} for example {i}");
            if (weights is not null && keys[i] >= weights.Count) throw Check.Shape(nameof(weights), $"a weight for class {keys[i]}", $"{weights.Count} weights");
        }

        for (int c = 0; c < weights?.Count; c++)
        {
            if (!double.IsFinite(weights[c]) || weights[c] < 0) throw Check.Shape(nameof(weights), "finite weights of 0 or more", $"{weights[c]} for class {c}");
        }

        // Members in order of their class, and within a class in that of the data.
        int[] order = [.. _members.OrderBy(i => keys[i])];
        order.CopyTo(_members, 0);
        var starts = new List<int>();
        var cumulative = new List<double>();
        for (int i = 0; i < order.Length; i++)
        {
            if (i > 0 && keys[order[i]] == keys[order[i - 1]]) continue;
            starts.Add(i);
            cumulative.Add((cumulative.Count > 0 ? cumulative[^1] : 0) + (weights?[keys[order[i]]] ?? 1));
        }

        if (!double.IsFinite(cumulative[^1]) || cumulative[^1] <= 0) throw Check.Shape(nameof(weights), "weights with a finite sum above 0 over the classes that have examples", $"{cumulative[^1]}");
        _starts = [.. starts, order.Length];
        _cumulative = [.. cumulative];
    }

    /// <summary>Number of examples in an epoch.</summary>
    public int DrawsPerEpoch { get; }

    /// <summary>Number of examples that the sampling is for.</summary>
    public int Count => _members.Length;

    /// <summary>Creates a sampling from a function that tells an example's class.</summary>
    /// <param name="items">The examples of the source.</param>
    /// <param name="classOf">Returns the class of an example, 0 or more.</param>
    /// <param name="weights">How often each class is drawn in relation to the others; the same for all when null.</param>
    /// <param name="drawsPerEpoch">Number of examples in an epoch, at least 1; as many as the data have when null.</param>
    /// <exception cref="ArgumentException">There is no example, a class is negative or has no weight, or a weight or their sum is out of range.</exception>
    public static ClassSampling Of<TItem>(IReadOnlyList<TItem> items, Func<TItem, int> classOf, IReadOnlyList<double>? weights = null, int? drawsPerEpoch = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(classOf);
        if (items.Count == 0) throw Check.Shape(nameof(items), "at least one example", "none");
        var classes = new int[items.Count];
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = classOf(items[i]);
            if (classes[i] < 0) throw Check.Shape(nameof(classOf), "classes of 0 or more", $"{classes[i]} for item {i}");
        }

        return new ClassSampling(classes, weights, drawsPerEpoch);
    }

    /// <summary>Memory for <see cref="Draw"/>: one source's.</summary>
    internal (int[] Members, int[] Next) CreateScratch() => (new int[_members.Length], new int[_starts.Length - 1]);

    /// <summary>Draws the examples of an epoch.</summary>
    internal void Draw(Span<int> items, (int[] Members, int[] Next) scratch, FastRandom random)
    {
        (int[] members, int[] next) = scratch;
        _members.CopyTo(members, 0);
        for (int c = 0; c < next.Length; c++) next[c] = _starts[c + 1]; // all used up: the first draw shuffles
        for (int i = 0; i < items.Length; i++)
        {
            // The first class whose cumulative weight exceeds the number; a class of weight 0 has that of the class before.
            double at = random.NextDouble() * _cumulative[^1];
            int low = 0, high = _cumulative.Length - 1;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (_cumulative[middle] > at) high = middle;
                else low = middle + 1;
            }

            if (next[low] == _starts[low + 1])
            {
                EpochOrder.Shuffle(members.AsSpan(_starts[low].._starts[low + 1]), random);
                next[low] = _starts[low];
            }

            items[i] = members[next[low]++];
        }
    }
}
