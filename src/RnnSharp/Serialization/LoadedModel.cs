using System.Diagnostics;
using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>The result of <see cref="ModelFile.Load{T}(string, ModelLoadOptions)"/>.</summary>
/// <typeparam name="T">float or double.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class LoadedModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal LoadedModel(ILayer<T> model, IReadOnlyDictionary<string, string> metadata) => (Model, Metadata) = (model, metadata);

    /// <summary>The model, of the type that was saved. No parameter is frozen.</summary>
    public ILayer<T> Model { get; }

    /// <summary>The metadata that was saved with it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The model, with its sizes, and the number of metadata entries.</summary>
    public override string ToString() => $"{Model}, {Metadata.Count} metadata entries";
}
