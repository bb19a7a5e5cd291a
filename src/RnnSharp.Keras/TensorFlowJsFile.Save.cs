using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <content>Models for TensorFlow.js.</content>
public static partial class TensorFlowJsFile
{
    /// <summary>
    /// Saves a model for <c>tf.loadLayersModel</c>: model.json, and beside it a file of weights with its name and .weights.bin. Each replaces an
    /// existing file only when it is complete, first the weights.
    /// </summary>
    /// <typeparam name="T">float or double; TensorFlow.js has only float32.</typeparam>
    /// <param name="model">A model of layers that TensorFlow.js has.</param>
    /// <param name="path">The file model.json, in an existing folder.</param>
    /// <param name="options">The name and an activation at the end; the defaults when null.</param>
    /// <exception cref="ArgumentException">TensorFlow.js has no layer like one of the model's, whose path is in the message; a parameter is not finite or out of float's range; or the path is empty.</exception>
    /// <exception cref="IOException">A file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Save<T>(ILayer<T> model, string path, TensorFlowJsSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string weights = $"{Path.GetFileNameWithoutExtension(path)}.weights.bin";
        var writer = TensorFlowJsWriter<T>.Create(model, options ?? TensorFlowJsSaveOptions.Default, weights);
        AtomicFile.Write(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, weights), writer.WriteWeights);
        AtomicFile.Write(path, writer.WriteModel);
    }

    /// <summary>Saves a model for TensorFlow.js to streams, at their positions. They stay open.</summary>
    /// <typeparam name="T">float or double; TensorFlow.js has only float32.</typeparam>
    /// <param name="model">A model of layers that TensorFlow.js has.</param>
    /// <param name="json">Receives model.json.</param>
    /// <param name="weights">Receives the weights.</param>
    /// <param name="weightsName">The name of the file of weights in model.json, without folders.</param>
    /// <param name="options">The name and an activation at the end; the defaults when null.</param>
    /// <exception cref="ArgumentException">As for a path, or a stream is not writable.</exception>
    public static void Save<T>(ILayer<T> model, Stream json, Stream weights, string weightsName, TensorFlowJsSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        RequireWritable(json, nameof(json));
        RequireWritable(weights, nameof(weights));
        ArgumentException.ThrowIfNullOrEmpty(weightsName);
        if (!TensorFlowJsManifest.IsFileName(weightsName)) throw new ArgumentException($"Expected the name of a file without folders, got {ErrorText.Quote(weightsName)}.", nameof(weightsName));
        var writer = TensorFlowJsWriter<T>.Create(model, options ?? TensorFlowJsSaveOptions.Default, weightsName);
        writer.WriteWeights(weights);
        writer.WriteModel(json);
    }

    private static void RequireWritable(Stream stream, string argument)
    {
        ArgumentNullException.ThrowIfNull(stream, argument);
        if (!stream.CanWrite) throw new ArgumentException("Expected a stream that can be written.", argument);
    }
}
