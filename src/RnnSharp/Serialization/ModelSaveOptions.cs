using System.Collections.ObjectModel;
using RnnSharp.Numerics;

namespace RnnSharp.Serialization;

/// <summary>How <see cref="ModelFile.Save{T}(ILayer{T}, string, ModelSaveOptions)"/> saves a model. The limits are those that loading has by default, so that what is saved can be loaded.</summary>
public sealed record ModelSaveOptions : ModelFileOptions
{
    internal static readonly ModelSaveOptions Default = new();

    /// <summary>Text of your own to keep with the model (a vocabulary, a scaler). Keys that begin with "rnnsharp" are reserved.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public IReadOnlyDictionary<string, string> Metadata { get; init => field = Check.NotNull(value); } = ReadOnlyDictionary<string, string>.Empty;
}
