using System.Numerics;

namespace RnnSharp.Serialization;

/// <content>Models that take the tensors of a file.</content>
public static partial class ModelFile
{
    /// <summary>
    /// Copies a file's tensors into a model. Any safetensors file with the model's tensors will do, such as one that Python's safetensors package
    /// wrote from a PyTorch state_dict. The parameters are written only after everything has been read and validated, so that the model is
    /// unchanged if anything fails.
    /// </summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">A map of names, formats and limits; the defaults when null.</param>
    /// <param name="probe">An input and its output, which a copy of the model with the file's values must compute first; none when null.</param>
    /// <returns>The file's metadata.</returns>
    /// <exception cref="ArgumentException">No format supports one of the layers, or the path is empty.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or is not a safetensors file, a number is not finite or out of T's range, the probe fails, or the tensors do not fit the model: the message lists what is missing, unexpected, or of another shape or number type. It starts with the path.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of one of the model's parameters.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> LoadInto<T>(ILayer<T> model, string path, ModelLoadIntoOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        using FileStream stream = OpenedFile.Open(path);
        try
        {
            return LoadInto(model, stream, options, probe);
        }
        catch (InvalidDataException exception)
        {
            throw OpenedFile.InFile(path, exception);
        }
    }

    /// <summary>Copies the tensors of a stream, from its position to its end, into a model, as <see cref="LoadInto{T}(ILayer{T}, string, ModelLoadIntoOptions, ModelProbe{T})"/> does.</summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="stream">A safetensors file, and nothing after it. It stays open, at an unspecified position.</param>
    /// <param name="options">A map of names, formats and limits; the defaults when null.</param>
    /// <param name="probe">An input and its output, which a copy of the model with the file's values must compute first; none when null.</param>
    /// <returns>The file's metadata.</returns>
    /// <exception cref="ArgumentException">No format supports one of the layers, or the stream is not readable.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of one of the model's parameters.</exception>
    public static IReadOnlyDictionary<string, string> LoadInto<T>(ILayer<T> model, Stream stream, ModelLoadIntoOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        OpenedFile.RequireReadable(stream);
        options ??= ModelLoadIntoOptions.Default;
        var target = new LoadTarget<T>(model, options);
        using var file = new SafetensorsReader(stream, options.Limits);
        return target.Fill(file, options, probe);
    }

    /// <summary>Copies the tensors of an open file into a model, as <see cref="LoadInto{T}(ILayer{T}, string, ModelLoadIntoOptions, ModelProbe{T})"/> does.</summary>
    /// <typeparam name="T">float or double; values of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="model">A model of layers that the options' formats support.</param>
    /// <param name="tensors">The tensors. The source is not disposed.</param>
    /// <param name="options">A map of names and formats; the defaults when null.</param>
    /// <param name="probe">An input and its output, which a copy of the model with the file's values must compute first; none when null.</param>
    /// <returns>The file's metadata.</returns>
    /// <exception cref="ArgumentException">No format supports one of the layers, or an argument is null.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, a number is not finite or out of T's range, the probe fails, or the tensors do not fit the model: the message lists what is missing, unexpected, or of another shape or number type.</exception>
    /// <exception cref="InvalidOperationException">The call comes from within an update of one of the model's parameters.</exception>
    /// <exception cref="ObjectDisposedException">The source has been disposed.</exception>
    public static IReadOnlyDictionary<string, string> LoadInto<T>(ILayer<T> model, TensorSource tensors, ModelLoadIntoOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tensors);
        options ??= ModelLoadIntoOptions.Default;
        return new LoadTarget<T>(model, options).Fill(tensors, options, probe);
    }

    /// <summary>A model that may be written, and what its formats say about it.</summary>
    private readonly struct LoadTarget<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly TensorLayout[] _tensors;
        private readonly Dictionary<string, Parameter<T>> _parameters;
        private readonly ModelDescription _description;

        /// <exception cref="ArgumentException">No format supports one of the layers.</exception>
        /// <exception cref="InvalidOperationException">This thread is updating one of the parameters.</exception>
        public LoadTarget(ILayer<T> model, ModelLoadIntoOptions options)
        {
            (_tensors, _parameters) = Describe(model, options, out _description);
            HeldTensors.Refuse(_tensors, nameof(model), "a model that is not quantized, because quantized weights never change (use Load)");
            if (_parameters.Values.FirstOrDefault(parameter => parameter.IsWrittenByThisThread) is { } written)
                throw new InvalidOperationException($"LoadInto was called from within an update of the model's parameter {written.Name}.");
        }

        /// <summary>Reads and validates everything, then writes the parameters. Returns the metadata.</summary>
        public IReadOnlyDictionary<string, string> Fill(TensorSource file, ModelLoadIntoOptions options, ModelProbe<T>? probe)
        {
            file.Verify();
            List<TensorMatch> matches = TensorMatches.Find(_tensors, file, options);
            Dictionary<string, T[]> values = ModelTensors.ReadValues(file, matches, _parameters, options.AllowNonFinite);
            if (probe is not null)
            {
                ILayer<T> copy = _description.Create<T>();
                Set(ModelTensors.ParametersByName(copy), values);
                probe.Check(copy);
            }

            Set(_parameters, values);
            return file.Metadata;
        }

        private static void Set(Dictionary<string, Parameter<T>> parameters, Dictionary<string, T[]> values)
        {
            foreach ((string name, Parameter<T> parameter) in parameters) parameter.Set(values[name]);
        }
    }
}
