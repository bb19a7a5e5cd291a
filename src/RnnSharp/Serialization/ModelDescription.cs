using System.Buffers;
using System.Numerics;
using System.Text.Json;

namespace RnnSharp.Serialization;

/// <summary>The description of a whole model: its layers, its tensors, and their text in a file.</summary>
internal sealed class ModelDescription
{
    private const int FormatVersion = 2;

    private readonly LayerDescription _model;

    // Includes those that layers share.
    private readonly TensorLayout[] _tensors;

    private ModelDescription(LayerDescription model)
    {
        _model = model;
        _tensors = [.. AllTensors(model, "", "", "")];
    }

    /// <summary>Describes a model.</summary>
    /// <exception cref="ArgumentException">No format supports one of its layers.</exception>
    public static ModelDescription Of<T>(ILayer<T> model, LayerFormats formats)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(LayerDescriber<T>.Describe(formats, model));

    /// <summary>Reads a description from a file.</summary>
    /// <exception cref="InvalidDataException">It is not valid, of another version, or exceeds the limits.</exception>
    public static ModelDescription Read(ReadOnlyMemory<byte> utf8, LayerFormats formats, ModelLimits limits)
    {
        var text = new DescriptionText(utf8, formats, limits);
        text.Next(JsonTokenType.StartObject, "the description");
        text.Property("format");
        DescriptionText.Token version = text.Next(JsonTokenType.Number, "format");
        if (text.Whole(version) != FormatVersion) throw DescriptionText.Invalid(null, $"format version {text.Quote(version)}; this version of RnnSharp reads {FormatVersion}.");
        text.Property("model");
        text.Next(JsonTokenType.StartObject, "model");
        var description = new ModelDescription(LayerFields.ReadModel(text));
        text.Next(JsonTokenType.EndObject, "the description");
        text.End();
        description.RequireTies();
        description.RequireRepetitions(limits);
        return description;
    }

    /// <summary>The text for a file.</summary>
    public ReadOnlyMemory<byte> Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format", FormatVersion);
            writer.WritePropertyName("model");
            LayerFields.Write(writer, _model);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The tensors of the file, in its order. A parameter that several layers share is listed once.</summary>
    public IEnumerable<TensorLayout> Tensors() => _tensors.Where(tensor => tensor.TiedTo is null);

    /// <summary>The tensors of every layer. A parameter that several layers share is listed for each of them.</summary>
    public IEnumerable<TensorLayout> TensorsOfEachLayer() => _tensors.Select(tensor => tensor.TiedTo is { } first ? new TensorLayout(tensor.Name, tensor.Shape.Span[0], tensor.Shape.Span[1], first) : tensor);

    /// <summary>Creates the model, with arbitrary parameter values.</summary>
    public ILayer<T> Create<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LayerFactory<T>.Create(_model);

    /// <summary>Creates the model of a file, whose description may not be that of a valid layer.</summary>
    /// <exception cref="InvalidDataException">A layer's constructor throws.</exception>
    public ILayer<T> CreateLoaded<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            return Create<T>();
        }
        catch (ArgumentException exception)
        {
            throw DescriptionText.Invalid(null, $"the model cannot be created: {exception.Message}", exception);
        }
    }

    private static IEnumerable<TensorLayout> AllTensors(LayerDescription layer, string parameterPrefix, string tensorPrefix, string tensorSuffix)
    {
        foreach (TensorLayout tensor in layer.Tensors()) yield return tensor.Within(parameterPrefix, tensorPrefix, tensorSuffix);
        foreach (PartDescription part in layer.Parts)
        {
            foreach (TensorLayout tensor in AllTensors(part.Layer, parameterPrefix + part.ParameterPrefix, tensorPrefix + (part.TensorPrefix ?? part.ParameterPrefix), part.TensorSuffix + tensorSuffix)) yield return tensor;
        }
    }

    /// <summary>Throws unless each shared parameter is a matrix of an earlier layer with the right shape.</summary>
    private void RequireTies()
    {
        if (!Array.Exists(_tensors, tensor => tensor.TiedTo is not null)) return;
        var matrices = new Dictionary<string, ReadOnlyMemory<long>>(StringComparer.Ordinal);
        foreach (TensorLayout tensor in _tensors)
        {
            if (tensor.TiedTo is null)
            {
                if (tensor.IsWholeMatrix) matrices.TryAdd(tensor.Blocks[0].Parameter, tensor.Shape);
                continue;
            }

            string tie = $"{ErrorText.Quote(tensor.Name)} is tied to {ErrorText.Quote(tensor.TiedTo)}";
            if (!matrices.TryGetValue(tensor.TiedTo, out ReadOnlyMemory<long> shape)) throw DescriptionText.Invalid(null, $"{tie}, which is not a matrix of a layer before it.");
            if (!shape.Span.SequenceEqual(tensor.Shape.Span)) throw DescriptionText.Invalid(null, $"{tie} of shape {ErrorText.Shape(shape.Span)}, expected {ErrorText.Shape(tensor.Shape.Span)}.");
        }
    }

    private void RequireRepetitions(ModelLimits limits)
    {
        long steps = RepeatedSteps(_model);
        if (steps > limits.RepeatedSteps) throw DescriptionText.Invalid(null, $"expected at most {limits.RepeatedSteps} repeated steps (ModelLimits.RepeatedSteps), got {steps}.");
    }

    /// <summary>How often the parts of repeating layers run for one step; saturates.</summary>
    private static long RepeatedSteps(LayerDescription layer)
    {
        Int128 inner = 0;
        foreach (PartDescription part in layer.Parts) inner += RepeatedSteps(part.Layer);
        return layer.Repetitions == 1 ? long.CreateSaturating(inner) : long.CreateSaturating(layer.Repetitions * (inner + 1));
    }
}
