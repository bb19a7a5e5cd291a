namespace RnnSharp.Serialization;

/// <summary>How <see cref="NumpyFile.SaveModel{T}(ILayer{T}, string, TensorSaveOptions)"/> and <see cref="PyTorchFile.Save{T}(ILayer{T}, string, TensorSaveOptions)"/> save a model's tensors.</summary>
public sealed record TensorSaveOptions : ModelFileOptions
{
    internal static readonly TensorSaveOptions Default = new();

    /// <summary>
    /// Maps a tensor's name in the model to its name in the file, as in <see cref="NameMap"/>; null leaves the tensor out. Without a map, the
    /// names are those of <see cref="ModelFile"/>.
    /// </summary>
    public Func<string, string?>? Names { get; init; }
}
