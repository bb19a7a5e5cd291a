using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <content>Models for TensorFlow.js.</content>
public static partial class TensorFlowJsFile
{
    /// <summary>
    /// Saves a model for <c>tf.loadLayersModel</c>: model.json, and beside it a file of weights with its name and .weights.bin. They replace
    /// existing files only when both have been written completely, first the weights.
    /// </summary>
    /// <typeparam name="T">float or double; TensorFlow.js has only float32.</typeparam>
    /// <param name="model">A model of layers that TensorFlow.js has.</param>
    /// <param name="path">The file model.json, in an existing folder.</param>
    /// <param name="options">The name and an activation at the end; the defaults when null.</param>
    /// <exception cref="ArgumentException">TensorFlow.js has no layer like one of the model's, whose path is in the message; a parameter is not finite or out of float's range; the path is empty; or its name would give the weights a name that not every system has and that <see cref="Load{T}(string, KerasLoadOptions, ModelProbe{T})"/> refuses, such as one with a % or a colon.</exception>
    /// <exception cref="IOException">A file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Save<T>(ILayer<T> model, string path, TensorFlowJsSaveOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        string weights = $"{Path.GetFileNameWithoutExtension(path)}.weights.bin";
        if (!TensorFlowJsManifest.IsFileName(weights)) throw new ArgumentException($"Expected a name from which that of a file of weights on any system follows, got {ErrorText.Quote(weights)}.", nameof(path));
        var writer = TensorFlowJsWriter<T>.Create(model, options ?? TensorFlowJsSaveOptions.Default, weights);
        if (Directory.Exists(path)) throw new IOException($"{ErrorText.Path(path)} cannot be written, because it is a folder.");

        // Both are written before one is renamed, so that a full disk does not leave new weights beside an old model.
        AtomicFile.Write(path, json =>
        {
            writer.WriteModel(json);
            if (json is FileStream file) file.Flush(flushToDisk: true);
            AtomicFile.Write(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, weights), writer.WriteWeights);
        });
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
