using System.Buffers;
using System.Numerics;
using System.Text;
using System.Text.Json;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>
/// Saves models as safetensors files (https://github.com/huggingface/safetensors#format) and loads them. Tensors have PyTorch's names,
/// shapes and meaning, so a module of the same shape takes them with <c>load_state_dict</c>: a single layer gives weight_ih_l0,
/// weight_hh_l0, bias_ih_l0 and bias_hh_l0 (recurrent) or weight and bias (dense, layer normalisation); the layers of a stack stand below
/// their numbers, as in an nn.Sequential or nn.ModuleList (0.weight_ih_l0, 1.weight), and that of a residual layer as in a stack of one.
/// A bidirectional layer of two recurrent layers is PyTorch's, with weight_ih_l0_reverse and so on for the backward direction; of
/// other layers it gives forward.0.weight_ih_l0, backward.weight and so on. Where PyTorch has two biases that are only ever added, the
/// second is written as zeros and the two are summed when read. Weights that several layers share are there once, under their first name.
/// <para>What the model consists of is in the file's metadata, so <see cref="Load{T}(string)"/> needs nothing but the file.
/// <see cref="LoadInto{T}(ILayer{T}, string)"/> puts any file with the right tensors into a model that is there. Parameters' Frozen
/// flags are not saved.</para>
/// <para>A file from outside may be hostile: everything is checked against the file's own length before anything of its size is
/// allocated, no type is named and no path followed in it.</para>
/// </summary>
public static class ModelFile
{
    private const string Reserved = "rnnsharp";
    private const long FormatVersion = 1;

    // The description's own object and its model, and an array and an object for each layer that is made of others.
    private const int DescriptionDepth = 2 + 2 * LayerDescription.DeepestNesting;

