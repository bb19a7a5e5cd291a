using System.Numerics;
using Google.Protobuf;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx;

public static partial class OnnxFile
{
    /// <summary>
    /// Writes a model as an ONNX file (operator set 17). The file is written under another name in the same folder, flushed to the disk and
    /// renamed, so that an existing file is unchanged if anything fails. The same model and options give the same bytes.
    /// <para>The graph's input is <c>input</c>, [steps, batch, features] (or tokens, int64 [steps, batch]), and its output is <c>output</c>.
    /// Further inputs are optional: <c>lengths</c>, int32 [batch], all steps by default; and each leaf of the model's state under its name,
    /// such as <c>0.h</c>, [batch, units], zeros by default. The state after the last step is in the outputs <c>0.h.final</c> and so on: give it
    /// back to the next call to continue a stream. An <see cref="Layers.EncoderDecoder{T}"/> has the further inputs <c>source</c> and
    /// <c>source_lengths</c>; to continue without a source, export its decoder as a model of its own. If its decoder has a memory, the encoder
    /// may return at most <see cref="Layers.AttentionLayer{T}.MemorySteps"/> steps: the library refuses a longer source, but the graph ignores the
    /// steps that follow. Output past an example's length is zero.
    /// A call needs at least one step.</para>
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="model">A model of layers that the options' exporters support.</param>
    /// <param name="path">The file, in an existing folder.</param>
    /// <param name="options">The shape of the graph, metadata and exporters; the defaults when null.</param>
    /// <exception cref="ArgumentException">No exporter supports one of the layers (the message names its place), the model's parameters are longer than an ONNX file can be, the path is empty, or an option is invalid.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Export<T>(ILayer<T> model, string path, OnnxExportOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        IMessage file = OnnxExporter.ToModel(model, options ?? OnnxExportOptions.Default);
        AtomicFile.Write(path, file.WriteTo);
    }

    /// <summary>Writes a model as an ONNX file to a stream, at its position. The stream stays open.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="model">A model of layers that the options' exporters support.</param>
    /// <param name="stream">A writable stream; it need not support seeking.</param>
    /// <param name="options">The shape of the graph, metadata and exporters; the defaults when null.</param>
    /// <exception cref="ArgumentException">As for a path, or the stream is not writable.</exception>
    /// <exception cref="InvalidOperationException">A parameter changed during the call.</exception>
    public static void Export<T>(ILayer<T> model, Stream stream, OnnxExportOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite) throw new ArgumentException("Expected a stream that can be written.", nameof(stream));
        IMessage file = OnnxExporter.ToModel(model, options ?? OnnxExportOptions.Default);
        file.WriteTo(stream);
    }
}
