using System.Numerics;
using System.Runtime.CompilerServices;
using RnnSharp.Numerics;
using RnnSharp.Onnx.Import;
using RnnSharp.Serialization;

namespace RnnSharp.Onnx;

public static partial class OnnxFile
{
    /// <summary>
    /// Reads an ONNX file onto the library's layers: files of <see cref="Export{T}(ILayer{T}, string, OnnxExportOptions)"/>, which give the
    /// model back bit for bit, and graphs of recurrent nodes and the layers around them as PyTorch's exporter and Keras's converters write
    /// them, opset 7 to 24. A graph that does anything else is refused with the name and operator of the node before anything is created.
    /// <para>The file may be untrusted. No path in it is followed, no value in it is larger than the file itself, and nothing but an
    /// <see cref="InvalidDataException"/> is thrown for it. A file that was cut off is refused; only the loss of whole entries of metadata at
    /// its end, which stand after a complete model, cannot be seen in the file of another system. Besides the model it takes at most 64 KiB and four
    /// times the file's bytes of memory, and for a file of the library forty times its graph's more, because the model that such a file
    /// describes is exported again to be compared.</para>
    /// </summary>
    /// <typeparam name="T">float or double. The file may hold either.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="options">Values for inputs, and limits; the defaults when null.</param>
    /// <param name="probe">An input and the output that is expected for it, starting from a state of zeros; a model that computes another is refused. None when null.</param>
    /// <exception cref="ArgumentException">The path is empty, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">The file is not valid, does something that no layer does, exceeds the limits, or does not compute the probe's output.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static OnnxModel<T> Import<T>(string path, OnnxImportOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        return OpenedFile.Read(path, stream =>
        {
            using (stream) return Import(stream, options, probe);
        });
    }

    /// <summary>Reads an ONNX file from a stream, from its position to its end. The stream stays open.</summary>
    /// <typeparam name="T">float or double. The file may hold either.</typeparam>
    /// <param name="stream">A readable stream. One that does not support seeking is read into memory first.</param>
    /// <param name="options">Values for inputs, and limits; the defaults when null.</param>
    /// <param name="probe">An input and the output that is expected for it; none when null.</param>
    /// <exception cref="ArgumentException">The stream is null or cannot be read, or T is neither float nor double.</exception>
    /// <exception cref="InvalidDataException">As for a path.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static OnnxModel<T> Import<T>(Stream stream, OnnxImportOptions? options = null, ModelProbe<T>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check.ElementType<T>();
        OpenedFile.RequireReadable(stream);
        options ??= OnnxImportOptions.Default;
        OnnxModel<T> model = Read<T>(new WireReader(ChunkedCopy.Seekable(stream, options.Limits)), options);
        probe?.Check(model.Model);
        return model;
    }

    private static OnnxModel<T> Read<T>(WireReader file, OnnxImportOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        OnnxGraph graph = GraphReader.Read(file, options.Limits);
        GraphReader.ReadParts(graph);

        // A description knows nothing of constants: with them, the graph alone tells the model.
        if (options.Constants.Count == 0 && OwnFile.Read<T>(graph, options) is { } own) return own;
        var importer = new GraphImporter(graph, options, Unsafe.SizeOf<T>());
        importer.Run();
        return new ModelPlan(importer).Create<T>(OwnFile.AppMetadata(graph), graph.ElementType, graph.Budget);
    }
}
