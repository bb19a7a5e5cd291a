namespace RnnSharp.Serialization;

/// <summary>How <see cref="ModelFile.LoadInto{T}(ILayer{T}, string, ModelLoadIntoOptions, ModelProbe{T})"/> fills a model.</summary>
public sealed record ModelLoadIntoOptions : ModelFileOptions
{
    internal static readonly ModelLoadIntoOptions Default = new();

    /// <summary>
    /// Maps a tensor's name in the file to its name in the model, as in <see cref="NameMap"/>; null skips the tensor. Without a map,
    /// the names must be the same.
    /// </summary>
    public Func<string, string?>? Names { get; init; }

    /// <summary>Whether a bias that the file does not have is set to zero, as for a PyTorch module created with bias=False.</summary>
    public bool MissingBiasesAreZero { get; init; }
}
