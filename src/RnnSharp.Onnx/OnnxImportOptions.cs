using System.Collections.ObjectModel;
using RnnSharp.Numerics;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx;

/// <summary>How <see cref="OnnxFile.Import{T}(string, OnnxImportOptions, ModelProbe{T})"/> reads a file.</summary>
public sealed record OnnxImportOptions
{
    internal const int OldestOperatorSet = 7;
    internal const int NewestOperatorSet = 24;

    internal static readonly OnnxImportOptions Default = new();

    /// <summary>
    /// Values for inputs of the graph that are not inputs of the model, such as weights that the file does not hold: row by row, in the fixed
    /// shape that the graph declares for the input of that name.
    /// </summary>
    /// <exception cref="ArgumentNullException">Set to null, or a value is null.</exception>
    public IReadOnlyDictionary<string, double[]> Constants
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (double[] values in value.Values) ArgumentNullException.ThrowIfNull(values, nameof(value));
            field = value;
        }
    } = ReadOnlyDictionary<string, double[]>.Empty;

    /// <summary>
    /// Whether a Softmax or LogSoftmax that gives an output of the graph is left out, so that the model returns its input: the scores that
    /// losses and samplers take. False by default: such a graph is then refused, because no layer computes it.
    /// </summary>
    public bool DropFinalSoftmax { get; init; }

    /// <summary>Whether parameters may hold NaN and infinities. False by default, because such a model is unusable.</summary>
    public bool AllowNonFinite { get; init; }

    /// <summary>The kinds of layers that files of <see cref="OnnxFile.Export{T}(ILayer{T}, string, OnnxExportOptions)"/> may describe; the built-in ones by default.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public LayerFormats Formats { get; init => field = Check.NotNull(value); } = LayerFormats.BuiltIn;

    /// <summary>The exporters of the kinds of layers that such files may describe; the built-in ones by default.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public OnnxLayerExporters Exporters { get; init => field = Check.NotNull(value); } = OnnxLayerExporters.BuiltIn;

    /// <summary>The limits for models.</summary>
    /// <exception cref="ArgumentNullException">Set to null.</exception>
    public ModelLimits Limits { get; init => field = Check.NotNull(value); } = new();
}
