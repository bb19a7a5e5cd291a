using System.Numerics;
using System.Text;
using Google.Protobuf;
using RnnSharp.Onnx.Schema;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx;

/// <summary>The metadata of a file: the model's description and the app's own texts.</summary>
internal static class OnnxMetadata
{
    /// <summary>What the keys of RnnSharp start with.</summary>
    public const string Reserved = "rnnsharp";

    /// <summary>The key of the model's description.</summary>
    public const string Model = "rnnsharp.model";

    /// <summary>The key of the graph's SHA-256, by which an import sees that the description is still that of the graph.</summary>
    public const string Checksum = "rnnsharp.sha256";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">A key is reserved, or a text is null or not valid Unicode.</exception>
    public static void Require(OnnxExportOptions options)
    {
        foreach ((string key, string value) in options.Metadata)
        {
            if (key.StartsWith(Reserved, StringComparison.Ordinal))
                throw new ArgumentException($"Expected metadata keys that do not start with \"{Reserved}\", which are reserved, got {ErrorText.Quote(key)}.", nameof(options));
            if (value is null) throw new ArgumentException($"The value of the metadata key {ErrorText.Quote(key)} is null.", nameof(options));
            try
            {
                StrictUtf8.GetByteCount(key);
                StrictUtf8.GetByteCount(value);
            }
            catch (EncoderFallbackException exception)
            {
                throw new ArgumentException($"The key or the value of the metadata key {ErrorText.Quote(key)} is not valid Unicode: it has an unpaired surrogate.", nameof(options), exception);
            }
        }
    }

    /// <summary>Adds the description, if there is a format for every layer, and the app's texts, sorted by key.</summary>
    public static void Add<T>(ModelProto target, ILayer<T> model, OnnxExportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Description(model, options) is { } description)
        {
            target.MetadataProps.Add(new StringStringEntryProto { Key = Model, Value = description });
            using var hash = new HashingStream();
            target.Graph.WriteTo(hash);
            target.MetadataProps.Add(new StringStringEntryProto { Key = Checksum, Value = hash.Finish() });
        }

        foreach ((string key, string value) in options.Metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal)) target.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    private static string? Description<T>(ILayer<T> model, OnnxExportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        try
        {
            return ModelFile.Describe(model, options.Formats);
        }
        catch (ArgumentException)
        {
            // A layer that no format supports can be exported all the same.
            return null;
        }
    }
}
