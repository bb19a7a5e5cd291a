namespace RnnSharp.Serialization;

/// <summary>How <see cref="ModelFile.LoadInto{T}(ILayer{T}, string, ModelLoadIntoOptions)"/> fills a model.</summary>
public sealed record ModelLoadIntoOptions : ModelFileOptions
{
    internal static readonly ModelLoadIntoOptions Default = new();

    /// <summary>
    /// Maps a tensor's name in the file to its name in the model, as in <see cref="NameMap"/>; null leaves the tensor out. Without a map,
    /// the names have to be the same.
    /// </summary>
    public Func<string, string?>? Names { get; init; }

    /// <summary>Whether a bias that the file does not have is set to zero: that of a PyTorch module made with bias=False.</summary>
    public bool MissingBiasesAreZero { get; init; }
}
