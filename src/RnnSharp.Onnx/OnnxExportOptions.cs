using System.Collections.ObjectModel;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx;

/// <summary>How <see cref="OnnxFile.Export{T}(ILayer{T}, string, OnnxExportOptions)"/> writes a model.</summary>
public sealed record OnnxExportOptions
{
    internal static readonly OnnxExportOptions Default = new();

    /// <summary>Whether input and output are [batch, steps, features] instead of [steps, batch, features].</summary>
    public bool BatchFirst { get; init; }

    /// <summary>
    /// Whether the input is tokens, int64 [steps, batch], instead of features. When null, it is tokens if the layer that reads it is an
    /// <see cref="Layers.EmbeddingLayer{T}"/>.
    /// </summary>
    public bool? Tokens { get; init; }

    /// <summary>Whether the source of a <see cref="Layers.EncoderDecoder{T}"/> is tokens; as <see cref="Tokens"/>.</summary>
    public bool? SourceTokens { get; init; }

    /// <summary>Whether the graph has the optional input <c>lengths</c>, and the optional input <c>source_lengths</c> if it has a source. True by default.</summary>
    public bool Lengths { get; init; } = true;

    /// <summary>Whether the graph has an optional input and an output for each leaf of the model's state. True by default.</summary>
    public bool State { get; init; } = true;

    /// <summary>Text of your own to store with the model (a vocabulary, a scaler). Keys that start with "rnnsharp" are reserved.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public IReadOnlyDictionary<string, string> Metadata { get; init => field = Check.NotNull(value); } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The kinds of layers; the built-in ones by default. Add exporters for layers of your own.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public OnnxLayerExporters Exporters { get; init => field = Check.NotNull(value); } = OnnxLayerExporters.BuiltIn;

    /// <summary>
    /// The formats that describe the layers in the file's metadata, so that the import restores the very layers; the built-in ones by default.
    /// A model with a layer that none of them supports is written without its description.
    /// </summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public LayerFormats Formats { get; init => field = Check.NotNull(value); } = LayerFormats.BuiltIn;

    /// <summary>The largest number of nodes, for the export of a model that an untrusted file describes.</summary>
    internal int MostNodes { get; init; } = int.MaxValue;
}
