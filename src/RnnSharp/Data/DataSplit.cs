using RnnSharp.Numerics;

namespace RnnSharp.Data;

/// <summary>Splits of a data set into training, validation and test data. A seed gives the same split everywhere.</summary>
public static class DataSplit
{
    private enum Part : byte
    {
        Train,
        Validation,
        Test,
        None,
    }

    /// <summary>Assigns items at random. The parts have the given fractions, rounded to whole items.</summary>
    /// <param name="items">The data.</param>
    /// <param name="validation">The fraction of the validation data, 0 to 1.</param>
    /// <param name="test">The fraction of the test data, 0 to 1 - <paramref name="validation"/>.</param>
    /// <param name="seed">Any value.</param>
    /// <exception cref="ArgumentException">The items are null, or a fraction is out of range.</exception>
    public static SplitParts<TItem> Shuffled<TItem>(IReadOnlyList<TItem> items, double validation, double test = 0, ulong seed = 0)
    {
        CheckFractions(items, validation, test);
        return Collect(items, OfOneClass(items.Count, validation, test, new FastRandom(seed)));
    }

    /// <summary>Assigns whole groups at random, such as all recordings of one speaker, so that no group is in two parts. The parts have about the given fractions of the items.</summary>
    /// <param name="items">The data.</param>
    /// <param name="groupOf">Returns the group of an item.</param>
    /// <param name="validation">The fraction of the validation data, 0 to 1.</param>
    /// <param name="test">The fraction of the test data, 0 to 1 - <paramref name="validation"/>.</param>
    /// <param name="seed">Any value.</param>
    /// <exception cref="ArgumentException">An argument is null, a group is null, or a fraction is out of range.</exception>
    public static SplitParts<TItem> Grouped<TItem, TGroup>(IReadOnlyList<TItem> items, Func<TItem, TGroup> groupOf, double validation, double test = 0, ulong seed = 0)
        where TGroup : notnull
    {
        CheckFractions(items, validation, test);
        (int[] groups, int count) = Number(items, groupOf, nameof(groupOf));
        var sizes = new int[count];
        foreach (int group in groups) sizes[group]++;
        var order = new int[count];
        for (int g = 0; g < count; g++) order[g] = g;
        EpochOrder.Shuffle(order, new FastRandom(seed));

        // The largest groups first, each to the part that lacks most; among groups of one size, the order is random.
        double[] missing = [items.Count * (1 - validation - test), items.Count * validation, items.Count * test];
        var partOf = new Part[count];
        foreach (int group in order.OrderByDescending(g => sizes[g]))
        {
            // What all parts lack together is what is left, so that a part of fraction 0 never lacks most.
            int most = 0;
            for (int part = 1; part < missing.Length; part++)
            {
                if (missing[part] > missing[most]) most = part;
            }

            missing[most] -= sizes[group];
            partOf[group] = (Part)most;
        }

        return Collect(items, [.. groups.Select(group => partOf[group])]);
    }

    /// <summary>Assigns items at random so that each part has each class as often as the whole has, to within one item.</summary>
    /// <param name="items">The data.</param>
    /// <param name="classOf">Returns the class of an item.</param>
    /// <param name="validation">The fraction of the validation data, 0 to 1.</param>
    /// <param name="test">The fraction of the test data, 0 to 1 - <paramref name="validation"/>.</param>
    /// <param name="seed">Any value.</param>
    /// <exception cref="ArgumentException">An argument is null, a class is null, or a fraction is out of range.</exception>
    public static SplitParts<TItem> Stratified<TItem, TClass>(IReadOnlyList<TItem> items, Func<TItem, TClass> classOf, double validation, double test = 0, ulong seed = 0)
        where TClass : notnull
    {
        CheckFractions(items, validation, test);
        (int[] classes, int count) = Number(items, classOf, nameof(classOf));
        var random = new FastRandom(seed);
        var parts = new Part[items.Count];
        ILookup<int, int> members = Enumerable.Range(0, items.Count).ToLookup(i => classes[i]);
        for (int c = 0; c < count; c++)
        {
            int[] indices = [.. members[c]];
            Part[] assigned = OfOneClass(indices.Length, validation, test, random);
            for (int k = 0; k < indices.Length; k++) parts[indices[k]] = assigned[k];
        }

        return Collect(items, parts);
    }

