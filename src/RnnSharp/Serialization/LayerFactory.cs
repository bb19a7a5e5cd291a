using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>The context in which a <see cref="LayerDescription"/> creates a layer: its position in a model.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LayerFactory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The parameters created so far, by name in the model.
    private readonly Dictionary<string, Parameter<T>> _parameters;
    private readonly LayerDescription _description;
    private readonly string _prefix;

    // Parts that exist already.
    private readonly IReadOnlyList<ILayer<T>>? _parts;

    private LayerFactory(Dictionary<string, Parameter<T>> parameters, LayerDescription description, string prefix, IReadOnlyList<ILayer<T>>? parts = null)
    {
        _parts = parts;
        _parameters = parameters;
        _description = description;
        _prefix = prefix;
    }

    /// <summary>Creates the layer's parts, in their order.</summary>
    public IReadOnlyList<ILayer<T>> Parts()
    {
        if (_parts is not null) return _parts;
        var layers = new ILayer<T>[_description.Parts.Count];
        for (int i = 0; i < layers.Length; i++)
        {
            PartDescription part = _description.Parts[i];
            layers[i] = Create(_parameters, part.Layer, _prefix + part.ParameterPrefix);
        }

        return layers;
    }

    /// <summary>The parameter that the layer shares with an earlier layer.</summary>
    /// <param name="name">The <see cref="TensorLayout.TiedTo"/> of one of the layer's tensors.</param>
    /// <exception cref="ArgumentException">No earlier layer has a parameter of that name.</exception>
    public Parameter<T> Tied(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _parameters.TryGetValue(name, out Parameter<T>? parameter)
            ? parameter
            : throw new ArgumentException($"Expected the name of a parameter of an earlier layer, got {ErrorText.Quote(name)}.", nameof(name));
    }

    /// <summary>Creates a whole model.</summary>
    internal static ILayer<T> Create(LayerDescription model) => Create(new Dictionary<string, Parameter<T>>(StringComparer.Ordinal), model, "");

    /// <summary>Creates a composite layer of other parts than its description creates, of the same sizes.</summary>
    internal static ILayer<T> Join(LayerDescription description, IReadOnlyList<ILayer<T>> parts) =>
        description.Create(new LayerFactory<T>(new Dictionary<string, Parameter<T>>(StringComparer.Ordinal), description, "", parts));

    private static ILayer<T> Create(Dictionary<string, Parameter<T>> parameters, LayerDescription description, string prefix)
    {
        // A layer of another package may hold weights that no file has.
        ILayer<T> layer = Initializers.WithoutValues(() => description.Create(new LayerFactory<T>(parameters, description, prefix)), LayerFormats.BuiltIn.OfKind(description.Kind) is not null);
        if (layer.InputSize != description.InputSize || layer.OutputSize != description.OutputSize)
            throw new InvalidOperationException($"The format of the kind {description.Kind} created a layer of {layer.InputSize} inputs and {layer.OutputSize} outputs, but described one of {description.InputSize} inputs and {description.OutputSize} outputs.");
        for (int i = 0; i < layer.Parameters.Count; i++) parameters.TryAdd(prefix + layer.ParameterNames[i], layer.Parameters[i]);
        return layer;
    }
}