    private static readonly JsonWriterOptions Options = new() { MaxDepth = DescriptionDepth };

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Saves a model. The file is written beside the path, flushed to the disk and renamed over: when anything fails, an old file
    /// stays as it was. The same model and metadata give the same bytes.
    /// </summary>
    /// <typeparam name="T">float (saved as F32) or double (F64).</typeparam>
    /// <param name="model">A model of the library's own layers.</param>
    /// <param name="path">Where to; its folder exists.</param>
    /// <param name="metadata">Strings of your own to keep with the model (a vocabulary, a scaler). Keys that begin with "rnnsharp" are the library's.</param>
    /// <exception cref="ArgumentException">The model has a part of a kind that is not the library's; the path is empty; a key is the library's own, a value is null or no Unicode text, or they are longer than the format's 100,000,000 bytes in all.</exception>
    /// <exception cref="IOException">The file cannot be written. So too an <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Save<T>(ILayer<T> model, string path, IReadOnlyDictionary<string, string>? metadata = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Action<Stream> write = Prepare(model, metadata);
        AtomicFile.Write(path, write);
    }

    /// <summary>Saves a model to a stream, at its position. The stream stays open.</summary>
    /// <typeparam name="T">float (saved as F32) or double (F64).</typeparam>
    /// <param name="model">A model of the library's own layers.</param>
    /// <param name="stream">Where to; it need not seek.</param>
    /// <param name="metadata">As for <see cref="Save{T}(ILayer{T}, string, IReadOnlyDictionary{string, string})"/>.</param>
    /// <exception cref="ArgumentException">As for the path; or the stream cannot be written.</exception>
    public static void Save<T>(ILayer<T> model, Stream stream, IReadOnlyDictionary<string, string>? metadata = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite) throw new ArgumentException("Expected a stream that can be written.", nameof(stream));
        Prepare(model, metadata)(stream);
    }

    /// <summary>Loads a model that <see cref="Save{T}(ILayer{T}, string, IReadOnlyDictionary{string, string})"/> wrote.</summary>
    /// <typeparam name="T">float or double; numbers of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The path is empty, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">It is no safetensors file, says nothing of a model or of one that this version does not know, its tensors are not those of the model, or a number is out of T's range.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static LoadedModel<T> Load<T>(string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        using FileStream stream = Open(path);
        return Load<T>(stream);
    }

    /// <summary>Loads a model from a stream, from its position to its end. A stream that cannot seek is read into memory first.</summary>
    /// <typeparam name="T">float or double; numbers of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="stream">What Save wrote, and nothing behind it. It stays open, at any position.</param>
    /// <exception cref="ArgumentException">The stream cannot be read, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for the path.</exception>
    public static LoadedModel<T> Load<T>(Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        var file = new SafetensorsReader(Readable(stream));
        LayerDescription description = ReadDescription(file);
        TensorPlan[] plans = [.. description.Tensors()];
        ModelTensors.RequireFit(plans, file);
        ILayer<T> model = description.Create<T>();
        ModelTensors.Read(file, plans, model);
        return new LoadedModel<T>(model, OwnStrings(file));
    }

    /// <summary>
    /// Puts a file's tensors into a model. The file need not be RnnSharp's: only the tensors' names and shapes have to be the model's
    /// (a PyTorch state_dict that the safetensors package of Python wrote, say). The parameters are written when everything has been
    /// read and found right; until then the model stays as it was.
    /// </summary>
    /// <typeparam name="T">float or double; numbers of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="model">A model of the library's own layers.</param>
    /// <param name="path">The file.</param>
    /// <returns>The file's own strings.</returns>
    /// <exception cref="ArgumentException">The model has a part of a kind that is not the library's, or the path is empty.</exception>
    /// <exception cref="InvalidDataException">It is no safetensors file, a number is out of T's range, or the tensors do not fit the model: the message names every one that is missing, unexpected, or of another shape or number type.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IReadOnlyDictionary<string, string> LoadInto<T>(ILayer<T> model, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        using FileStream stream = Open(path);
        return LoadInto(model, stream);
    }

    /// <summary>Puts the tensors of a stream, from its position to its end, into a model, as <see cref="LoadInto{T}(ILayer{T}, string)"/> does.</summary>
    /// <typeparam name="T">float or double; numbers of the other type, and of 16 bits, are converted.</typeparam>
    /// <param name="model">A model of the library's own layers.</param>
    /// <param name="stream">A safetensors file, and nothing behind it. It stays open, at any position.</param>
    /// <returns>The file's own strings.</returns>
    /// <exception cref="ArgumentException">The model has a part of a kind that is not the library's, or the stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">As for the path.</exception>
    public static IReadOnlyDictionary<string, string> LoadInto<T>(ILayer<T> model, Stream stream)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        TensorPlan[] plans = [.. LayerDescription.Of(model).Tensors()];
        ModelTensors.RequireParameters(plans, ModelTensors.ParametersByName(model), nameof(model));
        var file = new SafetensorsReader(Readable(stream));
        ModelTensors.RequireFit(plans, file);
        ModelTensors.Read(file, plans, model);
        return OwnStrings(file);
    }

    /// <summary>Does all that can be refused, and leaves the writing.</summary>
    private static Action<Stream> Prepare<T>(ILayer<T> model, IReadOnlyDictionary<string, string>? metadata)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        var description = LayerDescription.Of(model);
        // Sorted, because a dictionary has no order of its own and the same model has to give the same bytes.
        KeyValuePair<string, string>[] strings = [new(Reserved, WriteDescription<T>(description)), .. Checked(metadata).OrderBy(pair => pair.Key, StringComparer.Ordinal)];
        TensorPlan[] plans = [.. description.Tensors()];
        SafetensorsWriter writer = SafetensorsWriter.Create<T>(plans.Select(plan => (plan.Name, plan.Shape)), strings);
        IReadOnlyDictionary<string, Parameter<T>> parameters = ModelTensors.ParametersByName(model);
        ModelTensors.RequireParameters(plans, parameters, nameof(model));
        return stream => writer.WriteTo<T>(stream, (i, values) => plans[i].Gather(parameters, values));
    }

    private static IEnumerable<KeyValuePair<string, string>> Checked(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null) return [];
        long bytes = 0;
        foreach ((string key, string value) in metadata)
        {
            if (IsReserved(key)) throw new ArgumentException($"Expected keys that do not begin with \"{Reserved}\", which are the library's own, got {StrictJson.Quote(key)}.", nameof(metadata));
            if (value is null) throw new ArgumentException($"The value of {StrictJson.Quote(key)} is null.", nameof(metadata));
            try
            {
                bytes += StrictUtf8.GetByteCount(key) + StrictUtf8.GetByteCount(value);
            }
            catch (EncoderFallbackException exception)
            {
                throw new ArgumentException($"The key or the value of {StrictJson.Quote(key)} has half a surrogate pair, which a file cannot hold.", nameof(metadata), exception);
            }
        }

        // The header can only be longer; this spares making it.
        return bytes <= SafetensorsReader.LongestHeader ? metadata : throw SafetensorsWriter.TooLong(bytes, nameof(metadata));
    }

    private static string WriteDescription<T>(LayerDescription description)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format", FormatVersion);
            writer.WriteString("type", SafetensorsTensor.TypeOf<T>());
            writer.WritePropertyName("model");
            description.Write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static LayerDescription ReadDescription(SafetensorsReader file)
    {
        const string Where = "The model's description";
        if (!file.Metadata.TryGetValue(Reserved, out string? text))
            throw new InvalidDataException("The file says nothing of a model, only of tensors: RnnSharp did not save it. Make the model and use LoadInto.");
        using JsonDocument json = StrictJson.ParseObject(Encoding.UTF8.GetBytes(text), DescriptionDepth, Where);
        var reader = new DescriptionReader(json.RootElement, Where);
        long version = reader.Natural("format");
        if (version != FormatVersion) throw new InvalidDataException($"{Where} has format version {version}; this version of RnnSharp reads {FormatVersion}.");
        string type = reader.Text("type");
        if (type is not ("F32" or "F64")) throw new InvalidDataException($"{Where}, type: expected F32 or F64, got {StrictJson.Quote(type)}.");
        var description = LayerDescription.ReadModel(reader.Object("model"));
        reader.End();
        return description;
    }

    private static Dictionary<string, string> OwnStrings(SafetensorsReader file) =>
        file.Metadata.Where(pair => !IsReserved(pair.Key)).ToDictionary(StringComparer.Ordinal);

    private static bool IsReserved(string key) => key.StartsWith(Reserved, StringComparison.Ordinal);

    private static FileStream Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    private static Stream Readable(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("Expected a stream that can be read.", nameof(stream));
        return stream;
    }
}
