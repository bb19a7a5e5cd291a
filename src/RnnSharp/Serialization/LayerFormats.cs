using System.Collections.Frozen;
using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>The kinds of layers that model files can hold. Immutable, so threads can share it.</summary>
public sealed partial class LayerFormats
{
    private readonly LayerFormat[] _formats;
    private readonly FrozenDictionary<string, LayerFormat> _byKind;

    private LayerFormats(LayerFormat[] formats)
    {
        _formats = formats;
        _byKind = formats.ToFrozenDictionary(format => format.Kind, StringComparer.Ordinal);
    }

    /// <summary>The names of the kinds, in the order in which they were added.</summary>
    public IReadOnlyList<string> Kinds => field ??= Array.ConvertAll(_formats, format => format.Kind);

    /// <summary>Returns these formats with others added. This object does not change.</summary>
    /// <param name="formats">Formats of kinds that are not included yet.</param>
    /// <exception cref="ArgumentException">A format is null, or its kind is already included.</exception>
    public LayerFormats Add(params LayerFormat[] formats)
    {
        ArgumentNullException.ThrowIfNull(formats);
        var kinds = new HashSet<string>(_byKind.Keys, StringComparer.Ordinal);
        foreach (LayerFormat format in formats)
        {
            ArgumentNullException.ThrowIfNull(format, nameof(formats));
            if (!kinds.Add(format.Kind)) throw Check.Shape(nameof(formats), "kinds that have no format yet", $"another format of the kind {ErrorText.Quote(format.Kind)}");
        }

        return new LayerFormats([.. _formats, .. formats]);
    }

    internal LayerFormat? OfKind(ReadOnlySpan<char> kind) => _byKind.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(kind, out LayerFormat? format) ? format : null;

    /// <summary>Describes a layer by the format that supports it; null if none does.</summary>
    internal LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (LayerFormat format in _formats)
        {
            if (format.Describe(layer, describer) is not { } description) continue;
            description.Kind = format.Kind;
            return description;
        }

        return null;
    }
}
