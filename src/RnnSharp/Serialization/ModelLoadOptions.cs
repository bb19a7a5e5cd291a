namespace RnnSharp.Serialization;

/// <summary>How <see cref="ModelFile.Load{T}(string, ModelLoadOptions)"/> loads a model.</summary>
public sealed record ModelLoadOptions : ModelFileOptions
{
    internal static readonly ModelLoadOptions Default = new();
}
