using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// How model files store one kind of layer. To save, load and convert a layer of your own, derive a format from this class together
/// with a <see cref="LayerDescription"/>, and add it to the formats that you pass in <see cref="ModelFileOptions.Formats"/>:
/// <c>LayerFormats.BuiltIn.Add(new MyFormat())</c>. A format holds no state, so threads can share it.
/// </summary>
public abstract class LayerFormat
{
    private const int MaxKindLength = 60;

    /// <summary>Sets the name of the kind.</summary>
    /// <param name="kind">The name of the kind in files: 1 to 60 ASCII letters, digits, hyphens, dots and underscores.</param>
    /// <exception cref="ArgumentException">The name is null, empty, too long or has other characters.</exception>
    protected LayerFormat(string kind)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(kind);
        if (kind.Length > MaxKindLength || !kind.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_'))
            throw Check.Shape(nameof(kind), $"1 to {MaxKindLength} ASCII letters, digits, hyphens, dots and underscores", ErrorText.Quote(kind));
        Kind = kind;
    }

    /// <summary>The name of the kind in files.</summary>
    public string Kind { get; }

    /// <summary>Describes a layer of this kind. Returns null if the layer is of another kind, including a subclass.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="layer">Any layer.</param>
    /// <param name="describer">Describes the layer's parts and finds shared parameters.</param>
    protected internal abstract LayerDescription? Describe<T>(ILayer<T> layer, LayerDescriber<T> describer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>
    /// Reads what <see cref="LayerDescription.Write"/> wrote. The file may be untrusted, so validate every value.
    /// </summary>
    /// <param name="fields">The fields of one layer. A field that this method does not read makes the file invalid.</param>
    /// <exception cref="InvalidDataException">A field is missing or out of range; see <see cref="LayerFields.Invalid"/>.</exception>
    protected internal abstract LayerDescription Read(LayerFields fields);
}
