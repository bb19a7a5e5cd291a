using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Keras;

/// <content>Weights for a model that exists.</content>
public static partial class KerasFile
{
    /// <summary>
    /// Copies the weights of a .weights.h5, .h5, .keras or .npz file into a model, layer by layer in Keras's order. The parameters are written
    /// only after everything has been read and validated, so that the model is unchanged if anything fails.
    /// <para>A .npz file has the arrays of Keras's get_weights as arr_0, arr_1 and so on (<c>numpy.savez(path, *model.get_weights())</c>), or with
    /// names that contain those of layer and weight, such as lstm/lstm_cell/kernel.</para>
    /// <para>A frozen bias of zeros and a frozen gain of ones stand for weights that the Keras layer does not have (use_bias=False).</para>
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="model">A model of layers that Keras has, of the same shapes.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">Names of layers and limits; the defaults when null.</param>
    /// <param name="probe">An input and its output, which a copy of the model with the file's weights must compute first; none when null.</param>
    /// <exception cref="ArgumentException">Keras has no layer like one of the model's, or the path is empty.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, does not fit the model, exceeds the limits, or fails the probe. The message starts with the path.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of one of the model's parameters.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static void LoadInto<T>(ILayer<T> model, string path, KerasLoadIntoOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        using FileStream stream = OpenedFile.Open(path);
        try
        {
            LoadInto(model, stream, options, probe);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    /// <summary>Copies the weights of a stream, from its position to its end, into a model, as <see cref="LoadInto{T}(ILayer{T}, string, KerasLoadIntoOptions, ModelProbe{T})"/> does.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="model">A model of layers that Keras has, of the same shapes.</param>
    /// <param name="stream">A .weights.h5, .h5, .keras or .npz file, and nothing after it. It stays open, at an unspecified position.</param>
    /// <param name="options">Names of layers and limits; the defaults when null.</param>
    /// <param name="probe">An input and its output, which a copy of the model with the file's weights must compute first; none when null.</param>
    /// <exception cref="ArgumentException">Keras has no layer like one of the model's, or the stream is not readable.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of one of the model's parameters.</exception>
    public static void LoadInto<T>(ILayer<T> model, Stream stream, KerasLoadIntoOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= KerasLoadIntoOptions.Default;
        Stream file = KerasInputs.Seekable(stream, options.Limits);
        KerasPlan plan = ModelDescriber<T>.Describe(model, layerNames: options.LayerNames);
        if (!StartsLikeZip(file))
        {
            FillFromHdf5(file);
            return;
        }

        long start = file.Position;
        using ZipReader archive = Archive(file, options);
        if (archive.IndexOf(Weights) >= 0)
        {
            using Stream weights = OpenWeights(archive);
            FillFromHdf5(weights);
            return;
        }

        file.Position = start;
        using TensorSource arrays = NumpyFile.Open(file, options.Limits);
        KerasLoader.Fill(model, plan, arrays, options, probe, NamedWeights.FindNumbered(plan, arrays) ?? NamedWeights.Find(plan, arrays));

        void FillFromHdf5(Stream stream)
        {
            using var tensors = Hdf5Tensors.Find(Hdf5File.Open(stream), plan, options.LayerNames, isExact: false);
            KerasLoader.Fill(model, plan, tensors, options, probe);
        }
    }
}