    /// <summary>Takes the first items for training, those after them for validation, and the last for the test: for data in order of time.</summary>
    /// <param name="items">The data, earliest first.</param>
    /// <param name="validation">The fraction of the validation data, 0 to 1.</param>
    /// <param name="test">The fraction of the test data, 0 to 1 - <paramref name="validation"/>.</param>
    /// <param name="gap">
    /// Items left out between a part and the next, at the end of the earlier one, so that windows of the later do not overlap it: 0 or more.
    /// </param>
    /// <exception cref="ArgumentException">The items are null, a fraction is out of range, or a gap leaves nothing of a part.</exception>
    public static SplitParts<TItem> InOrder<TItem>(IReadOnlyList<TItem> items, double validation, double test = 0, int gap = 0)
    {
        CheckFractions(items, validation, test);
        Check.NotNegative(gap);
        (int trains, int validations, int tests) = Counts(items.Count, validation, test);
        var parts = new Part[items.Count];
        parts.AsSpan(trains, validations).Fill(Part.Validation);
        parts.AsSpan(trains + validations, tests).Fill(Part.Test);
        if (validations > 0) LeaveGap(parts.AsSpan(0, trains));
        if (tests > 0) LeaveGap(validations > 0 ? parts.AsSpan(trains, validations) : parts.AsSpan(0, trains));
        return Collect(items, parts);

        void LeaveGap(Span<Part> part)
        {
            if (part.IsEmpty) return;
            if (gap >= part.Length) throw Check.Shape(nameof(gap), $"fewer items than the {part.Length} of the part before it", $"{gap}");
            part[^gap..].Fill(Part.None);
        }
    }

    private static void CheckFractions<TItem>(IReadOnlyList<TItem> items, double validation, double test)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (!(validation is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(validation), validation, $"Expected a fraction of 0 to 1, got {validation}.");
        if (!(test >= 0 && test + validation <= 1)) throw new ArgumentOutOfRangeException(nameof(test), test, $"Expected a fraction of 0 to {1 - validation}, got {test}.");
    }

    /// <summary>Sizes of the parts. Validation and test together are rounded first, so that training data are never short by two roundings.</summary>
    private static (int Train, int Validation, int Test) Counts(int count, double validation, double test)
    {
        int held = Math.Min(count, (int)Math.Round(count * (validation + test), MidpointRounding.AwayFromZero));
        int validations = Math.Min(held, (int)Math.Round(count * validation, MidpointRounding.AwayFromZero));
        if (test == 0) validations = held;
        return (count - held, validations, held - validations);
    }

    private static Part[] OfOneClass(int count, double validation, double test, FastRandom random)
    {
        (int trains, int validations, _) = Counts(count, validation, test);
        var order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        EpochOrder.Shuffle(order, random);
        var parts = new Part[count];
        for (int i = 0; i < count; i++) parts[order[i]] = i < trains ? Part.Train : i < trains + validations ? Part.Validation : Part.Test;
        return parts;
    }

    /// <summary>Numbers groups or classes in the order in which they first occur.</summary>
    private static (int[] Numbers, int Count) Number<TItem, TKey>(IReadOnlyList<TItem> items, Func<TItem, TKey> keyOf, string name)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(keyOf, name);
        var known = new Dictionary<TKey, int>();
        var numbers = new int[items.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            TKey key = keyOf(items[i]) ?? throw new ArgumentException($"The function returned null for item {i}.", name);
            if (!known.TryGetValue(key, out numbers[i])) known.Add(key, numbers[i] = known.Count);
        }

        return (numbers, known.Count);
    }

    private static SplitParts<TItem> Collect<TItem>(IReadOnlyList<TItem> items, Part[] parts)
    {
        return new SplitParts<TItem>(Take(Part.Train), Take(Part.Validation), Take(Part.Test));

        TItem[] Take(Part part) => [.. Enumerable.Range(0, parts.Length).Where(i => parts[i] == part).Select(i => items[i])];
    }
}
