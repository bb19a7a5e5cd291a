using System.Numerics;

namespace RnnSharp.Serialization;

/// <summary>What <see cref="ModelFile"/> found in a file: the model, and the strings that were saved with it.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LoadedModel<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal LoadedModel(ILayer<T> model, IReadOnlyDictionary<string, string> metadata) => (Model, Metadata) = (model, metadata);

    /// <summary>The model, of the kind that was saved: a single layer, a LayerStack or a composite. No parameter is frozen.</summary>
    public ILayer<T> Model { get; }

    /// <summary>The strings that the caller of Save gave.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }
}
