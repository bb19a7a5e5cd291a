using System.Globalization;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>Maps for <see cref="ModelLoadIntoOptions.Names"/>, from the names of a file to those of a model. Any other function works as well.</summary>
public static partial class NameMap
{
    /// <summary>
    /// Maps the numbered layers of a PyTorch LSTM, GRU or RNN to layers of a stack: with the prefix "lstm.", lstm.weight_ih_l1 becomes
    /// 1.weight_ih_l0, and lstm.weight_ih_l1_reverse becomes 1.weight_ih_l0_reverse. Other names are unchanged.
    /// </summary>
    /// <param name="prefix">The name of the module and a dot; empty if the file contains only the module.</param>
    /// <param name="layers">The prefix of each layer in the model, if that is not "0.", "1." and so on: "0." and "2." if there is a dropout layer between two layers.</param>
    /// <exception cref="ArgumentException">An argument is null.</exception>
    public static Func<string, string?> PyTorchLayers(string prefix, params string[] layers)
    {
        const string Reverse = "_reverse";
        ArgumentNullException.ThrowIfNull(prefix);
        string[] targets = Copied(layers, nameof(layers));
        return name =>
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal)) return name;
            string suffix = name.EndsWith(Reverse, StringComparison.Ordinal) ? Reverse : "";
            ReadOnlySpan<char> rest = name.AsSpan(prefix.Length..^suffix.Length);
            int at = rest.LastIndexOf("_l");
            if (at <= 0 || rest[..at].Contains('.') || !int.TryParse(rest[(at + 2)..], NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return name;
            if (targets.Length > 0 && number >= targets.Length) return name;
            string target = targets.Length > 0 ? targets[number] : $"{number}.";
            return $"{target}{rest[..at]}_l0{suffix}";
        };
    }

    /// <summary>Replaces a prefix of names by another one. Other names are unchanged.</summary>
    /// <param name="from">The prefix in the file, such as "fc.".</param>
    /// <param name="to">The prefix in the model, such as "2.".</param>
    /// <exception cref="ArgumentException">An argument is null.</exception>
    public static Func<string, string?> Prefix(string from, string to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        return name => name.StartsWith(from, StringComparison.Ordinal) ? $"{to}{name.AsSpan(from.Length)}" : name;
    }

    /// <summary>Maps the keys of a dictionary to its values; null skips a tensor. Other names are unchanged.</summary>
    /// <param name="names">Names in the model by names in the file. The dictionary is copied.</param>
    /// <exception cref="ArgumentException">The dictionary is null.</exception>
    public static Func<string, string?> Of(IReadOnlyDictionary<string, string?> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        Dictionary<string, string?> copy = names.ToDictionary(StringComparer.Ordinal);
        return name => copy.TryGetValue(name, out string? target) ? target : name;
    }

    /// <summary>Applies maps in order, each to the result of the previous one.</summary>
    /// <param name="maps">One or more maps.</param>
    /// <exception cref="ArgumentException">There is no map, or one is null.</exception>
    public static Func<string, string?> InTurn(params Func<string, string?>[] maps)
    {
        Func<string, string?>[] copy = Copied(maps, nameof(maps));
        if (copy.Length == 0) throw Check.Shape(nameof(maps), "at least one map", "none");
        return name =>
        {
            string? mapped = name;
            for (int i = 0; i < copy.Length && mapped is not null; i++) mapped = copy[i](mapped);
            return mapped;
        };
    }

    private static TItem[] Copied<TItem>(TItem[] items, string name)
        where TItem : class
    {
        ArgumentNullException.ThrowIfNull(items, name);
        TItem[] copy = [.. items];
        foreach (TItem item in copy) ArgumentNullException.ThrowIfNull(item, name);
        return copy;
    }
}
