using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;

namespace RnnSharp.Keras;

/// <summary>Writes a model as model.json and a file of weights. Everything is checked when it is created.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class TensorFlowJsWriter<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkElements = 1 << 11;

    private readonly KerasPlan _plan;
    private readonly Dictionary<string, Parameter<T>> _parameters;
    private readonly TensorFlowJsSaveOptions _options;
    private readonly string _weightsName;
    private readonly KerasShape _input;

    private TensorFlowJsWriter(ILayer<T> model, KerasPlan plan, TensorFlowJsSaveOptions options, string weightsName)
    {
        _plan = plan;
        _parameters = WeightSource.ParametersOf(model);
        _options = options;
        _weightsName = weightsName;
        _input = new KerasShape(model.InputSize, plan.Layers[0] is not KerasEmbedding);
    }

    /// <summary>Describes a model.</summary>
    /// <exception cref="ArgumentException">TensorFlow.js has no such layer or option, or a parameter is not finite or out of float's range.</exception>
    public static TensorFlowJsWriter<T> Create(ILayer<T> model, TensorFlowJsSaveOptions options, string weightsName)
    {
        KerasPlan plan = ModelDescriber<T>.Describe(model, options.Name);
        foreach (KerasLayer layer in plan.Layers)
        {
            if (layer.TensorFlowJsFault is { } fault) throw new ArgumentException($"TensorFlow.js has no {layer.ClassName} like the layer {layer.Prefix.TrimEnd('.')}, which has {fault}.", nameof(model));
        }

        if (plan.IsReversed) throw new ArgumentException("TensorFlow.js has no layer that reverses time, which the last layer that runs backward would need after it.", nameof(model));
        var writer = new TensorFlowJsWriter<T>(model, plan, options, weightsName);
        writer.WriteWeights(Stream.Null);
        return writer;
    }

    public void WriteWeights(Stream stream)
    {
        var values = new T[ChunkElements];
        Span<byte> bytes = stackalloc byte[ChunkElements * sizeof(float)];
        foreach (KerasWeight weight in _plan.Weights)
        {
            for (long first = 0; first < weight.Count; first += ChunkElements)
            {
                Span<T> chunk = values.AsSpan(0, (int)Math.Min(weight.Count - first, ChunkElements));
                WeightSource.Gather(weight, _parameters, first, chunk);
                for (int i = 0; i < chunk.Length; i++)
                {
                    float value = float.CreateTruncating(chunk[i]);
                    if (!float.IsFinite(value)) throw Refusal.OfModel($"Expected numbers within float's range, got {chunk[i]} in element {first + i} of {weight}.");
                    BinaryPrimitives.WriteSingleLittleEndian(bytes[(i * sizeof(float))..], value);
                }

                stream.Write(bytes[..(chunk.Length * sizeof(float))]);
            }
        }
    }

    public void WriteModel(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteString("format", "layers-model");
        writer.WriteString("generatedBy", "RnnSharp");
        writer.WriteNull("convertedBy");
        writer.WriteStartObject("modelTopology");
        writer.WriteString("class_name", "Sequential");
        writer.WriteStartObject("config");
        writer.WriteString("name", _options.Name);
        writer.WriteStartArray("layers");
        WriteLayers(writer);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteString("keras_version", "tfjs-layers 4.22.0");
        writer.WriteString("backend", "tensor_flow.js");
        writer.WriteEndObject();
        writer.WriteStartArray("weightsManifest");
        writer.WriteStartObject();
        writer.WriteStartArray("paths");
        writer.WriteStringValue(_weightsName);
        writer.WriteEndArray();
        writer.WriteStartArray("weights");
        foreach (KerasWeight weight in _plan.Weights) WriteWeight(writer, weight);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteLayers(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("class_name", KerasInput.ClassName);
        writer.WriteStartObject("config");
        writer.WriteStartArray("batch_input_shape");
        writer.WriteNullValue();
        writer.WriteNullValue();
        if (_input.IsSequence) writer.WriteNumberValue(_input.Features);
        writer.WriteEndArray();
        writer.WriteString("dtype", _input.IsSequence ? "float32" : "int32");
        writer.WriteBoolean("sparse", false);
        writer.WriteString("name", "input");
        writer.WriteEndObject();
        writer.WriteEndObject();
        foreach (KerasLayer layer in _plan.Layers)
        {
            WriteLayer(writer, layer.ClassName, layer.Name, layer.IsTrainable, layer.WriteConfig);
        }

        if (_options.FinalActivation != KerasActivation.Linear)
            WriteLayer(writer, "Activation", "activation", isTrainable: true, config => config.WriteString("activation", KerasActivations.NameOf(_options.FinalActivation)));
    }

    private static void WriteLayer(Utf8JsonWriter writer, string className, string name, bool isTrainable, Action<Utf8JsonWriter> writeConfig)
    {
        writer.WriteStartObject();
        writer.WriteString("class_name", className);
        writer.WriteStartObject("config");
        writer.WriteString("name", name);
        writer.WriteBoolean("trainable", isTrainable);
        writeConfig(writer);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>A tensor of the manifest, with the name that TensorFlow.js gives to the weight.</summary>
    private static void WriteWeight(Utf8JsonWriter writer, KerasWeight weight)
    {
        writer.WriteStartObject();
        writer.WriteString("name", weight.Part.Length == 0 ? $"{weight.Layer}/{weight.Name}" : $"{weight.Layer}/{weight.Part}_{weight.Cell}/{weight.Name}");
        writer.WriteStartArray("shape");
        foreach (long size in weight.Shape) writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteString("dtype", "float32");
        writer.WriteEndObject();
    }
}
