using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <summary>
/// Loads and saves layers models of TensorFlow.js: model.json, which describes the model, and files of weights beside it. The layers are those
/// of <see cref="KerasFile"/>.
/// </summary>
public static partial class TensorFlowJsFile
{
    /// <summary>Loads a model. The files of weights are in the folder of model.json; a path to another place is refused.</summary>
    /// <typeparam name="T">float or double. Quantized weights are restored.</typeparam>
    /// <param name="path">The file model.json.</param>
    /// <param name="options">Masks and limits; the defaults when null.</param>
    /// <param name="probe">An input and what TensorFlow.js's predict returned for it, which the model must compute; none when null.</param>
    /// <exception cref="ArgumentException">The path is empty, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, has a layer or option that is not supported, exceeds the limits, or fails the probe. The message starts with the path.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read.</exception>
    public static KerasModel<T> Load<T>(string path, KerasLoadOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using FileStream stream = OpenedFile.Open(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            return Load(stream, name => OpenedFile.Open(Path.Combine(folder, name)), options, probe);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    /// <summary>Loads a model from streams.</summary>
    /// <typeparam name="T">float or double. Quantized weights are restored.</typeparam>
    /// <param name="json">model.json, from its position to its end. It stays open.</param>
    /// <param name="openWeights">
    /// Opens a file of weights, of which the stream has exactly the bytes from its position on; it is closed afterwards. The name comes from model.json. It
    /// has no separators and is not "..", but may be that of any file.
    /// </param>
    /// <param name="options">Masks and limits; the defaults when null.</param>
    /// <param name="probe">An input and what TensorFlow.js's predict returned for it, which the model must compute; none when null.</param>
    /// <exception cref="ArgumentException">An argument is null, a stream is not readable, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    public static KerasModel<T> Load<T>(Stream json, Func<string, Stream> openWeights, KerasLoadOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KerasLoader.RequireElementType<T>();
        OpenedFile.RequireReadable(json);
        ArgumentNullException.ThrowIfNull(openWeights);
        options ??= KerasLoadOptions.Default;
        KerasJson file = KerasJson.Parse(KerasInputs.ReadText(json, options.Limits, "The model"), "The model");
        KerasJson topology = file.FindSet("modelTopology") ?? throw file.Invalid("has no modelTopology: it is not a layers model of TensorFlow.js");
        string? version = topology.FindSet("keras_version")?.Text();
        KerasPlan plan = KerasPlan.Read(topology.FindSet("model_config") ?? topology, KerasInputs.VersionOf(version, isArchive: false), options);
        TensorFlowJsManifest manifest = TensorFlowJsManifest.Read(file.Get("weightsManifest"), plan.Weights.Count);
        using var tensors = new TensorFlowJsTensors(manifest, ShardStream.Open(manifest, openWeights, options.Limits));
        return KerasLoader.Create(plan, tensors, options, probe, NamedWeights.Find(plan, tensors));
    }
}
