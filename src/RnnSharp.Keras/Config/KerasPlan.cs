using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using RnnSharp.Layers;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>A whole Keras model as the library understands it: nothing is created before all of it has been checked.</summary>
internal sealed class KerasPlan
{
    // What layers without weights may take besides what the file holds.
    private const long FreeElements = 1 << 12;

    private KerasPlan(string name, List<KerasLayer> layers, KerasActivation finalActivation, bool isReversed)
    {
        Name = name;
        Layers = layers;
        FinalActivation = finalActivation;
        IsReversed = isReversed;
        WeightsOfLayers = layers.ConvertAll(layer => layer.Weights());
        Weights = [.. WeightsOfLayers.SelectMany(weights => weights)];
    }

    public string Name { get; }

    public IReadOnlyList<KerasLayer> Layers { get; }

    /// <summary>The weights of each layer.</summary>
    public IReadOnlyList<IReadOnlyList<KerasWeight>> WeightsOfLayers { get; }

    /// <summary>The weights of all layers, in the order of Keras's get_weights.</summary>
    public IReadOnlyList<KerasWeight> Weights { get; }

    public KerasActivation FinalActivation { get; }

    /// <summary>Whether Keras returns the steps in the reverse order of the library's.</summary>
    public bool IsReversed { get; }

    /// <summary>Whether a layer starts a batch with the state in which the one before it ended.</summary>
    public bool IsStateful => Layers.Any(layer => layer.IsStateful);

    /// <summary>Reads the configuration of a model.</summary>
    /// <exception cref="InvalidDataException">It is invalid, or has a layer or option that is not supported.</exception>
    public static KerasPlan Read(KerasJson model, KerasVersion version, KerasLoadOptions options)
    {
        KerasJson? own = model.Get("config") is { Kind: JsonTokenType.StartObject } config ? config : null;
        string name = own?.FindSet("name")?.Text() ?? "";
        bool isTrainable = own?.FindSet("trainable")?.Boolean() ?? true;
        var layers = new List<KerasLayer>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        KerasShape? shape = null;
        KerasLayer? active = null;
        bool isReversed = false;
        int count = 0;
        foreach (KerasNode node in KerasGraph.Read(model, options.Limits))
        {
            var fields = new KerasFields(node.Name, node.ClassName, node.Config, version, isTrainable);
            if (!names.Add(node.Name)) throw fields.Refused("has the name of another layer");
            shape ??= KerasInput.Shape(fields, node.Built);
            if (node.ClassName is KerasInput.ClassName) continue;
            if (node.ClassName is KerasInput.Masking)
            {
                RequireMasks(options, fields);
                continue;
            }

            KerasKind kind = KerasKinds.Find(node.ClassName) ?? throw fields.Refused("is of a class that is not supported");
            if (active is not null)
            {
                // Within the model, the function of the layer before is a layer of its own.
                Activation function = KerasActivations.InLibrary(active.Activation) ?? throw fields.Refused($"follows {ErrorText.Quote(active.Name)}, whose activation {KerasActivations.NameOf(active.Activation)} is only supported at the end of a model");
                layers.Add(new InnerActivation($"{active.Name}'s activation", shape!.Value, function));
                count++;
                active = null;
            }

            KerasLayer layer = kind.Read(fields, Entering(shape, kind, fields, isFirst: count == 0));
            fields.RequireRead();
            if (layer is KerasEmbedding { PaddingToken: not null }) RequireMasks(options, fields);
            layer.Place(count, isReversed);
            isReversed = layer.IsReversedAfter(isReversed);
            count += layer.Layers;
            shape = layer.Output;
            if (layer.Activation != KerasActivation.Linear) active = layer;
            layers.Add(layer);
        }

        return count > 0 ? new KerasPlan(name, layers, active?.Activation ?? KerasActivation.Linear, isReversed) : throw new InvalidDataException("The model has no layers.");
    }

    /// <summary>A plan of layers that were described from a model.</summary>
    public static KerasPlan Of(string name, List<KerasLayer> layers, bool isReversed) => new(name, layers, KerasActivation.Linear, isReversed);

    /// <summary>Throws if the parameters would take more than the limit, or more than the weights of the file justify.</summary>
    public void RequireSize<T>(ModelLimits limits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Int128 held = 0, unheld = 0;
        foreach (KerasWeight weight in Weights)
        {
            Int128 count = (Int128)weight.Rows * weight.Columns;
            held += count;
            if (count > Array.MaxLength) throw new InvalidDataException($"The {weight} has {count} elements: expected at most {Array.MaxLength}.");
        }

        foreach (KerasLayer layer in Layers) unheld += layer.UnheldElements;
        if (unheld > held + FreeElements) throw new InvalidDataException($"The model has {unheld} elements that no weight holds: expected at most as many as the weights have, {held}.");
        Int128 bytes = (held + unheld) * Unsafe.SizeOf<T>();
        if (bytes > limits.ParameterBytes) throw new InvalidDataException($"The model's parameters take {bytes} bytes: expected at most {limits.ParameterBytes} (ModelLimits.ParameterBytes).");
    }

    /// <summary>Creates the model.</summary>
    public LayerStack<T> Create<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var created = new List<ILayer<T>>();
        for (int i = 0; i < Layers.Count; i++) created.AddRange(Layers[i].Create<T>(seed: i + 1));
        return new LayerStack<T>(created);
    }

    private static KerasShape Entering(KerasShape? shape, KerasKind kind, KerasFields fields, bool isFirst)
    {
        bool takesTokens = kind is EmbeddingKind;
        if (takesTokens && !isFirst) throw fields.Refused("is not the first layer, so that numbers enter it instead of tokens");
        if (takesTokens) return shape ?? default;
        if (shape is null) throw fields.Refused("is the first layer, but the configuration does not state the shape of the input");
        return shape.Value.Features > 0 ? shape.Value : throw fields.Refused("has an input whose number of features is not fixed");
    }

    private static void RequireMasks(KerasLoadOptions options, KerasFields fields)
    {
        if (!options.MasksAreLengths) throw fields.Refused($"masks steps. Set {nameof(KerasLoadOptions)}.{nameof(KerasLoadOptions.MasksAreLengths)} if only the ends of sequences are padded, and give each its length");
    }
}
