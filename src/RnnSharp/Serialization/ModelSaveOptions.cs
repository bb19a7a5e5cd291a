using System.Collections.ObjectModel;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>How <see cref="ModelFile.Save{T}(ILayer{T}, string, ModelSaveOptions)"/> saves a model. The default limits are those of loading, so that a saved model can be loaded.</summary>
public sealed record ModelSaveOptions : ModelFileOptions
{
    internal static readonly ModelSaveOptions Default = new();

    /// <summary>Text of your own to store with the model (a vocabulary, a scaler). Keys that start with "rnnsharp" are reserved.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public IReadOnlyDictionary<string, string> Metadata { get; init => field = Check.NotNull(value); } = ReadOnlyDictionary<string, string>.Empty;
}
