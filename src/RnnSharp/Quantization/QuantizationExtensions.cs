using RnnSharp.Layers;
using RnnSharp.Numerics;
using RnnSharp.Recurrent;
using RnnSharp.Serialization;

namespace RnnSharp.Quantization;

/// <summary>Quantizes trained models.</summary>
public static class QuantizationExtensions
{
    /// <summary>
    /// Creates a model of the same shape whose weights take 8 or 16 bits each, with the rows padded to whole vectors, for inference: Predict,
    /// Step, steppers and text generation. The containers of the model are kept, and states can be exchanged with it; Forward throws
    /// <see cref="InvalidOperationException"/>. The new model shares nothing with this one.
    /// <para>LSTM, GRU, plain recurrent, dense and embedding layers are quantized; biases, peepholes and layers without weight matrices stay
    /// float. 8-bit weights have a scale per row, the largest magnitude divided by 127, and the inputs of their products are rounded to
    /// integers of 13 bits with a scale per example and step. Layers that share weights get a copy each. A quantized layer has no parameters, so
    /// that a summary counts none for it: <see cref="QuantizationReport.QuantizedBytes"/> tells what its weights take.</para>
    /// <para>The results are the same bits in a batch or alone and for any number of threads. Those of quantized layers are also the same at
    /// every vector width; layers that stay float can differ in the last bits.</para>
    /// </summary>
    /// <param name="model">A trained model. Layer normalization inside a recurrent layer and the reset gate before a GRU's product are not supported.</param>
    /// <param name="options">The type of the weights, and layers to keep in float; 8-bit integers for all when null.</param>
    /// <exception cref="ArgumentException">
    /// The model is null; it has a layer of a kind or with an option that is not supported, one that is already quantized, or a layer with
    /// parts that has parameters of its own; or a weight is out of the type's range, or a number of a quantized layer is not finite.
    /// </exception>
    public static ILayer<float> Quantize(this ILayer<float> model, QuantizationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= QuantizationOptions.Default;
        LayerDescription description = LayerDescriber<float>.Describe(options.Formats, model);
        var kept = new HashSet<ILayer<float>>(ReferenceEqualityComparer.Instance);
        RequireSupported(model, "the model", options, kept);
        return Convert(model, description, options, kept);
    }

    /// <summary>Refuses layers that cannot be quantized, and collects those to keep in float.</summary>
    private static void RequireSupported(ILayer<float> layer, string path, QuantizationOptions options, HashSet<ILayer<float>> kept)
    {
        if (options.Keep?.Invoke(layer) == true || HasNoMatrices(layer))
        {
            kept.Add(layer);
            return;
        }

        if (Fault(layer) is { } fault) throw Check.Shape("model", $"{fault.Expected}, or kept in float", $"{LayerReport<float>.Describe(layer)} as {path}{fault.Actual}");
        foreach (LayerPart<float> part in layer.Parts) RequireSupported(part.Layer, part.Name.Length == 0 ? path : $"{path}'s part {part.Name}", options, kept);
    }

    /// <summary>Whether a layer without parts stays float. The matrices of the kinds that are quantized may have a single column.</summary>
    private static bool HasNoMatrices(ILayer<float> layer) =>
        layer is not (QuantizedLayer or DenseLayer<float> or EmbeddingLayer<float> or RecurrentLayer<float>) && layer.Parts.Count == 0 && layer.Parameters.All(parameter => parameter.Columns == 1);

    private static (string Expected, string Actual)? Fault(ILayer<float> layer) => layer switch
    {
        QuantizedLayer => ("a model that is not quantized", ""),
        DenseLayer<float> or EmbeddingLayer<float> => null,
        LstmLayer<float> or GruLayer<float> or RnnLayer<float> => ((RecurrentLayer<float>)layer).Options switch
        {
            { LayerNormalization: true } => ("recurrent layers without LayerNormalization", ""),
            GruOptions { ResetBefore: true } => ("GRU layers without ResetBefore", ""),
            _ => null,
        },
        { Parts.Count: > 0 } => OwnParameter(layer) is { } name ? ("layers whose parameters all belong to their parts", $", whose parameter {name} does not") : null,
        _ => ("LSTM, GRU, plain recurrent, dense and embedding layers, and layers without weight matrices", ""),
    };

    /// <summary>The name of a composite layer's parameter that no part has, so that joining the quantized parts would lose its values; null if there is none.</summary>
    private static string? OwnParameter(ILayer<float> layer)
    {
        HashSet<Parameter<float>> inner = [.. layer.Parts.SelectMany(part => part.Layer.Parameters)];
        return layer.ParameterNames.Where((_, i) => !inner.Contains(layer.Parameters[i])).FirstOrDefault();
    }

    /// <summary>Quantizes a layer. Options that matter only in training are dropped.</summary>
    private static ILayer<float> Convert(ILayer<float> layer, LayerDescription description, QuantizationOptions options, HashSet<ILayer<float>> kept)
    {
        if (kept.Contains(layer)) return ModelConverter.Convert<float, float>(layer, options.Formats);
        switch (layer)
        {
            case DenseLayer<float> dense:
                return new QuantizedDenseLayer(options.Type, dense);
            case EmbeddingLayer<float> embedding:
                return new QuantizedEmbeddingLayer(options.Type, embedding);
            case LstmLayer<float> lstm:
                return new QuantizedRecurrentLayer(options.Type, new LstmLayer<float>(1, 1, 0, lstm.Options with { ProjectionSize = lstm.Options.ProjectionSize is null ? null : 1, RecurrentDropout = 0, CheckpointSteps = null }), lstm);
            case GruLayer<float> gru:
                return new QuantizedRecurrentLayer(options.Type, new GruLayer<float>(1, 1, 0, gru.Options with { RecurrentDropout = 0, CheckpointSteps = null }), gru);
            case RnnLayer<float> rnn:
                return new QuantizedRecurrentLayer(options.Type, new RnnLayer<float>(1, 1, 0, rnn.Activation, rnn.Options with { RecurrentDropout = 0, CheckpointSteps = null }), rnn);
        }

        var parts = new ILayer<float>[layer.Parts.Count];
        for (int i = 0; i < parts.Length; i++) parts[i] = Convert(layer.Parts[i].Layer, description.Parts[i].Layer, options, kept);
        return LayerFactory<float>.Join(description, parts);
    }
}
