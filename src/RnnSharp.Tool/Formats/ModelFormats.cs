namespace RnnSharp.Tool.Formats;

/// <summary>The formats that the program knows.</summary>
internal static class ModelFormats
{
    public static readonly IReadOnlyList<ModelFormat> All =
    [
        new SafetensorsFormat(),
        new PyTorchFormat(),
        new NumpyFormat(),
        new OnnxFormat(),
        new KerasFormat(),
        new TensorFlowJsFormat(),
    ];

    /// <summary>The format of a file, by the ending of its name.</summary>
    /// <exception cref="ArgumentException">No format has the ending.</exception>
    public static ModelFormat Of(string path) =>
        All.FirstOrDefault(format => format.Extensions.Any(extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)))
        ?? throw new ArgumentException($"Expected a name that ends in {string.Join(", ", All.SelectMany(format => format.Extensions))}, got {Path.GetFileName(path)}.", nameof(path));
}
