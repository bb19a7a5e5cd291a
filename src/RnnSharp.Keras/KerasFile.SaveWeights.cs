using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <content>Weights for a model in Keras.</content>
public static partial class KerasFile
{
    /// <summary>
    /// Writes a model's weights as a .npz file in the order of Keras's get_weights, for
    /// <c>z = numpy.load(path); model.set_weights([z[f"arr_{i}"] for i in range(len(z.files))])</c>. The file replaces an existing one only when it
    /// is complete. A frozen bias of zeros and a frozen gain of ones stand for weights that the Keras layer does not have (use_bias=False).
    /// </summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="model">A model of layers that Keras has.</param>
    /// <param name="path">The file, in an existing folder.</param>
    /// <exception cref="ArgumentException">Keras has no layer like one of the model's, a parameter is not finite, or the path is empty.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void SaveWeights<T>(ILayer<T> model, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        NumpyFile.SaveArchive(Arrays(model), path);
    }

    /// <summary>Writes a model's weights in .npz format at a stream's position, as <see cref="SaveWeights{T}(ILayer{T}, string)"/> does. The stream stays open.</summary>
    /// <typeparam name="T">float (float32) or double (float64).</typeparam>
    /// <param name="model">A model of layers that Keras has.</param>
    /// <param name="stream">A writable stream; it need not support seeking.</param>
    /// <exception cref="ArgumentException">As for a path, or the stream is not writable.</exception>
    public static void SaveWeights<T>(ILayer<T> model, Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        NumpyFile.SaveArchive(Arrays(model), stream);
    }

    private static NumpyArray<T>[] Arrays<T>(ILayer<T> model)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KerasPlan plan = ModelDescriber<T>.Describe(model);
        Dictionary<string, Parameter<T>> parameters = WeightSource.ParametersOf(model);
        var arrays = new NumpyArray<T>[plan.Weights.Count];
        for (int i = 0; i < arrays.Length; i++)
        {
            KerasWeight weight = plan.Weights[i];
            var values = new T[weight.Count];
            WeightSource.Gather(weight, parameters, 0, values);
            arrays[i] = new NumpyArray<T>(NamedWeights.NumberedName(i), values, weight.Shape);
        }

        return arrays;
    }
}
