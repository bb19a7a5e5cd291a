using System.Numerics;
using System.Text;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

public static partial class ModelFile
{
    /// <summary>
    /// Describes a model's layers, sizes and options as the JSON text that files of <see cref="Save{T}(ILayer{T}, string, ModelSaveOptions)"/>
    /// contain. The parameters' values are not part of it.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="model">A model of layers that the formats support.</param>
    /// <param name="formats">The kinds of layers; the built-in ones when null.</param>
    /// <returns>The text, which <see cref="Create{T}(string, ModelLoadOptions)"/> reads.</returns>
    /// <exception cref="ArgumentException">No format supports one of the layers.</exception>
    public static string Describe<T>(ILayer<T> model, LayerFormats? formats = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        return StrictUtf8.GetString(ModelDescription.Of(model, formats ?? LayerFormats.BuiltIn).Write().Span);
    }

    /// <summary>
    /// Creates the model of a description, with new initial values in its parameters. The description may be untrusted: it is checked against
    /// the limits before a parameter is allocated.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="description">What <see cref="Describe{T}(ILayer{T}, LayerFormats)"/> returned.</param>
    /// <param name="options">Formats and limits; the defaults when null.</param>
    /// <exception cref="ArgumentException">T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">The description is not valid, has a kind of layer that no format supports, or exceeds the limits.</exception>
    public static ILayer<T> Create<T>(string description, ModelLoadOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        ArgumentNullException.ThrowIfNull(description);
        options ??= ModelLoadOptions.Default;
        ModelDescription model = ModelDescription.Read(Encoding.UTF8.GetBytes(description), options.Formats, options.Limits);
        RequireParameters(model);
        Int128 bytes = 0;
        foreach (TensorLayout tensor in model.Tensors()) bytes += tensor.BytesIn<T>();
        if (bytes > options.Limits.ParameterBytes) throw new InvalidDataException($"The model's parameters take {bytes} bytes: expected at most {options.Limits.ParameterBytes} (ModelLimits.ParameterBytes).");
        return model.CreateLoaded<T>();
    }

    /// <summary>Creates the model that a file describes, with the values of the file.</summary>
    internal static ILayer<T> LoadDescribed<T>(TensorSource file, ReadOnlyMemory<byte> text, ModelLoadOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ModelDescription description = ModelDescription.Read(text, options.Formats, options.Limits);
        RequireParameters(description);
        List<TensorMatch> matches = TensorMatches.Find<T>(description.Tensors(), file, options.Limits);
        ModelTensors.Validate<T>(file, matches, options.AllowNonFinite);
        ILayer<T> model = description.CreateLoaded<T>();
        Dictionary<string, Parameter<T>> parameters = ModelTensors.ParametersByName(model);
        if (ModelTensors.FindMismatch(matches.Select(match => match.Tensor), parameters) is { } fault) throw new InvalidOperationException(fault);
        ModelTensors.Read(file, matches, parameters, options.AllowNonFinite);
        return model;
    }

    /// <summary>Throws if a model is quantized: its weights are not parameters, which could have initial values or be read from arrays.</summary>
    private static void RequireParameters(ModelDescription model)
    {
        if (model.Tensors().FirstOrDefault(tensor => tensor.HeldAs is not null) is { } held)
            throw DescriptionText.Invalid(null, $"expected a model that is not quantized, got one whose {ErrorText.Quote(held.Name)} is of type {held.HeldAs}; only ModelFile.Load creates it.");
    }
}
