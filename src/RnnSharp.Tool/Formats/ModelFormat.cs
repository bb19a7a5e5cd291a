using System.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Tool.Formats;

/// <summary>A format of model files. A new one is a class and an entry in <see cref="ModelFormats.All"/>.</summary>
/// <param name="name">The name that the program prints.</param>
/// <param name="extensions">The endings of its files' names, each with its dot.</param>
internal abstract class ModelFormat(string name, params string[] extensions)
{
    public string Name => name;

    public IReadOnlyList<string> Extensions => extensions;

    /// <summary>Whether <see cref="Save"/> can write a model.</summary>
    public virtual bool CanSave => true;

    /// <summary>The files that <see cref="Save"/> writes.</summary>
    public virtual IEnumerable<string> FilesOf(string path) => [path];

    /// <summary>Opens the tensors as the file names them; null if the format has no tensors apart from its model.</summary>
    public virtual TensorSource? OpenTensors(string path) => null;

    /// <summary>Loads the model.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or holds no model that the library has layers for.</exception>
    public abstract LoadedFile<T> Load<T>(string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Loads the model in double precision, or in single if it is quantized, and does something with it.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Load"/>.</exception>
    public TResult LoadAny<TResult>(string path, ILoadedFunction<TResult> function)
    {
        LoadedFile<double> loaded;
        try
        {
            loaded = Load<double>(path);
        }
        catch (InvalidDataException) when (LoadQuantized(path) is { } quantized)
        {
            return function.Invoke(quantized);
        }

        return function.Invoke(loaded);
    }

    /// <summary>A model that loads in single precision only; null if there is none.</summary>
    private LoadedFile<float>? LoadQuantized(string path)
    {
        using TensorSource? tensors = OpenTensors(path);
        if (tensors is null || !ModelFile.DescribesModel(tensors)) return null;
        try
        {
            return Load<float>(path);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Saves a model, without what it has <see cref="LoadedFile{T}.Beside"/> it.</summary>
    /// <exception cref="ArgumentException">The format has no equivalent of one of the layers.</exception>
    public abstract void Save<T>(LoadedFile<T> file, string path)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>What is done with a model of either number type.</summary>
internal interface ILoadedFunction<TResult>
{
    TResult Invoke<T>(LoadedFile<T> file)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>A model of any format.</summary>
/// <param name="Model">The model.</param>
/// <param name="Metadata">The metadata of its file.</param>
internal sealed record LoadedFile<T>(ILayer<T> Model, IReadOnlyDictionary<string, string> Metadata)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What the file computes besides the model, in words; null if it is nothing.</summary>
    public string? Beside { get; init; }

    /// <summary>Whether the file holds double precision; null if it does not tell.</summary>
    public bool? IsDouble { get; init; }
}
