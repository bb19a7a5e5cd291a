using System.Numerics;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>The context in which a <see cref="LayerFormat"/> describes a layer: its position in a model.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LayerDescriber<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LayerFormats _formats;
    private readonly Dictionary<Parameter<T>, string> _names;
    private readonly ILayer<T> _layer;
    private readonly string _prefix;
    private readonly int _depth;

    private LayerDescriber(LayerFormats formats, Dictionary<Parameter<T>, string> names, ILayer<T> layer, string prefix, int depth)
    {
        _formats = formats;
        _names = names;
        _layer = layer;
        _prefix = prefix;
        _depth = depth;
    }

    /// <summary>Describes the layer's parts, in the order of <see cref="ILayer{T}.Parts"/>.</summary>
    /// <exception cref="ArgumentException">No format supports a part, or layers are nested too deeply.</exception>
    public IReadOnlyList<PartDescription> Parts()
    {
        IReadOnlyList<LayerPart<T>> parts = _layer.Parts;
        var descriptions = new PartDescription[parts.Count];
        for (int i = 0; i < descriptions.Length; i++)
        {
            (string name, ILayer<T> layer) = (parts[i].Name, parts[i].Layer);
            descriptions[i] = new PartDescription(name, Describe(_formats, _names, layer, name.Length == 0 ? _prefix : $"{_prefix}{name}.", _depth + 1));
        }

        return descriptions;
    }

    /// <summary>The name in the whole model of a parameter that the layer shares with an earlier layer; null for a parameter of its own.</summary>
    /// <param name="parameter">A parameter of the layer.</param>
    /// <param name="name">Its name within the layer.</param>
    /// <exception cref="ArgumentException">The parameter does not belong to the model.</exception>
    public string? TiedName(Parameter<T> parameter, string name)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        ArgumentNullException.ThrowIfNull(name);
        if (!_names.TryGetValue(parameter, out string? first)) throw new ArgumentException($"Expected a parameter of the model, got another one called {ErrorText.Quote(parameter.Name)}.", nameof(parameter));
        return string.Equals(first, _prefix + name, StringComparison.Ordinal) ? null : first;
    }

    /// <summary>Describes a whole model.</summary>
    /// <exception cref="ArgumentException">No format supports a layer, or layers are nested too deeply.</exception>
    internal static LayerDescription Describe(LayerFormats formats, ILayer<T> model)
    {
        var names = new Dictionary<Parameter<T>, string>();
        for (int i = 0; i < model.Parameters.Count; i++) names.TryAdd(model.Parameters[i], model.ParameterNames[i]);
        return Describe(formats, names, model, "", depth: 1);
    }

    private static LayerDescription Describe(LayerFormats formats, Dictionary<Parameter<T>, string> names, ILayer<T> layer, string prefix, int depth)
    {
        if (depth > ModelLimits.DeepestNesting) throw Check.Shape("model", $"at most {ModelLimits.DeepestNesting} layers inside one another", "more");
        return formats.Describe(layer, new LayerDescriber<T>(formats, names, layer, prefix, depth))
            ?? throw Check.Shape("model", $"layers of the kinds {string.Join(", ", formats.Kinds)} (more can be added to the formats)", $"a {layer.GetType().Name}");
    }
}
